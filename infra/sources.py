"""Reads the workflow, atom and policy files; `dsl` itself never touches a disk."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dsl.bundle import KINDS_OF_ONE, read_kind
from infra.errors import FileUnreadable
from infra.project import Project

_SUFFIXES = (".yaml", ".yml")
_WORD = re.compile(r"[a-z][a-z0-9_]*")


def read_sources(project: Project) -> dict[str, str]:
    """Give name -> text of every YAML file that a project compiles, sorted by name.

    A content directory gives its own, and gets the checkout's workflows that it names and, of the files that exist
    once, those that it has not. The checkout's rules are left out: what is decided never changes by an upgrade.
    """
    folders = (project.state_machines, project.policies, *_list_atoms(project))
    own = read_paths(project, [folder for folder in folders if folder.is_dir()])
    if project.content is None:
        return dict(sorted(own.items()))
    checkout = Project(project.root)
    written = {read_kind(text) for text in own.values()}
    shared = read_paths(project, _list_yaml(checkout.policies, deep=False))
    rest = {name: text for name, text in shared.items() if read_kind(text) in KINDS_OF_ONE - written}
    return dict(sorted({**_choose_named(read_library_workflows(project), {**rest, **own}), **rest, **own}.items()))


def read_library_workflows(project: Project) -> dict[str, str]:
    """Give name -> text of the checkout's own workflows, whether a content directory names them or not."""
    return drop_cases(read_paths(project, [Project(project.root).state_machines]))


def _choose_named(workflows: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, str]:
    """Keep the workflows whose names are words of these texts, or of a workflow that is kept."""
    chosen: dict[str, str] = {}
    pending = list(texts.values())
    while pending:
        words = {word for text in pending for word in _WORD.findall(text)}
        found = {path: text for path, text in workflows.items() if path not in chosen and Path(path).stem in words}
        chosen |= found
        pending = list(found.values())
    return chosen


def read_paths(project: Project, paths: Iterable[Path]) -> dict[str, str]:
    """Give name -> text of the files named, and of the YAML files under the folders named."""
    files = [file for path in paths for file in (_list_yaml(path) if path.is_dir() else [path])]
    return {name_file(project, path): read_text(path) for path in files}


def name_file(project: Project, path: Path) -> str:
    """Name a file for diagnostics and as a key: from the root of the checkout, or with its content directory as given."""
    full = path.resolve()
    if project.content is None:
        return full.relative_to(project.root).as_posix() if full.is_relative_to(project.root) else path.as_posix()
    inside = project.content.resolve()
    return (project.content / full.relative_to(inside) if full.is_relative_to(inside) else full).as_posix()


def find_file(project: Project, name: str) -> Path:
    """Give the path of a file that `name_file` has named."""
    inside = project.root / name
    return inside if project.content is None and inside.exists() else Path(name)


def read_text(path: Path) -> str:
    """Read one UTF-8 file. Raises FileUnreadable."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise FileUnreadable(path=path, cause=cause) from error


def is_test_file(path: str) -> bool:
    """Whether a file holds the cases of another one."""
    return path.endswith(tuple(f".cases{suffix}" for suffix in _SUFFIXES))


def drop_cases(sources: Mapping[str, str]) -> dict[str, str]:
    """Keep what compiles, without the cases beside it."""
    return {path: text for path, text in sources.items() if not is_test_file(path)}


def _list_atoms(project: Project) -> Iterator[Path]:
    if project.content is not None:
        yield project.content / "atoms"


def _list_yaml(folder: Path, *, deep: bool = True) -> list[Path]:
    found = folder.rglob("*") if deep else folder.glob("*")
    return sorted(path for path in found if path.suffix in _SUFFIXES and path.is_file())
