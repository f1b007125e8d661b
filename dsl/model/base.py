"""What every model of a YAML file shares: strictness, names, durations and retry."""

import re
from typing import Annotated, Any, LiteralString

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError

from dsl.durations import parse_duration, suggest_duration

_PERCENT = re.compile(r"(\d{1,3})%\Z")
_SCALARS = frozenset({"str", "int", "float", "bool"})


class Strict(BaseModel):
    """Base of every part of a file: unknown fields are refused and no scalar is converted (`"5"` is not a number).

    Pydantic's own strict mode would refuse a list for a tuple and a string for an enum, which is all that YAML has.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_alias=True, validate_by_name=False)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[BaseModel], handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        pending: list[Any] = [schema]
        while pending:
            part = pending.pop()
            if isinstance(part, dict):
                kind = part.get("type")
                if isinstance(kind, str) and kind in _SCALARS:
                    part["strict"] = True
                pending += part.values()
            elif isinstance(part, list | tuple):
                pending += part
        return schema


def mistake(code: LiteralString, message: str, hint: str | None = None, at: str | None = None) -> PydanticCustomError:
    """Make the error a validator raises so that `shape.validate` reports this code, message and hint.

    `at` names the field that is to blame inside the mapping that is validated.
    """
    context: dict[str, Any] = {"code": code, "text": message, "hint": hint, "at": at}
    return PydanticCustomError("mistake", "{text}", context)


def read_duration(value: object) -> object:
    """Give the seconds of a duration. Raises a mistake."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise mistake("E203", f"a duration is written with its unit, not {value!r}", "for example 30s, 10m or 1h30m")
    if isinstance(value, int):
        raise mistake("E203", f"{value} has no unit", f"write {value}s for seconds or {value}m for minutes")
    seconds = parse_duration(value)
    if seconds is None:
        hint = suggest_duration(value) or "for example 30s, 10m"
        hint = "the value must be known at compile time, for example 10m" if "{%" in value else hint
        raise mistake("E203", f"{value!r} is not a duration", hint)
    return seconds


Duration = Annotated[int, BeforeValidator(read_duration)]
"""Written `10m`, held in seconds."""

PositiveDuration = Annotated[Duration, Field(ge=1)]


def _read_share(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return {"count": value}
    match = _PERCENT.match(value) if isinstance(value, str) else None
    if match is None:
        raise mistake("E204", f"{value!r} is neither a number nor a percentage", 'for example 2 or "10%"')
    return {"percent": int(match[1])}


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""Of a workflow, step, branch, loop variable or input."""


class Amount(Strict):
    """So many of some items, or so many of a hundred of them: exactly one is set."""

    count: Annotated[int, Field(ge=0, le=10_000)] | None = None
    percent: Annotated[int, Field(ge=0, le=100)] | None = None


Share = Annotated[Amount, BeforeValidator(_read_share)]
"""Written `2` or `"10%"`."""


class Retry(Strict):
    """One retrier: which errors, how often and how fast."""

    errors: Annotated[tuple[str, ...], Field(min_length=1)]
    max: Annotated[int, Field(ge=0, le=10_000)] = 3
    interval: PositiveDuration = 2
    backoff: Annotated[float, Field(ge=1)] = 2
    max_interval: PositiveDuration | None = None
    jitter: bool = True

    @model_validator(mode="after")
    def _keep_order(self) -> "Retry":
        if self.max_interval is not None and self.max_interval < self.interval:
            text = f"`max_interval` ({self.max_interval}s) is below `interval` ({self.interval}s)"
            raise mistake("E204", text, "raise `max_interval` or drop it")
        return self


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


Retries = Annotated[tuple[Retry, ...], BeforeValidator(_as_list)]
"""One retrier or a list of them; the first that names the error counts, each keeping its own count."""
