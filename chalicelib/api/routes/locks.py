"""`/v1/locks`."""

from chalicelib.api.core import Core
from chalicelib.api.locks import list_locks
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.api.schemas.control import LockQuery, Locks
from chalicelib.catalog.model import Role


def _get_locks(core: Core, asked: Asked[LockQuery, Nothing]) -> Answer:
    return give(list_locks(core, asked.query))


ROUTES = (
    Route(
        "GET", "/v1/locks", _get_locks, Role.VIEWER, "List objects that are held or waited for",
        {200: Locks}, LockQuery, Nothing,
    ),
)  # fmt: skip
