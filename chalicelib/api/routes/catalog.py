"""`/v1/catalog`."""

from chalicelib.api.core import Core
from chalicelib.api.entries import describe_entry, list_entries
from chalicelib.api.problems import UnknownName
from chalicelib.api.route import Answer, Asked, Nothing, Route, give
from chalicelib.api.schemas.catalog import Catalog, EntryDetail
from chalicelib.catalog.model import Role


def _get_catalog(core: Core, _: Asked[Nothing, Nothing]) -> Answer:
    return give(list_entries(core))


def _get_entry(core: Core, asked: Asked[Nothing, Nothing]) -> Answer:
    return give(describe_entry(core, asked.path["name"]))


ROUTES = (
    Route(
        "GET", "/v1/catalog", _get_catalog, Role.VIEWER, "List what may be started", {200: Catalog}, Nothing, Nothing
    ),
    Route(
        "GET", "/v1/catalog/{name}", _get_entry, Role.VIEWER, "Give one entry with its schemas", {200: EntryDetail},
        Nothing, Nothing, (UnknownName,),
    ),
)  # fmt: skip
