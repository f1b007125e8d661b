"""A tree of policies that is not this checkout's, compiled with this checkout's atoms."""

from pathlib import Path

from chalicelib.catalog.model import Bundle
from dsl.diagnostics import Diagnostic
from infra.build import check_sources
from infra.errors import FileUnreadable
from infra.project import Project
from infra.sources import read_paths

_OWN = "services.yaml"


def compile_tree(tree: Path, project: Project) -> tuple[Bundle | None, tuple[Diagnostic, ...], dict[str, str]]:
    """Compile a checkout, or a folder of policies alone; give the bundle, the diagnostics and the texts by path.

    Workflows come from the tree if it has any, else from the project. Raises FileUnreadable for what is neither.
    """
    policies = tree if (tree / _OWN).is_file() else tree / "policies"
    if not policies.is_dir():
        raise FileUnreadable(path=tree, cause=f"it is no tree of policies: it has no {_OWN} and no folder `policies`")
    workflows = tree / "state_machines"
    sources = read_paths([policies, workflows if workflows.is_dir() else project.state_machines])
    checked = check_sources(sources)
    return (checked.build.bundle if checked.build else None), checked.diagnostics, sources
