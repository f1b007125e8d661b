"""`/v1/dead-letters`."""

from chalicelib.api.core import Core
from chalicelib.api.dead import (
    DeadLetters,
    DeadQuery,
    Redeliveries,
    RedeliverRequest,
    UnknownDeadLetter,
    list_dead,
    redeliver,
)
from chalicelib.api.problems import OutOfScope
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.catalog.model import Role


def _get_dead_letters(core: Core, asked: Asked[DeadQuery, Nothing]) -> Answer:
    return give(list_dead(core, asked.query))


def _post_redelivery(core: Core, asked: Asked[Nothing, RedeliverRequest]) -> Answer:
    return give(redeliver(core, asked.body.event))


ROUTES = (
    Route(
        "GET", "/v1/dead-letters", _get_dead_letters, Role.VIEWER, "List events that could not be understood",
        {200: DeadLetters}, DeadQuery, Nothing,
    ),
    Route(
        "POST", "/v1/dead-letters/redeliver", _post_redelivery, Role.OPERATOR, "Take dead letters through again",
        {200: Redeliveries}, Nothing, RedeliverRequest, (UnknownDeadLetter, OutOfScope),
    ),
)  # fmt: skip
