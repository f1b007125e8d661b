"""A decision about many targets, cut into batches with the input of each target. Pure.

A campaign is what such a decision becomes: an ordered list of members, and the sizes of the batches that part it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.catalog.model import Bundle, Rule, Workflow
from chalicelib.catalog.schema import complete_input
from chalicelib.decision.batch_policy import find_batching, find_bound
from chalicelib.decision.batching import Batches, Batching, Deferred, Target, make_batches, parse_size
from chalicelib.decision.expressions import render_value
from chalicelib.decision.model import Fanout, ObjectView
from chalicelib.decision.objects import render_view
from chalicelib.decision.targets import HEALTHY, Selector, measure_bounds, select_targets
from chalicelib.errors import BadInput, ExpressionFailed, InterlockError

MAX_TARGETS = 2000
"""What one decision may be about: the input of every target is rendered and kept when it is decided."""


class NotCut(InterlockError):
    """No batches can be made: {cause}."""


class Member(NamedTuple):
    """One target, and what the workflow is given for it."""

    object: str
    input: Mapping[str, Any]


class Campaign(NamedTuple):
    """The batches of a decision. Every target is a member of exactly one, or left out with the reason."""

    members: tuple[Member, ...]
    """Batch after batch."""
    sizes: tuple[int, ...]
    left_out: tuple[tuple[str, str], ...]
    """(object, reason)."""
    kind: str
    healthy: tuple[str, ...]
    bounds: Mapping[str, str]
    """The bound of each service that has one, such as `10%`."""
    arithmetic: tuple[str, ...]
    """A sentence for each of them: how many may be down, and how many are."""
    stop_failures: str
    pause_for_approval: str
    approval: Mapping[str, Any] | None
    """`{approvers, need, expires_s}`; set if it pauses."""
    progress_deadline_s: int


def cut(
    fanout: Fanout, rule: Rule, workflow: Workflow, views: Iterable[ObjectView], service: str | None, tier: str,
    bundle: Bundle,
) -> Campaign:  # fmt: skip
    """Cut the objects that a decision means into batches. `views` are all known objects of the kind.

    Raises NotCut if none is meant, too many are, or the input of one cannot be given. Who finds no room now, since too
    many of its service are down, comes last: each batch waits for room before it begins.
    """
    known = {str(view.id): view for view in views}
    selector = Selector(fanout.kind, fanout.service, fanout.zone, fanout.labels)
    healthy = fanout.healthy or tuple(sorted(HEALTHY))
    targets = select_targets(known.values(), selector, {one.name: one.rank for one in bundle.tiers}, healthy)
    if not targets:
        raise NotCut(cause=f"no known {_describe(selector)} is meant")
    if len(targets) > MAX_TARGETS:
        raise NotCut(cause=f"{len(targets)} targets are meant, and {MAX_TARGETS} is the most: name fewer")
    said = find_batching(rule, service, tier, bundle)
    if said["pause_for_approval"].value != "never" and said["approval"].value is None:
        raise NotCut(
            cause=f"it pauses for approval, and nobody is named under `approval`: rule {rule.name}, tier {tier}"
        )
    bounds = {
        name: bound
        for name, one in sorted({target.group: known[target.id] for target in targets}.items())
        if (bound := find_bound(rule, one.service, one.tier, bundle).value) is not None
    }
    rooms = measure_bounds(
        known.values(), targets, fanout.kind or "", {name: parse_size(text) for name, text in bounds.items()},
        healthy,
    )  # fmt: skip
    made = _place_all(targets, _read_batching({name: one.value for name, one in said.items()}), rooms)
    down = {
        name: room.down + sum(not one.healthy for one in targets if one.group == name) for name, room in rooms.items()
    }
    return Campaign(
        members=tuple(
            Member(target.id, _render_input(fanout, workflow, known[target.id]))
            for batch in made.batches
            for target in batch
        ),
        sizes=tuple(len(batch) for batch in made.batches),
        left_out=tuple((one.target.id, one.reason) for one in made.deferred),
        kind=fanout.kind or "",
        healthy=healthy,
        bounds=bounds,
        arithmetic=tuple(explain_room(name, bounds[name], room.size, down[name]) for name, room in rooms.items()),
        stop_failures=said["stop_failures"].value,
        pause_for_approval=said["pause_for_approval"].value,
        approval=said["approval"].value,
        progress_deadline_s=said["progress_deadline_s"].value,
    )


def explain_room(service: str, bound: str, size: int, down: int) -> str:
    """Say how many of a service may be down and how many are, with the arithmetic."""
    most = parse_size(bound).count(size)
    of = f"{bound} of {size}" if bound.endswith("%") else f"of {size}"
    return f"{service or 'what belongs to no service'} may have {most} down ({of}), and {down} are"


def exceeds(failed: int, total: int, allowed: str) -> bool:
    """Whether more have failed than `allowed` of all: a share is exact, so 5% of 10 allows none."""
    size = parse_size(allowed)
    return failed * 100 > size.amount * total if size.percent else failed > size.amount


def _place_all(targets: tuple[Target, ...], batching: Batching, rooms: Mapping[str, Any]) -> Batches:
    """Cut, and put who has no room for what is down now behind, as if nothing were: the batch will wait for it."""
    first = make_batches(targets, batching, rooms)
    if not first.deferred:
        return first
    late = [one.target for one in first.deferred]
    mended = {name: room._replace(down=0) for name, room in rooms.items()}
    rest = make_batches(late, batching._replace(sizes=batching.sizes[-1:], canary=None), mended)
    placed = {one.id for batch in rest.batches for one in batch}
    return Batches(
        (*first.batches, *rest.batches),
        tuple(Deferred(one.target, one.reason) for one in first.deferred if one.target.id not in placed),
    )


def _read_batching(said: Mapping[str, Any]) -> Batching:
    return Batching(
        tuple(parse_size(one) for one in said["steps"]),
        parse_size(said["canary"]) if said["canary"] else None,
        spread_zones=said["spread"] == "zone",
        one_zone_at_a_time=said["one_zone_at_a_time"],
    )


def _render_input(fanout: Fanout, workflow: Workflow, view: ObjectView) -> Mapping[str, Any]:
    bindings = {**fanout.bindings, "target": render_view(view)}
    try:
        given = {name: render_value(value, bindings) for name, value in fanout.template.items()}
        return complete_input(workflow.input_schema, given, workflow.name)
    except (ExpressionFailed, BadInput) as problem:
        raise NotCut(cause=f"for {view.id.short}: {str(problem).removesuffix('.')}") from None


def _describe(selector: Selector) -> str:
    return " ".join(_list_words(selector))


def _list_words(selector: Selector) -> Iterator[str]:
    yield selector.kind or "object"
    if selector.service is not None:
        yield f"of service {selector.service}"
    if selector.zone is not None:
        yield f"in zone {selector.zone}"
    if selector.labels:
        yield f"with {', '.join(f'{name}={value}' for name, value in sorted(selector.labels.items()))}"
