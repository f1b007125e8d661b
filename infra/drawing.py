"""Runs the layout engine: Graphviz' `dot` as a program of its own in a wheel, so that nothing is installed system-wide."""

import shutil
import sys
import tempfile
from pathlib import Path

from dsl.graph.svg import finish_svg
from infra.commands import run_command
from infra.errors import ToolMissing

_PROGRAM = "graphviz-pure"


def render_svg(dot: str) -> str:
    """Lay a graph out and give its SVG. Raises ToolMissing, or PackagingFailed with what the program said."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "graph.dot", Path(folder) / "graph.svg"
        source.write_text(dot, encoding="utf-8")
        command = [_find_program(), "-Tsvg", "-q", f"-o{target}", str(source)]
        run_command("the picture", command, Path(folder), makes=target)
        return finish_svg(target.read_text("utf-8"))


def _find_program() -> str:
    beside = Path(sys.executable).with_name(_PROGRAM)
    found = str(beside) if beside.exists() else shutil.which(_PROGRAM)
    if found is None:
        raise ToolMissing(tool=_PROGRAM)
    return found
