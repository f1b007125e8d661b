"""Compiles a checkout's sources into the bundle and the machines, and keeps the committed copies up to date."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chalicelib.atoms.registry import get_atoms
from chalicelib.catalog.load import dump_bundle
from chalicelib.catalog.model import Bundle
from dsl.atoms.declare import join_atoms
from dsl.bundle import build_bundle
from dsl.compile import dump_definition
from dsl.diagnostics import Diagnostic, has_errors, sort_diagnostics
from infra.compiled import Build
from infra.content import load_atoms
from infra.errors import BuildStale, SourcesInvalid
from infra.offers import make_offers
from infra.project import Project
from infra.sources import drop_cases, read_sources


@dataclass(frozen=True, slots=True)
class Checked:
    """What the compiler made of the sources; `build` is None when a diagnostic is an error."""

    build: Build | None
    diagnostics: tuple[Diagnostic, ...]


def check_project(project: Project) -> Checked:
    """Compile a checkout, with its content, and give the diagnostics. Raises FileUnreadable."""
    return check_sources(read_sources(project), project)


def check_sources(sources: Mapping[str, str], project: Project | None = None) -> Checked:
    """Compile path -> text of all workflow, atom and policy files, with the library and the project's Python atoms."""
    loaded, found = load_atoms(project) if project is not None else ({}, ())
    built = build_bundle(drop_cases(sources), join_atoms(loaded, get_atoms()))
    found = sort_diagnostics((*found, *built.diagnostics))
    if built.bundle is None or has_errors(found):
        return Checked(None, found)
    deployed = {name: built.atoms[name] for name in built.bundle.atoms}
    offers = make_offers(sources, built.bundle, built.machines, built.atoms)
    build = Build(built.bundle, write_bundle(built.bundle), deployed, built.machines, offers, built.pagers)
    return Checked(build, found)


def build_project(project: Project) -> Build:
    """Compile a checkout. Raises SourcesInvalid, or FileUnreadable."""
    checked = check_project(project)
    if checked.build is None:
        raise SourcesInvalid(count=sum(one.severity == "error" for one in checked.diagnostics))
    return checked.build


def write_bundle(bundle: Bundle) -> str:
    """Serialize a bundle: one line for each entry, so that a change reads well in a review."""
    return json.dumps(dump_bundle(bundle), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def list_artifacts(project: Project, build: Build) -> dict[Path, str]:
    """Give path -> text of every generated file that is committed."""
    machines = {
        project.compiled / f"{name}.asl.json": dump_definition(dict(one)) for name, one in build.machines.items()
    }
    return {project.bundle: build.bundle_text, project.offers: build.offers_text, **machines}


def write_artifacts(project: Project, build: Build) -> tuple[Path, ...]:
    """Write the generated files, remove machines that are no more, and give the paths that changed."""
    wanted = list_artifacts(project, build)
    stale = find_stale(project, wanted)
    for path in stale:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    return stale


def check_artifacts(project: Project, build: Build) -> None:
    """Raise BuildStale if a generated file is not what the sources compile to."""
    if stale := find_stale(project, list_artifacts(project, build)):
        raise BuildStale(files=", ".join(map(project.shorten, stale)))


def find_stale(project: Project, wanted: Mapping[Path, str]) -> tuple[Path, ...]:
    """List the generated files that are missing, different or no longer wanted, sorted."""
    present = set(project.compiled.glob("*.asl.json"))
    different = {path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text}
    return tuple(sorted(different | (present - set(wanted))))
