"""An event as EventBridge matches it: the scalars at each dotted path, with the array elements they stand in.

Two fields match together only if they do not stand in different elements of one array; that is what `Place` records.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Scalar = str | int | float | bool | None
Place = tuple[tuple[int, int], ...]
"""The array elements around a field, outermost first: (number of the array, index of the element)."""
MISSING = object()
"""No scalar and no array is there."""


class Fields(NamedTuple):
    """A flattened event."""

    values: Mapping[str, list[tuple[Scalar, Place]]]
    """By dotted path. An empty object or array has no value, hence no field."""
    arrays: tuple[str, ...]
    """The path of each array, by its number."""


def flatten(raw: Mapping[str, Any]) -> Fields:
    """Flatten an event. A dot inside a key is not told apart from nesting, as in AWS's own matcher."""
    values: dict[str, list[tuple[Scalar, Place]]] = {}
    arrays: list[str] = []
    stack: list[tuple[str, Any, Place]] = [(key, value, ()) for key, value in raw.items()]
    while stack:
        path, value, place = stack.pop()
        if isinstance(value, dict):
            stack.extend((f"{path}.{key}", child, place) for key, child in value.items())
        elif isinstance(value, list):
            number = len(arrays)
            arrays.append(path)
            for index, child in enumerate(value):
                if isinstance(child, dict | list):
                    stack.append((path, child, (*place, (number, index))))
                else:
                    values.setdefault(path, []).append((child, place))
        else:
            values.setdefault(path, []).append((value, place))
    return Fields(values, tuple(arrays))


def read_path(raw: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """Give the scalar or the array with elements at nested keys, or MISSING."""
    value: Any = raw
    try:
        for key in keys:
            value = value[key]
    except (KeyError, TypeError):
        return MISSING
    return MISSING if value == [] or type(value) is dict else value
