"""What a picture shows, before anybody has laid it out."""

from dataclasses import dataclass, field
from enum import StrEnum


class Shape(StrEnum):
    """What a node stands for."""

    START = "start"
    STEP = "step"
    CHOICE = "choice"
    WAIT = "wait"
    FORK = "fork"
    UNDO = "undo"
    DONE = "done"
    FAILED = "failed"


class Line(StrEnum):
    """What an edge stands for."""

    FLOW = "flow"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Node:
    """A node: a title, what it does, and its description in rows."""

    id: str
    shape: Shape
    title: str
    does: str = ""
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge between nodes. `from_group` makes it leave from the border of the group around its tail."""

    tail: str
    head: str
    label: str = ""
    line: Line = Line.FLOW
    from_group: str | None = None


@dataclass(slots=True)
class Group:
    """Nodes inside a border."""

    id: str
    label: str = ""
    line: Line = Line.FLOW
    nodes: list[Node] = field(default_factory=list)
    groups: list["Group"] = field(default_factory=list)


@dataclass(slots=True)
class Drawing:
    """A whole picture; the root group has no border."""

    title: str
    rows: tuple[str, ...]
    root: Group
    edges: list[Edge] = field(default_factory=list)
