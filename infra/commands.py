"""Runs the outside programs that packaging needs, and turns a failure into one line."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.errors import PackagingFailed, ToolMissing


def run_command(
    step: str,
    command: Sequence[str],
    cwd: Path,
    *,
    extra: Mapping[str, str] | None = None,
    makes: Path | None = None,
) -> str:
    """Run a program and give its standard output. Raises PackagingFailed with the last line it wrote.

    `makes` is a file that must be there afterwards: some programs say 0 whatever happened.
    """
    environment = {**_quiet_environment(), **(extra or {})}
    done = subprocess.run(  # noqa: S603 - the command is ours, nothing in it comes from a user's file
        list(command), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode or (makes is not None and not makes.exists()):
        raise PackagingFailed(step=step, cause=_last_line(done.stderr) or _last_line(done.stdout) or "no message")
    return done.stdout


def find_uv() -> str:
    """Give the path of uv: the project's own first. Raises ToolMissing."""
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise ToolMissing(tool="uv")
    return found


def _quiet_environment() -> dict[str, str]:
    """Keep the caller's environment but for what would make a build depend on an AWS profile or another project."""
    dropped = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "PYTHONPATH", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"}
    kept = {key: value for key, value in os.environ.items() if key not in dropped}
    return {**kept, "UV_PYTHON_DOWNLOADS": "never", "PYTHONDONTWRITEBYTECODE": "1"}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
