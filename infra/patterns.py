"""Tries event patterns on events offline, by the matcher that decides: one pair, or a file of cases."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from chalicelib.decision.patterns import PatternInvalid, compile_pattern
from chalicelib.errors import InterlockError
from infra.sources import read_text

INVALID = "invalid"


class NotJson(InterlockError):
    """{name} is not JSON: {cause}."""


class NotAnEvent(InterlockError):
    """{name} is not an event: an event is a JSON object."""


class Result(NamedTuple):
    """What came of one pattern and one event."""

    result: bool | str
    """Whether it matches, or `invalid`."""
    message: str
    """Why not; empty if it matches."""


class _Twice(dict[str, Any]):
    """An object in which a field stands twice: of an event the last one counts, a pattern is refused."""

    field = ""


def read_json(text: str, name: str) -> Any:
    """Parse strict JSON; `name` is what messages call it. Raises NotJson with the position of a mistake."""
    try:
        return json.loads(text, object_pairs_hook=_pair, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        cause = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise NotJson(name=name, cause=cause) from None
    except (ValueError, RecursionError) as error:
        raise NotJson(name=name, cause=str(error)) from None


def read_given(given: str, name: str) -> Any:
    """Read JSON that was written out, or else the file of that name. Raises NotJson and FileUnreadable."""
    if given.lstrip().startswith(("{", "[", '"')):
        return read_json(given, name)
    return read_json(read_text(Path(given)), given)


def try_pattern(pattern: Any, event: Any, name: str = "the event") -> Result:
    """Match one event. A pattern given as a string is read as JSON text first. Raises NotAnEvent."""
    if not isinstance(event, dict):
        raise NotAnEvent(name=name)
    try:
        if isinstance(pattern, str):
            pattern = read_json(pattern, "the pattern")
        _refuse_twice(pattern, ())
        reason = compile_pattern(pattern).explain(event)
    except (NotJson, PatternInvalid) as problem:
        return Result(INVALID, str(problem))
    return Result(reason is None, reason or "")


def try_cases(lines: Iterable[str], file: str) -> Iterator[dict[str, Any]]:
    """Give `{name, result, message}` for each line `{name, pattern, event}`; empty lines are left out.

    A line that is no such case is `invalid`, too, with its place in the message: the lines after it still count.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            name, tried = _try_line(line, f"{file}:{number}")
            yield {"name": name, "result": tried.result, "message": tried.message}


def _try_line(line: str, place: str) -> tuple[Any, Result]:
    name = None
    try:
        case = read_json(line, place)
        if not isinstance(case, dict) or not {"pattern", "event"} <= case.keys():
            raise NotJson(name=place, cause="a case is an object with name, pattern and event")  # noqa: TRY301
        name, event = case.get("name"), case["event"]
        where = f"the event of {place}"
        return name, try_pattern(case["pattern"], read_json(event, where) if isinstance(event, str) else event, where)
    except (NotJson, NotAnEvent) as problem:
        return name, Result(INVALID, str(problem))


def _pair(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    twice = _Twice(fields)
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            twice.field = name
        seen.add(name)
    return twice


def _refuse_twice(pattern: Any, path: tuple[str, ...]) -> None:
    """Refuse what AWS refuses and a dict cannot show. Raises PatternInvalid."""
    stack = [(pattern, path)]
    while stack:
        value, at = stack.pop()
        if isinstance(value, _Twice):
            keys = (*at, value.field)
            cause = f"Path `{'.'.join(keys)}` cannot be allowed multiple times"
            raise PatternInvalid(path=".".join(at) or "the top", cause=cause, keys=at)
        if isinstance(value, dict):
            stack += [(inner, (*at, name)) for name, inner in value.items()]
        elif isinstance(value, list):
            stack += [(inner, at) for inner in value]


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")
