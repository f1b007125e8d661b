"""A tree of policies that is not this checkout's, compiled with this checkout's atoms."""

from pathlib import Path

from chalicelib.catalog.model import Bundle
from dsl.bundle import read_kind
from dsl.diagnostics import Diagnostic
from infra.build import check_sources
from infra.errors import FileUnreadable
from infra.project import Project
from infra.sources import read_paths, read_sources

_OWN = "services.yaml"


def compile_tree(tree: Path, project: Project) -> tuple[Bundle | None, tuple[Diagnostic, ...], dict[str, str]]:
    """Compile a checkout, a content directory, or a folder of policies alone.

    Gives the bundle, the diagnostics and the texts by path. Workflows come from the tree if it has any, else from the
    project. Raises FileUnreadable for what is none of them.
    """
    policies = tree if (tree / _OWN).is_file() else tree / "policies"
    if not policies.is_dir():
        raise FileUnreadable(path=tree, cause=f"it is no tree of policies: it has no {_OWN} and no folder `policies`")
    if (tree / "workflows").is_dir():
        project = Project(project.root, tree)
        sources = read_sources(project)
    elif (tree / "state_machines").is_dir():
        sources = read_paths(project, [policies, tree / "state_machines"])
    else:
        rest = {path: text for path, text in read_sources(project).items() if read_kind(text) in {"atom", "workflow"}}
        sources = {**rest, **read_paths(project, [policies])}
    checked = check_sources(sources, project)
    return (checked.build.bundle if checked.build else None), checked.diagnostics, sources
