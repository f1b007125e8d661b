"""Which fields a pydantic model has at a path, so that a misspelt one gets the nearest name."""

import types
from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag


def list_fields(model: type[BaseModel], path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Name the fields allowed at `path`, a pydantic error location, by alias. Empty where it does not lead to a model."""
    candidates = _expand(model)
    for part in path:
        inner = [found for candidate in candidates for found in _descend(candidate, part)]
        candidates = inner or candidates
    names = [_alias(name, field) for kind in candidates if _is_model(kind) for name, field in kind.model_fields.items()]
    return tuple(dict.fromkeys(names))


def _alias(name: str, field: Any) -> str:
    return str(field.validation_alias or field.alias or name)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _expand(annotation: Any) -> list[Any]:
    """Flatten unions and annotations to their members; a tagged member stays with its tag."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return [found for member in get_args(annotation) for found in _expand(member)]
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        if any(isinstance(one, Tag) for one in metadata):
            return [annotation]
        return _expand(inner)
    if hasattr(annotation, "__value__"):
        return _expand(annotation.__value__)
    return [annotation]


def _descend(kind: Any, part: str | int) -> list[Any]:
    """Give the types that one element of a location leads to from one type; none if it leads nowhere."""
    if get_origin(kind) is Annotated:
        inner, *metadata = get_args(kind)
        return _expand(inner) if any(isinstance(one, Tag) and one.tag == part for one in metadata) else []
    if _is_model(kind):
        for name, field in kind.model_fields.items():
            if part in (_alias(name, field), name):
                return _expand_field(field)
        return _expand(kind) if part == kind.__name__ else []
    arguments = get_args(kind)
    if isinstance(part, int) and get_origin(kind) in (list, tuple):
        return _expand(arguments[0])
    if isinstance(part, str) and get_origin(kind) in (dict, Mapping):
        return _expand(arguments[1])
    return []


def _expand_field(field: Any) -> list[Any]:
    annotation = field.annotation
    if any(isinstance(one, Tag) for one in field.metadata):
        return [Annotated[annotation, *field.metadata]]
    return _expand(annotation)
