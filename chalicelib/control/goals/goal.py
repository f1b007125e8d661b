"""Whether the desired state is reached, judged by what was observed."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.catalog.model import Bundle, Goal
from chalicelib.control.claims.places import describe_place, move
from chalicelib.control.model import ObjectRecord, Sighting
from chalicelib.control.records import GOAL, GOALS_VERSION, read_time, render_time
from chalicelib.control.transaction import Item
from chalicelib.decision.decide import evaluate_goal
from chalicelib.decision.model import ObjectView
from chalicelib.decision.objects import observe_object, view_object
from chalicelib.events.model import Observation
from chalicelib.identity import Home, ObjectId, parse_object_id


class Status(StrEnum):
    """How a goal stands."""

    PURSUING = "pursuing"
    MET = "met"
    """The object was observed as the goal wants it; whatever came before."""
    ESCALATED = "escalated"
    """The ladder's last rung was taken: a person is paged."""
    MISSED = "missed"
    """There is no ladder, or it is used up and ends without a page."""
    STOPPED = "stopped"
    """A person took the dispatch back, or the rule is no longer active."""


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
    """Say what to write of an observation: state, labels, that the object is known, and the goals that this state meets.

    An observation is older or newer by the producers' own times; of two at the same time, the later arrival counts.
    """
    view = view_record(record, bundle, observation)
    at = render_time(view.state_at) if view.state_at else None
    place = describe_place(record.id, view.state, view.labels, bundle) or record.place
    fields: dict[str, Any] = {} if record.registered else {"registered": True}
    if (view.state, at, view.labels, place) == (record.state, record.state_at, record.labels, record.place):
        return Sighting(record.id, record.state_at, fields)
    fields |= {"state": view.state, "state_at": at, "labels": dict(view.labels)}
    seen = Sighting(record.id, record.state_at, fields)
    if place is not None and place != record.place:
        fields["place"], seen = place, seen._replace(moves=move(record.place, place))
    if view.state != record.state:
        fields["epoch"], seen = record.epoch + 1, seen._replace(seen_epoch=record.epoch)
    met = [goal for goal in record.goals.values() if goal["status"] != Status.MET and is_met(goal, view, now)]
    if not met:
        return seen
    fields |= {f"{GOAL}{goal['rule']}": {**goal, "status": str(Status.MET), "met_at": at} for goal in met}
    fields[GOALS_VERSION] = record.goals_version + 1
    return seen._replace(seen_goals=record.goals_version, met=tuple(goal["dispatch"] for goal in met))


def is_goal_met(row: Item, records: Mapping[ObjectId, ObjectRecord], bundle: Bundle, now: datetime) -> bool:
    """Whether a waiting dispatch has nothing left to do: its rule's goal is met by its object as observed."""
    if not row.get("goal") or not row.get("object"):
        return False
    record = records.get(parse_object_id(row["object"], Home("", "")))
    return record is not None and is_met(row["goal"], view_record(record, bundle), now)


def is_met(goal: Mapping[str, Any], view: ObjectView, now: datetime) -> bool:
    """Whether a goal, as rows keep it, is met by an object as observed."""
    return evaluate_goal(Goal(goal["until"], goal["within_s"]), view, now) is True
