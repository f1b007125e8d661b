"""The JSON Schemas as they are committed, for editors."""

from pathlib import Path

from dsl.schemas import KINDS, dump_schema, make_schema
from infra.content import find_atoms
from infra.project import Project
from infra.sources import read_sources


def list_schemas(project: Project) -> dict[Path, str]:
    """Give path -> text of the schema of every kind of file."""
    atoms, _ = find_atoms(project, read_sources(project))
    return {project.schemas / f"{kind}.json": dump_schema(make_schema(kind, atoms)) for kind in KINDS}


def write_schemas(project: Project) -> tuple[Path, ...]:
    """Write those that are not up to date, and give their paths."""
    stale = find_stale_schemas(project)
    wanted = list_schemas(project)
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
    return stale


def find_stale_schemas(project: Project) -> tuple[Path, ...]:
    """List the schemas that are missing or differ."""
    wanted = list_schemas(project)
    return tuple(path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text)


def name_schema(kind: str, depth: int) -> str:
    """Write the line that tells yaml-language-server which schema a file has; `depth` counts folders below the root."""
    return f"# yaml-language-server: $schema={'../' * depth}schemas/{kind}.json"
