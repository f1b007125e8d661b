"""Writes files to begin with. Nothing that is there is ever overwritten."""

import re
from collections.abc import Mapping
from pathlib import Path

from chalicelib.atoms.registry import CONTENT, MODULES
from infra.errors import NameTaken, NameUnfit, RegistryUnfit
from infra.project import Project
from infra.scaffold import texts

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
_ATOM = re.compile(r"[a-z][a-z0-9]*\.[a-z][a-z0-9_]*\Z")
_LINE = re.compile(r'^    "([a-z0-9_.]+)": "[\w.]+",$', re.MULTILINE)


def create_content(project: Project) -> tuple[Path, ...]:
    """Fill a project's content directory with a workflow, a rule and policies that pass `check`, and give the paths."""
    policies = {
        "services": texts.SERVICES,
        "control": texts.CONTROL,
        "catalog": texts.CATALOG,
        "access": texts.ACCESS,
        "pagers": texts.PAGERS,
    }
    wanted = {project.policies / f"{name}.yaml": text for name, text in policies.items()}
    wanted |= _list_workflow(project, "host_look") | _list_rule(project, "host_stopped")
    return _write(wanted)


def create_workflow(project: Project, name: str) -> tuple[Path, ...]:
    """Write a workflow and its cases. Raises NameUnfit and NameTaken."""
    _check(name, _NAME, "host_reboot")
    return _write(_list_workflow(project, name))


def create_rule(project: Project, name: str) -> tuple[Path, ...]:
    """Write a rule in shadow mode. Raises NameUnfit and NameTaken."""
    _check(name, _NAME, "host_stopped")
    return _write(_list_rule(project, name))


def create_atom(project: Project, name: str) -> tuple[Path, ...]:
    """Write an atom with its example and its test. Raises NameUnfit and NameTaken; RegistryUnfit in a checkout."""
    _check(name, _ATOM, "ec2.reboot")
    return (
        _create_own_atom(project.content, name) if project.content is not None else _create_library_atom(project, name)
    )


def _create_own_atom(content: Path, name: str) -> tuple[Path, ...]:
    """An atom of a content directory is found by its place, so there is no registry."""
    if name in MODULES:
        raise NameTaken(path=Path(*MODULES[name].split(".")).with_suffix(".py"), name=name)
    noun, verb = name.split(".")
    package = content / "atoms" / noun / "__init__.py"
    conftest = content / "tests" / "conftest.py"
    test = content / "tests" / f"test_{noun}_{verb}.py"
    wanted = {
        package.with_name(f"{verb}.py"): _fill(texts.ATOM, name),
        test: _fill(texts.ATOM_TEST, name).replace(f"chalicelib.atoms.{noun}.", f"{CONTENT}.{noun}."),
    }
    shared = {package: f'"""Atoms of {noun}."""\n', conftest: texts.CONTENT_CONFTEST}
    return _write({**wanted, **{path: text for path, text in shared.items() if not path.exists()}})


def _create_library_atom(project: Project, name: str) -> tuple[Path, ...]:
    noun, verb = name.split(".")
    registry = project.root / "chalicelib" / "atoms" / "registry.py"
    registered = _register(registry.read_text("utf-8"), name, registry)
    module = project.root / "chalicelib" / "atoms" / noun / f"{verb}.py"
    test = project.root / "tests" / "unit" / "atoms" / f"test_{noun}_{verb}.py"
    filled = {module: _fill(texts.ATOM, name), test: _fill(texts.ATOM_TEST, name)}
    package = module.with_name("__init__.py")
    if not package.exists():
        filled[package] = f'"""Atoms of {noun}."""\n'
    written = _write(filled)
    registry.write_text(registered, encoding="utf-8")
    return (*written, registry)


def _fill(text: str, name: str) -> str:
    noun, verb = name.split(".")
    action = "".join(part.capitalize() for part in verb.split("_"))
    return text.replace("NOUN", noun).replace("VERB", verb).replace("ACTION", action)


def _list_workflow(project: Project, name: str) -> dict[Path, str]:
    folder = project.state_machines
    found = {folder / f"{name}.yaml": texts.WORKFLOW, folder / f"{name}.cases.yaml": texts.CASES}
    return {path: text.replace("NAME", name).replace("FOLDER", folder.name) for path, text in found.items()}


def _list_rule(project: Project, name: str) -> dict[Path, str]:
    return {project.policies / "rules" / f"{name}.yaml": texts.RULE.replace("NAME", name)}


def _register(text: str, name: str, registry: Path) -> str:
    """Put a line into the registry, before the first name that comes after it."""
    noun, verb = name.split(".")
    lines = list(_LINE.finditer(text))
    if not lines:
        raise RegistryUnfit(path=registry)
    if any(match[1] == name for match in lines):
        raise NameTaken(path=registry, name=name)
    line = f'    "{name}": "chalicelib.atoms.{noun}.{verb}",\n'
    after = next((match.start() for match in lines if match[1] > name), lines[-1].end() + 1)
    return text[:after] + line + text[after:]


def _check(name: str, pattern: re.Pattern[str], example: str) -> None:
    if not pattern.match(name):
        raise NameUnfit(name=name, example=example)


def _write(wanted: Mapping[Path, str]) -> tuple[Path, ...]:
    for path in wanted:
        if path.exists():
            raise NameTaken(path=path, name=path.stem)
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tuple(wanted)
