"""Values that can be compared and hashed quickly: each is known by its canonical text, and looked up by it."""

import json
from typing import Any

from chalicelib.control.model import Execution, ExecutionStatus
from chalicelib.control.ports import Page, Start
from chalicelib.control.transaction import Cancelled, Committed, Key

Text = str

_OBJECTS: dict[Text, Any] = {}


def freeze(value: Any) -> Text:
    """Give a value's text, and remember the value under it."""
    text = f"{type(value).__name__}:{json.dumps(_describe(value), sort_keys=True, separators=(',', ':'))}"
    _OBJECTS.setdefault(text, value)
    return text


def thaw(text: Text) -> Any:
    """Give the value of a text. It is shared: nobody may change it."""
    return _OBJECTS[text]


def _describe(value: Any) -> Any:
    match value:
        case Committed():
            return "committed"
        case Cancelled():
            return [[one.key.pk, one.key.sk, one.item] for one in value.refusals]
        case Page():
            return [list(value.items), value.after]
        case Execution():
            return [value.status, value.error, value.retired, str(value.about or "")]
        case Start() | ExecutionStatus():
            return str(value)
        case dict() if value and isinstance(next(iter(value)), Key):
            return [[key.pk, key.sk, value[key]] for key in sorted(value)]
        case _:
            return value
