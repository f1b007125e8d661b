"""A drawing in Graphviz' language: `dot` lays it out better than anything written here could."""

from collections.abc import Iterator
from html import escape

from dsl.graph.drawing import Drawing, Edge, Group, Line, Shape
from dsl.graph.words import wrap_rows

_FONT = "Arial"
_GROUP_WIDTH = 37
"""Characters of a row of a group's title: what is in it is at least a node wide."""
_LEFT = '<BR ALIGN="LEFT"/>'
_WIDER = 10
"""So many letters take the room of two more in a wider font."""
_INK, _SOFT, _RED = "#1f2933", "#616e7c", "#b42318"

_NODES: dict[Shape, str] = {
    Shape.START: 'shape=box style="rounded,filled" fillcolor="#e4e7eb" color="#9aa5b1"',
    Shape.STEP: 'shape=box style="rounded,filled" fillcolor="#e6f0fb" color="#4f7cac"',
    Shape.CHOICE: 'shape=diamond style=filled fillcolor="#fdf6e3" color="#b08a2e" margin="0.02,0.02"',
    Shape.WAIT: 'shape=box style="rounded,filled,dashed" fillcolor="#f5f7fa" color="#7b8794"',
    Shape.FORK: f'shape=box style=filled fillcolor="{_SOFT}" color="{_SOFT}" height=0.06 width=1.6 fixedsize=true',
    Shape.UNDO: f'shape=box style="rounded,filled" fillcolor="#fdecea" color="{_RED}"',
    Shape.DONE: 'shape=box style="rounded,filled" fillcolor="#e3f4e8" color="#2f855a"',
    Shape.FAILED: f'shape=box style="rounded,filled" fillcolor="#fdecea" color="{_RED}" penwidth=2',
}
_LINES: dict[Line, str] = {
    Line.FLOW: f'color="{_INK}"',
    Line.FAILURE: f'color="{_RED}" fontcolor="{_RED}" style=dashed',
}


def write_dot(drawing: Drawing) -> str:
    """Write the graph; equal drawings give equal text."""
    return "\n".join(_write(drawing)) + "\n"


def _write(drawing: Drawing) -> Iterator[str]:
    yield "digraph {"
    yield "  graph [compound=true rankdir=TB nodesep=0.45 ranksep=0.42 pad=0.25 labelloc=t labeljust=l"
    yield f'    bgcolor=white fontname="{_FONT}" fontcolor="{_INK}" label={_heading(drawing)}]'
    yield f'  node [fontname="{_FONT}" fontsize=13 fontcolor="{_INK}" margin="0.26,0.09"]'
    yield f'  edge [fontname="{_FONT}" fontsize=11 fontcolor="{_INK}" arrowsize=0.8]'
    yield from _write_group(drawing.root, "  ")
    for edge in drawing.edges:
        yield f"  {_quote(edge.tail)} -> {_quote(edge.head)} [{_edge(edge)}]"
    yield "}"


def _write_group(group: Group, indent: str) -> Iterator[str]:
    for node in group.nodes:
        label = '""' if node.shape is Shape.FORK else _label(node.title, node.does, node.rows)
        yield f"{indent}{_quote(node.id)} [{_NODES[node.shape]} label={label}]"
    for inner in group.groups:
        color, style = (_RED, "rounded,dashed") if inner.line is Line.FAILURE else ("#9aa5b1", "rounded")
        border = (
            f'color="{color}" style="{style}"' if inner.label else 'color="#dde3e9" style="rounded" margin=14 label=""'
        )
        rows = "\n".join(f"  {row}        " for row in wrap_rows(inner.label, _GROUP_WIDTH))
        label = f'label={_quote(rows)} fontsize=12 fontcolor="{color if inner.line is Line.FAILURE else _SOFT}"'
        # The arrow of a failure comes in at the top.
        label += " labelloc=b" if inner.line is Line.FAILURE else ""
        yield f"{indent}subgraph {_quote('cluster_' + inner.id)} {{"
        yield f"{indent}  graph [labeljust=l {label if inner.label else ''} {border}]"
        yield from _write_group(inner, indent + "  ")
        yield f"{indent}}}"


def _edge(edge: Edge) -> str:
    parts = [_LINES[edge.line]]
    if edge.label:
        # Room for a font that is wider than the one it is measured in.
        rows = (
            f"{' ' * (1 + len(row) // _WIDER)}{row}{' ' * (1 + len(row) // _WIDER)}" for row in edge.label.split("\n")
        )
        parts.append(f"label={_quote(chr(10).join(rows))}")
    if edge.from_group is not None:
        parts.append(f"ltail={_quote('cluster_' + edge.from_group)}")
    return " ".join(parts)


def _heading(drawing: Drawing) -> str:
    # Room for a font that is wider than the one it is measured in.
    wide = "&#160;" * 12
    rows = "".join(f'<FONT POINT-SIZE="11" COLOR="{_SOFT}">{escape(row)}{wide}</FONT>{_LEFT}' for row in drawing.rows)
    return f'<<FONT POINT-SIZE="18"><B>{escape(drawing.title)}</B></FONT>{_LEFT}{rows}{_LEFT}>'


def _label(title: str, does: str, rows: tuple[str, ...]) -> str:
    """Write a label in Graphviz' HTML: the title bold, what it does, then its rows smaller."""
    title_rows = "<BR/>".join(escape(row) for row in title.split("\n"))
    text = f'<FONT POINT-SIZE="14"><B>{title_rows}</B></FONT>' if does or rows else title_rows
    for part in does.split("\n") if does else ():
        text += f'<BR/><FONT POINT-SIZE="12">{escape(part)}</FONT>'
    for row in rows:
        text += f'<BR/><FONT POINT-SIZE="11" COLOR="{_SOFT}">{escape(row)}</FONT>'
    return f"<{text}>"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
