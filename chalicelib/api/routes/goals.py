"""`/v1/goals`."""

from chalicelib.api.core import Core
from chalicelib.api.goals import GoalQuery, Goals, list_goals
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.catalog.model import Role


def _get_goals(core: Core, asked: Asked[GoalQuery, Nothing]) -> Answer:
    return give(list_goals(core, asked.query))


ROUTES = (
    Route(
        "GET", "/v1/goals", _get_goals, Role.VIEWER, "List the goals that rules pursue for known objects of a kind",
        {200: Goals}, GoalQuery, Nothing,
    ),
)  # fmt: skip
