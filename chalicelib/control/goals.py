"""Whether the desired state is reached, judged by what was observed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.catalog.model import Bundle, Goal
from chalicelib.control.model import ObjectRecord, Sighting
from chalicelib.control.records import read_time, render_time
from chalicelib.control.transaction import Item
from chalicelib.decision.decide import evaluate_goal
from chalicelib.decision.model import ObjectView
from chalicelib.decision.objects import observe_object, view_object
from chalicelib.events.model import Observation
from chalicelib.identity import Home, ObjectId, parse_object_id


def view_record(record: ObjectRecord, bundle: Bundle, observation: Observation | None = None) -> ObjectView:
    """Show an object to the decision: as stored, with an observation laid over it unless that is older."""
    stored = view_object(
        record.id,
        state=record.state,
        state_at=read_time(record.state_at) if record.state_at else None,
        labels=record.labels,
        bundle=bundle,
    )
    return observe_object(stored, [observation] if observation else [], bundle)


def sight(observation: Observation, record: ObjectRecord, bundle: Bundle, now: datetime) -> Sighting:
    """Say what to write of an observation: state, labels, that the object is known, and the goal if this state meets it.

    An observation is older or newer by the producers' own times; of two at the same time, the later arrival counts.
    """
    view = view_record(record, bundle, observation)
    at = render_time(view.state_at) if view.state_at else None
    fields: dict[str, Any] = {} if record.registered else {"registered": True}
    if (view.state, at, view.labels) == (record.state, record.state_at, record.labels):
        return Sighting(record.id, record.state_at, fields)
    fields |= {"state": view.state, "state_at": at, "labels": dict(view.labels)}
    goal = record.goal
    if goal and goal["status"] == "pursuing" and _meets(goal, view, now):
        fields["goal"] = {**goal, "status": "met", "met_at": at}
    return Sighting(record.id, record.state_at, fields)


def is_goal_met(row: Item, records: Mapping[ObjectId, ObjectRecord], bundle: Bundle, now: datetime) -> bool:
    """Whether a waiting dispatch has nothing left to do: its rule's goal is met by its object as observed."""
    if not row.get("goal") or not row.get("object"):
        return False
    record = records.get(parse_object_id(row["object"], Home("", "")))
    return record is not None and _meets(row["goal"], view_record(record, bundle), now)


def _meets(goal: Mapping[str, Any], view: ObjectView, now: datetime) -> bool:
    return evaluate_goal(Goal(goal["until"], goal["within_s"]), view, now) is True
