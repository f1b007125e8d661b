"""Packaging: stage the code, let Chalice describe it, and keep the result under the hash of what went in."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalicelib.identity import canonical_json, digest
from infra.archive import hash_content, normalize_archive
from infra.chalice_config import write_config
from infra.commands import run_command
from infra.content import list_code
from infra.functions import Function
from infra.project import Project
from infra.target import Target
from infra.vendor import compile_folder, export_requirements, install_vendor, name_vendor, publish_folder

_REQUIREMENTS = "# vendor/ holds the dependencies: installed from uv.lock with their hashes checked.\n"
_IGNORED = ("__pycache__", ".mypy_cache", ".ruff_cache")
_KEPT = 16
_CHALICE = "from chalice.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a package is made from. `overlay` is path -> text of files that replace or join the checkout's."""

    stage: str
    functions: tuple[Function, ...]
    target: Target
    overlay: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Package:
    """What Chalice says of the code (a SAM template without our resources), and the zip."""

    chalice: Mapping[str, Any]
    archive: Path


def make_package(project: Project, recipe: Recipe) -> Package:
    """Package the checkout; the same content is packaged once. Raises PackagingFailed or ToolMissing."""
    requirements = export_requirements(project)
    files = _collect_files(project, recipe)
    facts = [name_vendor(requirements, recipe.target), recipe.stage, canonical_json(_hash_files(files))]
    folder = project.build / "cache" / f"package-{digest(facts)}"
    if folder.is_dir():
        folder.touch()
    else:
        vendor = install_vendor(project, requirements, recipe.target)
        _build(project, recipe.stage, files, vendor, folder)
        _drop_old(folder.parent)
    chalice = json.loads((folder / "sam.json").read_text(encoding="utf-8"))
    return Package(chalice, folder / "deployment.zip")


def _collect_files(project: Project, recipe: Recipe) -> dict[str, bytes]:
    """Give path -> content of the staging folder, without the dependencies."""
    configs = write_config(recipe.stage, recipe.functions, recipe.target)
    return {
        **{path.relative_to(project.root).as_posix(): path.read_bytes() for path in _list_code(project)},
        **(list_code(project.content) if project.content is not None else {}),
        **{path: text.encode() for path, text in recipe.overlay.items()},
        **{f".chalice/{name}": text.encode() for name, text in configs.items()},
        "requirements.txt": _REQUIREMENTS.encode(),
    }


def _list_code(project: Project) -> Iterator[Path]:
    yield project.root / "app.py"
    for path in (project.root / "chalicelib").rglob("*"):
        if path.is_file() and not any(part in _IGNORED for part in path.parts):
            yield path


def _hash_files(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: hash_content(content) for path, content in files.items()}


def _build(project: Project, stage: str, files: Mapping[str, bytes], vendor: Path, final: Path) -> None:
    project.build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=project.build, prefix="app-") as scratch:
        staging, out = Path(scratch) / "app", Path(scratch) / "out"
        _stage(staging, files, vendor)
        _run_chalice(staging, out, stage)
        (out / "deployment.zip").write_bytes(normalize_archive(out / "deployment.zip"))
        publish_folder(out, final)


def _stage(staging: Path, files: Mapping[str, bytes], vendor: Path) -> None:
    for path, content in files.items():
        place = staging / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    compile_folder(staging / "chalicelib", staging)
    (staging / "vendor").symlink_to(vendor)


def _drop_old(cache: Path) -> None:
    """Keep the packages used last: every change of the code makes one of a few megabytes."""
    packages = sorted(cache.glob("package-*"), key=lambda folder: folder.stat().st_mtime)
    for folder in packages[:-_KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


def _run_chalice(staging: Path, out: Path, stage: str) -> None:
    command = [sys.executable, "-c", _CHALICE, "package", "--stage", stage, str(out)]
    # Chalice makes nothing without a region, yet what it makes does not depend on it.
    region = {"AWS_DEFAULT_REGION": "us-east-1"}
    run_command("chalice package", command, staging, extra=region, makes=out / "sam.json")
