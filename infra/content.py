"""The Python atoms of a content directory: found by their place, loaded as the modules they are on Lambda, and checked."""

import ast
import importlib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import chalicelib.content
from chalicelib.atoms.contract import Atom
from chalicelib.atoms.registry import CONTENT, MODULES, AnyAtom, get_atoms
from chalicelib.aws.clients import LONGEST_CALL_S
from dsl.atoms.check import Fault
from dsl.atoms.declare import declare_atoms, join_atoms, judge_atom
from dsl.bundle import read_kind
from dsl.diagnostics import Diagnostic, Span
from dsl.inline import Library, read_library
from infra.project import Project
from infra.sources import drop_cases, name_file, read_library_workflows, read_paths, read_sources

_NAME = re.compile(r"[a-z][a-z0-9]*\.[a-z][a-z0-9_]*\Z")
_FIELDS = {"timeout": "timeout_s", "effect_timeout": "effect_timeout_s", "idempotent": "idempotency"}
"""What a field of YAML is called in Python."""


@dataclass(frozen=True, slots=True)
class _Source:
    """One file that assigns `ATOM`."""

    name: str
    path: Path
    shown: str
    tree: ast.Module


def find_atoms(project: Project, sources: Mapping[str, str]) -> tuple[Mapping[str, AnyAtom], tuple[Diagnostic, ...]]:
    """Give all atoms there are: the library's, and those of the content directory, in Python or declared in `sources`.

    The diagnostics are those of the Python ones: the others' come with the bundle.
    """
    loaded, found = load_atoms(project)
    declared = {path: text for path, text in drop_cases(sources).items() if read_kind(text) == "atom"}
    atoms, _ = declare_atoms(declared, join_atoms(loaded, get_atoms()))
    return atoms, found


def find_surroundings(project: Project, file: Path) -> tuple[Mapping[str, AnyAtom], Library]:
    """Give what a single workflow file may use: all atoms, and the workflows beside it and of the project."""
    sources = drop_cases(read_sources(project))
    beside = drop_cases(read_paths(project, [file.parent]))
    declared = {path: text for path, text in {**sources, **beside}.items() if read_kind(text) == "atom"}
    atoms, _ = find_atoms(project, declared)
    flows = {path: text for path, text in sources.items() if read_kind(text) == "workflow"}
    return atoms, {**read_library(read_library_workflows(project)), **read_library(flows), **read_library(beside)}


def load_atoms(project: Project) -> tuple[dict[str, AnyAtom], tuple[Diagnostic, ...]]:
    """Load the Python atoms of a project's content directory. Runs their modules; never raises for what is in them."""
    if project.content is None:
        return {}, ()
    mount_content(project.content)
    atoms: dict[str, AnyAtom] = {}
    sources: list[_Source] = []
    found: list[Diagnostic] = []
    for one in _list_sources(project, found):
        atom = _load(one, found)
        if atom is not None:
            atoms[one.name] = atom
            sources.append(one)
    everything = join_atoms(atoms, get_atoms())
    for one in sources:
        atom = atoms[one.name]
        if atom.timeout_s <= LONGEST_CALL_S:
            message = f"one AWS call may take {LONGEST_CALL_S} s with its retries, and the function {atom.timeout_s} s"
            fault = Fault(("timeout",), "E855", message, f"write more than {LONGEST_CALL_S}")
            found.append(Diagnostic(fault.code, fault.message, _place(one, fault), fault.hint))
        found += judge_atom(atom, everything, partial(_place, one))
    return atoms, tuple(found)


def mount_content(content: Path) -> None:
    """Let the modules under `atoms/` of a content directory be imported as `chalicelib.content`, as on Lambda."""
    here = str(Path(chalicelib.content.__file__).parent)
    wanted = [here, str(content.resolve() / "atoms")]
    if list(chalicelib.content.__path__) != wanted:
        chalicelib.content.__path__[:] = wanted
    for name in [name for name in sys.modules if name.startswith(f"{CONTENT}.")]:
        del sys.modules[name]
    importlib.invalidate_caches()


def list_code(content: Path) -> dict[str, bytes]:
    """Give path in the package -> content of every Python file under `atoms/` that is no test."""
    folder = content / "atoms"
    target = CONTENT.replace(".", "/")
    return {
        f"{target}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*.py"))
        if "__pycache__" not in path.parts and not path.name.startswith(("test_", "conftest"))
    }


def _list_sources(project: Project, found: list[Diagnostic]) -> Iterator[_Source]:
    folder = (project.content or project.root) / "atoms"
    for path in sorted(folder.rglob("*.py")):
        shown = name_file(project, path)
        try:
            tree = ast.parse(path.read_bytes(), filename=shown)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            cause = error.msg if isinstance(error, SyntaxError) else str(error)
            found.append(Diagnostic("E860", f"this is not Python: {cause}", Span(shown, line, 1, line, 2)))
            continue
        declaration = _find_declaration(tree)
        if declaration is None:
            continue
        name = ".".join(path.relative_to(folder).with_suffix("").parts)
        span = _span(shown, declaration)
        if not _NAME.match(name):
            hint = "put it into atoms/<noun>/<verb>.py"
            found.append(Diagnostic("E860", f"an atom cannot be called {name!r}", span, hint))
        elif name in MODULES:
            found.append(Diagnostic("E902", f"{name!r} is already defined in the library", span, "rename yours"))
        else:
            yield _Source(name, path, shown, tree)


def _load(one: _Source, found: list[Diagnostic]) -> AnyAtom | None:
    span = _span(one.shown, _find_declaration(one.tree))
    try:
        module = importlib.import_module(f"{CONTENT}.{one.name}")
    except Exception as error:  # noqa: BLE001 - whatever a user's module raises is a mistake of the user's
        line = _find_line(error, one.path) or span.line
        at = Span(one.shown, line, 1, line, 2)
        found.append(Diagnostic("E860", f"it cannot be imported: {type(error).__name__}: {error}", at))
        return None
    atom = getattr(module, "ATOM", None)
    if not isinstance(atom, Atom):
        found.append(Diagnostic("E860", "`ATOM` is no Atom", span, "write ATOM = Atom(name=...)"))
        return None
    if atom.name != one.name:
        message = f"the atom here is {one.name!r} by its place, and calls itself {atom.name!r}"
        found.append(Diagnostic("E860", message, span, f"write name={one.name!r}, or move the file"))
        return None
    return atom


def _find_line(error: BaseException, path: Path) -> int | None:
    trace, line = error.__traceback__, None
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).resolve() == path.resolve():
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _find_declaration(tree: ast.Module) -> ast.stmt | None:
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "ATOM" for target in targets):
            return statement
    return None


def _place(one: _Source, fault: Fault) -> Span:
    """Point at the keyword of `ATOM = Atom(...)` that a fault is about."""
    declaration = _find_declaration(one.tree)
    call = getattr(declaration, "value", None)
    wanted = str(fault.field[0])
    for keyword in call.keywords if isinstance(call, ast.Call) else ():
        if keyword.arg == _FIELDS.get(wanted, wanted):
            return Span(
                one.shown,
                keyword.lineno,
                keyword.col_offset + 1,
                keyword.lineno,
                keyword.col_offset + 1 + len(keyword.arg),
            )
    return _span(one.shown, declaration)


def _span(shown: str, statement: ast.stmt | None) -> Span:
    line = statement.lineno if statement is not None else 1
    return Span(shown, line, 1, line, 5)
