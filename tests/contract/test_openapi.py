"""The OpenAPI document holds for every route: valid, complete, and with the problems that the route may answer."""

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from chalicelib.api.openapi import list_problems, make_openapi
from chalicelib.api.problems import MatchMissing, NoRole
from chalicelib.api.route import AnyRoute
from chalicelib.api.routes import ROUTES
from chalicelib.api.schemas.base import Schema
from chalicelib.catalog.model import Role

DOCUMENT = make_openapi(ROUTES)
UNSIGNED = {"GET /v1/health", "POST /v1/events/{source}"}
SIGNED_THEMSELVES = {"GET /v1/approval-links/{token}", "POST /v1/approval-links/{token}"}
"""Whoever has the link was given the right to answer by an admin: the token is signed and ends."""
KEPT_NOWHERE = {"POST /v1/approvals/{id}/links"}
"""A link is a signature and no record: a second one gives no more right, and a key's memory would hold the token."""
NEEDS_NO_ROLE = {"GET /v1/me", "GET /v1/openapi.json", "GET /v1/version"}
BY_NAME = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)


def find_operation(route: AnyRoute) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][route.path][route.method.lower()]
    return found


def walk(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from walk(one)
    elif isinstance(value, list):
        for one in value:
            yield from walk(one)


def test_every_schema_is_a_json_schema_and_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    found = {one["$ref"] for one in walk(DOCUMENT) if isinstance(one.get("$ref"), str)}
    assert {one.removeprefix("#/components/schemas/") for one in found} == set(schemas), "none missing, none unused"


def test_names_of_operations_are_unique() -> None:
    names = [find_operation(route)["operationId"] for route in ROUTES]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)


@BY_NAME
def test_a_route_declares_its_least_role_or_is_known_to_need_none(route: AnyRoute) -> None:
    assert route.open is (route.name in UNSIGNED | SIGNED_THEMSELVES)
    assert (route.role is None) is (route.name in UNSIGNED | SIGNED_THEMSELVES | NEEDS_NO_ROLE)
    assert (NoRole in list_problems(route)) is (route.role is not None)
    if route.changes and not route.open:
        assert route.role is not None, "what changes something is never for everybody"
        assert route.role.rank >= Role.OPERATOR.rank


@BY_NAME
def test_a_route_takes_nothing_that_it_does_not_declare(route: AnyRoute) -> None:
    assert issubclass(route.query, Schema)
    assert route.query.model_config["extra"] == "forbid"
    if not route.raw:
        assert issubclass(route.body, Schema)
        assert route.body.model_config["extra"] == "forbid"


@BY_NAME
def test_a_route_says_what_it_needs_and_what_it_refuses(route: AnyRoute) -> None:
    operation = find_operation(route)
    statuses = {str(problem.status) for problem in list_problems(route)}
    assert set(operation["responses"]) == statuses | {str(status) for status in route.gives}
    headers = {one["name"] for one in operation["parameters"] if one["in"] == "header"}
    assert headers == {*(["Idempotency-Key"] if route.keyed else ()), *(["If-Match"] if route.matched else ())}
    assert (MatchMissing in list_problems(route)) is route.matched
    assert operation["summary"]


@BY_NAME
def test_what_makes_something_takes_a_key(route: AnyRoute) -> None:
    makes = 201 in route.gives and route.name not in KEPT_NOWHERE
    assert route.keyed is makes
