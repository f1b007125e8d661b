"""`/v1/budgets`."""

from chalicelib.api.budgets import list_budgets
from chalicelib.api.core import Core
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.api.schemas.control import Budgets
from chalicelib.catalog.model import Role


def _get_budgets(core: Core, _asked: Asked[Nothing, Nothing]) -> Answer:
    return give(list_budgets(core))


ROUTES = (
    Route(
        "GET", "/v1/budgets", _get_budgets, Role.VIEWER, "List what is used of every budget",
        {200: Budgets}, Nothing, Nothing,
    ),
)  # fmt: skip
