"""Writes files to begin with. Nothing that is there is ever overwritten."""

import re
from collections.abc import Mapping
from pathlib import Path

from infra.errors import NameTaken, NameUnfit, RegistryUnfit
from infra.project import Project
from infra.scaffold import texts

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
_ATOM = re.compile(r"[a-z][a-z0-9]*\.[a-z][a-z0-9_]*\Z")
_LINE = re.compile(r'^    "([a-z0-9_.]+)": "[\w.]+",$', re.MULTILINE)


def create_project(folder: Path) -> tuple[Path, ...]:
    """Write a folder of workflows and policies that pass `check`, and give the paths."""
    project = Project(folder)
    policies = {
        "services": texts.SERVICES,
        "control": texts.CONTROL,
        "catalog": texts.CATALOG,
        "access": texts.ACCESS,
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
    """Write an atom and its test, and put it into the registry. Raises NameUnfit, NameTaken and RegistryUnfit."""
    _check(name, _ATOM, "ec2.reboot")
    noun, verb = name.split(".")
    action = "".join(part.capitalize() for part in verb.split("_"))
    registry = project.root / "chalicelib" / "atoms" / "registry.py"
    registered = _register(registry.read_text("utf-8"), name, registry)
    module = project.root / "chalicelib" / "atoms" / noun / f"{verb}.py"
    test = project.root / "tests" / "unit" / "atoms" / f"test_{noun}_{verb}.py"
    filled = {
        path: text.replace("NOUN", noun).replace("VERB", verb).replace("ACTION", action)
        for path, text in ((module, texts.ATOM), (test, texts.ATOM_TEST))
    }
    package = module.with_name("__init__.py")
    if not package.exists():
        filled[package] = f'"""Atoms of {noun}."""\n'
    written = _write(filled)
    registry.write_text(registered, encoding="utf-8")
    return (*written, registry)


def _list_workflow(project: Project, name: str) -> dict[Path, str]:
    folder = project.state_machines
    found = {folder / f"{name}.yaml": texts.WORKFLOW, folder / f"{name}.cases.yaml": texts.CASES}
    return {path: text.replace("NAME", name) for path, text in found.items()}


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
