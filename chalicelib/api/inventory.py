"""The known objects: what was last observed of each, to which service it belongs, and what was done to it."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from chalicelib.api.core import Core
from chalicelib.api.objects import show_object
from chalicelib.api.problems import Problem
from chalicelib.api.schemas.base import Schema
from chalicelib.api.schemas.control import LockHolder
from chalicelib.api.validation import read_object_filter
from chalicelib.control.goals.goal import Status, view_record
from chalicelib.control.intake import read_records
from chalicelib.control.model import ObjectRecord
from chalicelib.control.registry import list_members
from chalicelib.identity import ObjectId

_READ = 100
"""Objects read at a time while a page is filled."""


class UnknownObject(Problem):
    """Nothing is known of the object {object!r}: it was never observed and never locked."""

    status, slug, title = 404, "unknown-object", "Unknown object"


class ObjectQuery(Schema):
    """Which objects to list: all of a kind, or those of a service, zone or state; `after` is where the last page ended."""

    kind: Annotated[str, Field(min_length=1, max_length=64)] = "host"
    service: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    zone: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    state: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    after: Annotated[str, Field(min_length=1, max_length=1024)] | None = None


class ObjectPlace(Schema):
    """Where an object is, if not in the stack's own account and region."""

    account: Annotated[str, Field(pattern="^[0-9]{12}$")] | None = None
    region: Annotated[str, Field(pattern="^[a-z0-9-]{1,32}$")] | None = None


class KnownObject(Schema):
    """An object in a list."""

    object: str
    state: str | None
    state_at: str | None
    service: str | None
    zone: str | None
    tier: str
    labels: dict[str, str]


class StartedBefore(Schema):
    """A start that the object's history holds."""

    workflow: str
    at: str


class ObjectGoal(Schema):
    """A rule's goal for an object, and how it stands."""

    rule: str
    until: str
    status: Status
    rung: int
    """0: what the rule's branch decided; else the rung of the ladder, counted from 1."""
    attempt: int
    """Of this rung, counted from 1."""
    since: str
    deadline: str
    """When the next rung is taken, while it is pursued."""
    dispatch: str
    """Who pursues it, or did so last."""
    event_id: str
    why: str | None
    """Why the pursuit ended, unless it was met."""


class ObjectDetail(KnownObject):
    """Everything that is kept of an object."""

    fence: int
    holders: list[LockHolder]
    waiting: int
    starts: list[StartedBefore]
    """The last 50, oldest first."""
    goal: ObjectGoal | None
    """The one that was taken up last."""
    goals: list[ObjectGoal]


class Objects(Schema):
    """Known objects in order of their full ids."""

    objects: list[KnownObject]
    next: str | None
    """What to give as `after` for the next page, None at the end."""


def list_objects(core: Core, query: ObjectQuery) -> Objects:
    """List known objects of a kind. Raises InvalidQuery."""
    found: list[KnownObject] = []
    for record in walk_objects(query.kind, read_object_filter(query.after, core.home), core):
        shown = _summarize(record, core)
        if not _fits(shown, query):
            continue
        if len(found) == query.limit:
            return Objects(objects=found, next=found[-1].object)
        found.append(shown)
    return Objects(objects=found, next=None)


def walk_objects(kind: str, last: ObjectId | None, core: Core) -> Iterator[ObjectRecord]:
    """Read the known objects of a kind in order of their ids, those behind `last`, as far as they are asked for."""
    pending = [one for one in sorted(list_members(kind, core.ports.store)) if last is None or one > last]
    for start in range(0, len(pending), _READ):
        records = read_records(set(pending[start : start + _READ]), core.ports)
        yield from (records[one] for one in sorted(records))


def describe_object(core: Core, text: str) -> ObjectDetail:
    """Give everything that is kept of one object. Raises InvalidQuery and UnknownObject."""
    about = read_object_filter(text, core.home)
    record = read_records({about}, core.ports)[about] if about is not None else None
    if record is None or record == ObjectRecord(id=record.id):
        raise UnknownObject(object=text)
    goal = record.goal
    return ObjectDetail(
        **_summarize(record, core).model_dump(),
        fence=record.fence,
        holders=[
            LockHolder(
                dispatch=one.dispatch, workflow=one.workflow, intent=one.intent, fence=one.fence, since=one.since
            )
            for one in record.holders
        ],
        waiting=record.waiters,
        starts=[StartedBefore(workflow=workflow, at=at) for workflow, at in record.starts],
        goal=describe_goal(goal) if goal else None,
        goals=[describe_goal(record.goals[rule]) for rule in sorted(record.goals)],
    )


def describe_goal(goal: Mapping[str, Any]) -> ObjectGoal:
    """Show a goal as an object's row keeps it."""
    shared = ("rule", "until", "status", "rung", "since", "deadline", "dispatch", "event_id")
    return ObjectGoal(**{name: goal[name] for name in shared}, attempt=goal["attempt"] + 1, why=goal.get("why"))


def _summarize(record: ObjectRecord, core: Core) -> KnownObject:
    view = view_record(record, core.bundle)
    return KnownObject(
        object=show_object(record.id, core.home),
        state=record.state,
        state_at=record.state_at,
        service=view.service,
        zone=view.zone,
        tier=view.tier,
        labels=dict(record.labels),
    )


def _fits(shown: KnownObject, query: ObjectQuery) -> bool:
    return all(
        wanted is None or wanted == found
        for wanted, found in ((query.service, shown.service), (query.zone, shown.zone), (query.state, shown.state))
    )
