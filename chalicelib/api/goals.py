"""The goals that rules pursue for known objects: still trying, converged, or given to a person."""

from typing import Annotated

from pydantic import Field

from chalicelib.api.core import Core
from chalicelib.api.inventory import ObjectGoal, describe_goal, walk_objects
from chalicelib.api.objects import show_object
from chalicelib.api.schemas.base import Schema
from chalicelib.api.validation import read_object_filter
from chalicelib.control.goals.goal import Status


class GoalQuery(Schema):
    """Goals of the objects of a kind; those of a status or rule; `after` is where the last page ended."""

    kind: Annotated[str, Field(min_length=1, max_length=64)] = "host"
    status: Status | None = None
    rule: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    """Of objects; each may have several goals."""
    after: Annotated[str, Field(min_length=1, max_length=1024)] | None = None


class PursuedGoal(ObjectGoal):
    """A goal with the object that it is about."""

    object: str


class Goals(Schema):
    """Goals in order of the objects' full ids."""

    goals: list[PursuedGoal]
    next: str | None
    """What to give as `after` for the next page, None at the end."""


def list_goals(core: Core, query: GoalQuery) -> Goals:
    """List the goals of known objects of a kind. Raises InvalidQuery."""
    found: list[PursuedGoal] = []
    seen: list[str] = []
    for record in walk_objects(query.kind, read_object_filter(query.after, core.home), core):
        fitting = [record.goals[rule] for rule in sorted(record.goals) if query.rule in {None, rule}]
        fitting = [one for one in fitting if query.status in {None, one["status"]}]
        if not fitting:
            continue
        if len(seen) == query.limit:
            return Goals(goals=found, next=seen[-1])
        name = show_object(record.id, core.home)
        found += [PursuedGoal(object=name, **describe_goal(one).model_dump()) for one in fitting]
        seen.append(name)
    return Goals(goals=found, next=None)
