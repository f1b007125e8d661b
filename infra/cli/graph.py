"""`interlock graph FILE`: a picture of a workflow, for a runbook."""

from enum import StrEnum
from typing import Annotated

import typer

from dsl.graph.dot import write_dot
from dsl.graph.draw import draw_workflow
from dsl.graph.mermaid import write_mermaid
from infra.cli.compile import File, Out
from infra.cli.opening import open_workflow
from infra.cli.screen import err, out
from infra.drawing import render_svg


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
    drawing = draw_workflow(open_workflow(file).written)
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
