"""The dependencies that ship, as one folder with bytecode: made once for each lock file, target and Chalice."""

import compileall
import importlib.metadata
import inspect
import os
import py_compile
import shutil
import sys
import tempfile
from pathlib import Path

import chalice
import chalice.app

from chalicelib.identity import digest
from infra.commands import find_uv, run_command
from infra.project import Project
from infra.target import Target

_TASK_ROOT = "/var/task"
"""Where Lambda unpacks a package: what tracebacks should show."""
_USELESS = (
    "bin",
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    "*.dist-info/WHEEL",
    "**/test_*.py",
)
_TESTS = ("tests", "test")


def export_requirements(project: Project) -> str:
    """Give the locked runtime dependencies with their hashes, as a requirements file."""
    command = [find_uv(), "export", "--frozen", "--only-group", "runtime", "--no-header", "--no-annotate"]
    return run_command("Exporting the runtime dependencies", command, project.root)


def name_vendor(requirements: str, target: Target) -> str:
    """Name a set of dependencies by all that decides what is in it."""
    rules = repr((_USELESS, _TESTS))
    return digest([requirements, repr(target), sys.version, importlib.metadata.version("chalice"), rules])


def install_vendor(project: Project, requirements: str, target: Target) -> Path:
    """Give the folder of installed and compiled dependencies; a second call with the same facts finds it made."""
    folder = project.build / "cache" / f"vendor-{name_vendor(requirements, target)}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        fresh = Path(scratch) / "vendor"
        _install(Path(scratch), fresh, requirements, target)
        _prune(fresh)
        compile_folder(fresh, fresh)
        _compile_chalice(fresh)
        publish_folder(fresh, folder)
    return folder


def compile_folder(folder: Path, root: Path) -> None:
    """Compile in place to bytecode that is never checked against its source: a package is not edited once made."""
    compileall.compile_dir(
        folder,
        quiet=2,
        stripdir=str(root),
        prependdir=_TASK_ROOT,
        force=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def publish_folder(fresh: Path, final: Path) -> None:
    """Move a finished folder to its place; when another build was faster, keep that one: it has the same content."""
    try:
        fresh.rename(final)
    except OSError:
        if not final.is_dir():
            raise


def _install(scratch: Path, folder: Path, requirements: str, target: Target) -> None:
    listed = scratch / "requirements.txt"
    listed.write_text(requirements, encoding="utf-8")
    platform = ["--python-platform", target.wheels, "--only-binary", ":all:"] if target.wheels else []
    command = [find_uv(), "pip", "install", "--quiet", "--no-deps", "--python", sys.executable]
    command += ["--target", str(folder), "--requirement", str(listed), *platform]
    run_command("Installing the runtime dependencies", command, scratch)


def _prune(folder: Path) -> None:
    for pattern in _USELESS:
        for path in folder.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for parent, names, _ in os.walk(folder):
        for name in [name for name in names if name in _TESTS]:
            shutil.rmtree(Path(parent) / name)
            names.remove(name)
    (folder / ".lock").unlink(missing_ok=True)


def _compile_chalice(folder: Path) -> None:
    """Add the bytecode of the two Chalice modules, whose sources Chalice itself adds to every package."""
    for module in (chalice, chalice.app):
        source = Path(inspect.getfile(module))
        cache = folder / "chalice" / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
        py_compile.compile(
            str(source),
            cfile=str(cache),
            dfile=f"{_TASK_ROOT}/chalice/{source.name}",
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
