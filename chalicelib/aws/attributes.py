"""JSON values as DynamoDB attributes, and back. Numbers are integers: nothing that Interlock stores is fractional."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def write_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Write a row."""
    return {name: write_value(value) for name, value in item.items()}


def read_item(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Read a row."""
    return {name: read_value(value) for name, value in raw.items()}


def write_value(value: Any) -> dict[str, Any]:
    """Write one JSON value. Raises TypeError for anything else."""
    # The most frequent first: a decision writes a hundred of them.
    match value:
        case str():
            return {"S": str(value)}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case None:
            return {"NULL": True}
        case list() | tuple():
            return {"L": [write_value(one) for one in value]}
        case Mapping():
            return {"M": {str(key): write_value(one) for key, one in value.items()}}
        case float():
            # A workflow's input may hold fractions; repr is the shortest text that reads back the same.
            return {"N": repr(value)}
        case _:
            raise TypeError(f"{type(value).__name__} is not a JSON value")


def read_value(raw: Mapping[str, Any]) -> Any:
    """Read one attribute."""
    ((kind, value),) = raw.items()
    match kind:
        case "NULL":
            return None
        case "N":
            return int(value) if value.lstrip("-").isdigit() else float(Decimal(value))
        case "M":
            return read_item(value)
        case "L":
            return [read_value(one) for one in value]
        case _:
            return value
