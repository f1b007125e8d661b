"""The known objects: what was last observed of each, to which service it belongs, and what was done to it."""

from typing import Annotated

from pydantic import Field

from chalicelib.api.core import Core
from chalicelib.api.objects import show_object
from chalicelib.api.problems import Problem
from chalicelib.api.schemas import LockHolder, Schema
from chalicelib.api.validation import read_object_filter
from chalicelib.control.goals import view_record
from chalicelib.control.intake import read_records
from chalicelib.control.model import ObjectRecord
from chalicelib.control.registry import list_members

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
    """The goal of the last dispatch that had one. `status` says how it stands, for example pursuing or met."""

    rule: str
    until: str
    status: str
    dispatch: str


class ObjectDetail(KnownObject):
    """Everything that is kept of an object."""

    fence: int
    holders: list[LockHolder]
    waiting: int
    starts: list[StartedBefore]
    """The last 50, oldest first."""
    goal: ObjectGoal | None


class Objects(Schema):
    """Known objects in order of their full ids."""

    objects: list[KnownObject]
    next: str | None
    """What to give as `after` for the next page, None at the end."""


def list_objects(core: Core, query: ObjectQuery) -> Objects:
    """List known objects of a kind. Raises InvalidQuery."""
    last = read_object_filter(query.after, core.home)
    pending = [one for one in sorted(list_members(query.kind, core.ports.store)) if last is None or one > last]
    found: list[KnownObject] = []
    for start in range(0, len(pending), _READ):
        records = read_records(set(pending[start : start + _READ]), core.ports)
        for one in sorted(records):
            shown = _summarize(records[one], core)
            if not _fits(shown, query):
                continue
            if len(found) == query.limit:
                return Objects(objects=found, next=found[-1].object)
            found.append(shown)
    return Objects(objects=found, next=None)


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
        goal=ObjectGoal(rule=goal["rule"], until=goal["until"], status=goal["status"], dispatch=goal["dispatch"])
        if goal
        else None,
    )


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
