"""The OpenAPI 3.1 document, made from the routes and the models that they read and write."""

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, JsonSchemaValue, models_json_schema

from chalicelib.api.body import MAX_BYTES
from chalicelib.api.problems import (
    Changed,
    Internal,
    InvalidQuery,
    InvalidRequest,
    KeyMissing,
    KeyReused,
    MalformedBody,
    MatchMissing,
    NoPrincipal,
    NoRole,
    OutOfScope,
    Problem,
    RoleTooLow,
    TooLarge,
    Unavailable,
    WrongContentType,
)
from chalicelib.api.repeats import MAX_KEY
from chalicelib.api.route import AnyRoute, Nothing
from chalicelib.api.schemas.base import GatewayRefusal, ProblemDocument

Json = dict[str, Any]
Names = Mapping[tuple[Any, JsonSchemaMode], JsonSchemaValue]
"""The reference to each model's schema, as it is read or written."""

_VERSION = "1"
_REFERENCE = "#/components/schemas/{model}"
_HOLE = re.compile(r"\{(\w+)\}")
_SECURITY = "sigv4"


def make_openapi(routes: Iterable[AnyRoute]) -> Json:
    """Describe the API: paths in the order of the routes, schemas by name."""
    listed = tuple(routes)
    names, definitions = _make_schemas(listed)
    paths: dict[str, Json] = {}
    for route in listed:
        paths.setdefault(route.path, {})[route.method.lower()] = _describe(route, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Interlock",
            "version": _VERSION,
            "description": "The service catalog: what may be started, what runs, who holds what, and why.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{_SECURITY: []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                _SECURITY: {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4 for the service `execute-api`.",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                }
            },
            "schemas": definitions,
        },
    }


def list_problems(route: AnyRoute) -> tuple[type[Problem], ...]:
    """Give every problem that a route may answer, those of its kind first."""
    signed = () if route.open else (NoPrincipal, *((NoRole, RoleTooLow) if route.role else ()))
    scoped = (OutOfScope,) if route.changes and not route.open else ()
    keyed = (KeyMissing, KeyReused) if route.keyed else ()
    bodied = (MalformedBody, TooLarge, WrongContentType, InvalidRequest) if _reads_body(route) else ()
    matched = (MatchMissing, Changed) if route.matched else ()
    listed = (InvalidQuery, *signed, *scoped, *keyed, *matched, *bodied, *route.refuses, Internal, Unavailable)
    return tuple(dict.fromkeys(listed))


def _reads_body(route: AnyRoute) -> bool:
    return route.body is not Nothing and not route.raw


def _make_schemas(routes: Iterable[AnyRoute]) -> tuple[Names, Json]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {
        (ProblemDocument, "serialization"): None,
        (GatewayRefusal, "serialization"): None,
    }
    for route in routes:
        wanted |= {(model, "serialization"): None for model in route.gives.values()}
        if route.body is not Nothing:
            wanted[route.body, "validation"] = None
    names, found = models_json_schema(list(wanted), ref_template=_REFERENCE)
    return names, _tidy(found["$defs"])


def _describe(route: AnyRoute, names: Names) -> Json:
    described: Json = {
        "operationId": _name(route),
        "summary": route.summary,
        "tags": [route.path.split("/")[2]],
        "parameters": [*_list_holes(route), *_list_query(route), *_list_headers(route)],
        "responses": {**_list_answers(route, names), **_list_refusals(route, names)},
        "x-interlock-least-role": str(route.role) if route.role else None,
    }
    if doc := inspect.getdoc(route.handle):
        described["description"] = doc
    if route.open:
        described["security"] = []
    if route.body is not Nothing:
        content = {"application/json": {"schema": names[route.body, "validation"]}}
        described["requestBody"] = {"required": True, "content": content}
        if not route.raw:
            described["requestBody"]["description"] = f"At most {MAX_BYTES} bytes, nested at most 16 levels."
    return described


def _name(route: AnyRoute) -> str:
    """Name an operation by method and path: `post_dispatches_cancel`."""
    words = [part for part in route.path.split("/")[2:] if part]
    kept = [f"by_{part[1:-1]}" if part == words[-1] else "" for part in words if part.startswith("{")]
    plain = [part.replace("-", "_").replace(".", "_") for part in words if not part.startswith("{")]
    return "_".join([route.method.lower(), *plain, *(one for one in kept if one)])


def _list_holes(route: AnyRoute) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _HOLE.findall(route.path)
    ]


def _list_query(route: AnyRoute) -> list[Json]:
    schema = route.query.model_json_schema(ref_template=_REFERENCE)
    definitions: Json = schema.get("$defs", {})
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": _plain(one, definitions),
        }
        for name, one in schema.get("properties", {}).items()
    ]


def _list_headers(route: AnyRoute) -> list[Json]:
    listed: list[Json] = []
    if route.keyed:
        listed.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "The same one with every repeat of one request; it makes one thing, however often it is sent.",
                "schema": {"type": "string", "pattern": f"^[!-~]{{1,{MAX_KEY}}}$"},
            }
        )
    if route.matched:
        listed.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": True,
                "description": "The ETag of what was read.",
                "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
            }
        )
    return listed


def _plain(schema: Json, definitions: Json) -> Json:
    """Write a query parameter's schema in place, without its null: a parameter that is left out is not sent at all."""
    kinds = schema.pop("anyOf", None)
    if kinds:
        (kept,) = [one for one in kinds if one.get("type") != "null"]
        schema = {**kept, **{key: value for key, value in schema.items() if key not in {"default", "title"}}}
    if reference := schema.pop("$ref", None):
        schema |= definitions[reference.rpartition("/")[2]]
    schema.pop("title", None)
    return schema


def _list_answers(route: AnyRoute, names: Names) -> dict[str, Json]:
    return {
        str(status): {
            "description": inspect.cleandoc(model.__doc__ or "").splitlines()[0],
            "content": {"application/json": {"schema": names[model, "serialization"]}},
        }
        for status, model in route.gives.items()
    }


def _list_refusals(route: AnyRoute, names: Names) -> dict[str, Json]:
    by_status: dict[int, list[type[Problem]]] = {}
    for problem in list_problems(route):
        by_status.setdefault(problem.status, []).append(problem)
    refusals: dict[str, Json] = {
        str(status): {
            "description": "; ".join(dict.fromkeys(f"`{one.slug}`: {one.title}" for one in problems)),
            "content": {"application/problem+json": {"schema": names[ProblemDocument, "serialization"]}},
        }
        for status, problems in sorted(by_status.items())
    }
    if not route.open:
        refusals["403"]["content"]["application/json"] = {"schema": names[GatewayRefusal, "serialization"]}
    return refusals


def _tidy(schemas: Json) -> Json:
    """Sort by name, so that the document reads the same however it was made."""
    return {name: schemas[name] for name in sorted(schemas)}
