"""`interlock graph FILE`: a picture of a workflow, for a runbook."""

from enum import StrEnum
from typing import Annotated

import typer

from chalicelib.atoms.registry import get_atoms
from dsl.compile import compile_workflow
from dsl.graph.dot import write_dot
from dsl.graph.draw import draw_workflow
from dsl.graph.mermaid import write_mermaid
from dsl.model import WorkflowFile
from dsl.shape import validate
from infra.cli.check import print_diagnostics
from infra.cli.compile import File, Out
from infra.cli.exits import Exit
from infra.cli.screen import err, out
from infra.drawing import render_svg
from infra.sources import read_text


class Picture(StrEnum):
    """What is drawn: a picture, or text that something else draws."""

    SVG = "svg"
    MERMAID = "mermaid"
    DOT = "dot"


Style = Annotated[
    Picture, typer.Option("--format", help="A picture, or the text of a diagram for Markdown or Graphviz.")
]


def run(file: File, style: Style = Picture.SVG, target: Out = None) -> None:
    """Draw a workflow: its steps as they are written, undo and failure in a lane of their own."""
    text = read_text(file)
    compiled = compile_workflow(text, file.as_posix(), get_atoms())
    print_diagnostics(compiled.diagnostics, {file.as_posix(): text})
    model = validate(compiled.source, WorkflowFile)[0] if compiled.source is not None else None
    if compiled.definition is None or model is None:
        raise typer.Exit(Exit.WRONG)
    drawing = draw_workflow(model)
    match style:
        case Picture.SVG:
            picture = render_svg(write_dot(drawing))
        case Picture.MERMAID:
            picture = write_mermaid(drawing)
        case Picture.DOT:
            picture = write_dot(drawing)
    if target is None:
        out.out(picture, end="", highlight=False)
        return
    target.write_text(picture, encoding="utf-8")
    err.print(f"Wrote {target}.")
