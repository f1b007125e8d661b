"""A drawing as a Mermaid flowchart, for Markdown that draws it: GitHub, GitLab, many wikis."""

from collections.abc import Iterator

from dsl.graph.drawing import Drawing, Edge, Group, Line, Node, Shape

_BRACKETS: dict[Shape, tuple[str, str]] = {
    Shape.START: ("([", "])"),
    Shape.STEP: ("[", "]"),
    Shape.CHOICE: ("{", "}"),
    Shape.WAIT: ("[/", "/]"),
    Shape.FORK: ("((", "))"),
    Shape.UNDO: ("[", "]"),
    Shape.DONE: ("([", "])"),
    Shape.FAILED: ("([", "])"),
}
_CLASSES = (
    "classDef undo fill:#fdecea,stroke:#b42318,color:#1f2933",
    "classDef failed fill:#fdecea,stroke:#b42318,stroke-width:2px,color:#1f2933",
    "classDef done fill:#e3f4e8,stroke:#2f855a,color:#1f2933",
    "classDef choice fill:#fdf6e3,stroke:#b08a2e,color:#1f2933",
)
_STYLED = {"undo", "failed", "done", "choice"}


def write_mermaid(drawing: Drawing) -> str:
    """Write the flowchart; equal drawings give equal text."""
    ids: dict[str, str] = {}
    return "\n".join(_write(drawing, ids)) + "\n"


def _write(drawing: Drawing, ids: dict[str, str]) -> Iterator[str]:
    yield "---"
    yield f"title: {drawing.title}"
    yield "---"
    yield "flowchart TD"
    yield from _write_group(drawing.root, "  ", ids)
    for edge in drawing.edges:
        yield f"  {_write_edge(edge, ids)}"
    for line in _CLASSES:
        yield f"  {line}"


def _write_group(group: Group, indent: str, ids: dict[str, str]) -> Iterator[str]:
    for node in group.nodes:
        before, after = _BRACKETS[node.shape]
        styled = f":::{node.shape}" if node.shape.value in _STYLED else ""
        yield f'{indent}{_name(node.id, ids)}{before}"{_label(node)}"{after}{styled}'
    for inner in group.groups:
        yield f'{indent}subgraph {inner.id}["{_escape(inner.label) or " "}"]'
        yield from _write_group(inner, indent + "  ", ids)
        yield f"{indent}end"


def _write_edge(edge: Edge, ids: dict[str, str]) -> str:
    arrow = "-.->" if edge.line is Line.FAILURE else "-->"
    label = f'|"{_escape(edge.label)}"|' if edge.label else ""
    tail = edge.from_group or _name(edge.tail, ids)
    return f"{tail} {arrow}{label} {_name(edge.head, ids)}"


def _label(node: Node) -> str:
    parts = [f"<b>{_escape(node.title)}</b>"] if node.does or node.rows else [_escape(node.title) or " "]
    return "<br/>".join([*parts, *([_escape(node.does)] if node.does else []), *map(_escape, node.rows)])


def _name(node: str, ids: dict[str, str]) -> str:
    """Give a name that is no word of Mermaid's, whatever the step is called."""
    return ids.setdefault(node, f"n{len(ids) + 1}")


def _escape(text: str) -> str:
    for character, entity in (("&", "&amp;"), ('"', "&quot;"), ("<", "&lt;"), (">", "&gt;"), ("\n", "<br/>")):
        text = text.replace(character, entity)
    return text
