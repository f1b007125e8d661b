"""Values against schemas, every fault as one sentence that starts with the path."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from chalicelib.api.problems import InvalidQuery, InvalidRequest, refuse
from chalicelib.errors import MalformedObjectId
from chalicelib.identity import Home, ObjectId, parse_object_id

T = TypeVar("T", bound=BaseModel)


def read_request(schema: type[T], value: Any) -> T:
    """Check a body. Raises InvalidRequest with every fault."""
    if not isinstance(value, dict):
        raise refuse(InvalidRequest, ["the body must be a JSON object"])
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        raise refuse(InvalidRequest, _list_faults(error)) from None


def read_query(schema: type[T], query: Mapping[str, Sequence[str]]) -> T:
    """Check query parameters, each with all the values it was given. Raises InvalidQuery with every fault."""
    twice = [f"{name} is given {len(values)} times" for name, values in query.items() if len(values) > 1]
    try:
        read = schema.model_validate({name: values[0] for name, values in query.items()})
    except ValidationError as error:
        raise refuse(InvalidQuery, [*twice, *_list_faults(error)]) from None
    if twice:
        raise refuse(InvalidQuery, twice)
    return read


def read_object_filter(text: str | None, home: Home) -> ObjectId | None:
    """Read the object that a list is limited to. Raises InvalidQuery."""
    try:
        return parse_object_id(text, home) if text else None
    except MalformedObjectId as error:
        raise refuse(InvalidQuery, [f"object: {error}"]) from None


def _list_faults(error: ValidationError) -> list[str]:
    return [_describe(one) for one in error.errors(include_url=False, include_context=False)]


def _describe(fault: ErrorDetails) -> str:
    path = ".".join(str(part) for part in fault["loc"])
    match fault["type"]:
        case "extra_forbidden":
            return f"{path} is not known"
        case "missing":
            return f"{path} is required"
        case _:
            return f"{path}: {fault['msg'][:1].lower()}{fault['msg'][1:]}"
