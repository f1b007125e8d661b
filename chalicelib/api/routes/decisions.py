"""`/v1/decisions`."""

from urllib.parse import unquote

from chalicelib.api.core import Core
from chalicelib.api.decisions import Explanation, UnknownEvent, explain_event
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.catalog.model import Role


def _get_decisions(core: Core, asked: Asked[Nothing, Nothing]) -> Answer:
    return give(explain_event(core, unquote(asked.path["event"])))


ROUTES = (
    Route(
        "GET", "/v1/decisions/{event}", _get_decisions, Role.VIEWER, "Explain what became of an event",
        {200: Explanation}, Nothing, Nothing, (UnknownEvent,),
    ),
)  # fmt: skip
