"""Reads the workflow and policy files; `dsl` itself never touches a disk."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from infra.errors import FileUnreadable
from infra.project import Project

_SUFFIXES = (".yaml", ".yml")


def read_sources(project: Project) -> dict[str, str]:
    """Give path (relative to the root, with `/`) -> text of every YAML file of the project, sorted by path."""
    found = [*_list_yaml(project.state_machines), *_list_yaml(project.policies)]
    return {path.relative_to(project.root).as_posix(): read_text(path) for path in sorted(found)}


def read_paths(paths: Iterable[Path]) -> dict[str, str]:
    """Give path as written -> text of the files named, and of the YAML files under the folders named."""
    files = [file for path in paths for file in (_list_yaml(path) if path.is_dir() else [path])]
    return {path.as_posix(): read_text(path) for path in files}


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


def _list_yaml(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
