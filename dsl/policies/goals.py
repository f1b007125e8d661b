"""`goal`: the desired state, and the ladder of what is done while it is not reached."""

from collections.abc import Iterator, Mapping

from chalicelib.catalog.model import Goal, Rung, Workflow
from dsl.diagnostics import Diagnostic, Span
from dsl.policies.expressions import OF_GOAL, check_bare
from dsl.policies.inputs import check_run
from dsl.policies.model import GoalSpec, RungSpec
from dsl.shape import Path, find_node, locate_key
from dsl.source import Node


def build_goal(spec: GoalSpec) -> Goal:
    """Give what the bundle holds of it."""
    return Goal(
        until=spec.until,
        within_s=spec.within or 0,
        otherwise=tuple(Rung(one.run, one.with_, one.page, one.attempts or 1) for one in spec.otherwise or ()),
    )


def check_goal(root: Node, spec: GoalSpec, known: Mapping[str, Workflow]) -> Iterator[Diagnostic]:
    """Check the condition, and every rung; a ladder should end with a person."""
    yield from check_bare(root, ("goal", "until"), OF_GOAL, known)
    for index, rung in enumerate(spec.otherwise or ()):
        yield from _check_rung(root, ("goal", "otherwise", index), rung, known)
    if spec.otherwise and spec.otherwise[-1].page is None:
        message = "when this ladder is used up, nobody is told that the goal is not met"
        span = _point_at(root, ("goal", "otherwise", len(spec.otherwise) - 1))
        yield Diagnostic("W731", message, span, "add `- page: default` at its end")


def _check_rung(root: Node, path: Path, rung: RungSpec, known: Mapping[str, Workflow]) -> Iterator[Diagnostic]:
    deeds = [name for name in ("run", "page") if getattr(rung, name) is not None]
    if len(deeds) != 1:
        said = " and ".join(f"`{name}`" for name in deeds) or "nothing"
        message = f"a rung does one thing, and this one says {said}"
        yield Diagnostic("E704", message, _point_at(root, path), "write exactly one of `run` and `page`")
    if rung.run is not None:
        yield from check_run(root, path, rung.run, rung.with_, known)
        return
    for name in ("with", "attempts"):
        if deeds and (rung.with_ if name == "with" else rung.attempts) is not None:
            message = f"`{name}` belongs to a `run`, and this rung says `page`"
            yield Diagnostic("E704", message, locate_key(root, (*path, name)), "remove it")


def _point_at(root: Node, path: Path) -> Span:
    node = find_node(root, path)
    return next(iter(node.key_spans.values()), node.span)
