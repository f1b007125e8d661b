"""The input check agrees with a full JSON Schema validator, and says what is wrong."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chalicelib.catalog.schema import complete_input, list_faults
from chalicelib.errors import BadInput

SCHEMA = {
    "type": "object",
    "properties": {
        "host": {"type": "string", "pattern": "^i-[0-9a-f]+$", "maxLength": 20},
        "count": {"type": "integer", "minimum": 1, "maximum": 9},
        "mode": {"enum": ["fast", "slow"]},
        "ratio": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "tags": {"type": "object", "additionalProperties": {"type": "string"}},
        "zones": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "maxItems": 2},
        "drain": {"type": "integer", "default": 600},
    },
    "required": ["host"],
    "additionalProperties": False,
}


def test_defaults_are_filled_in() -> None:
    assert complete_input(SCHEMA, {"host": "i-0a"}, "w") == {"host": "i-0a", "drain": 600}


@pytest.mark.parametrize(
    ("given_input", "fault"),
    [
        ({}, "input.host is required"),
        ({"host": "i-0a", "hots": 1}, "input.hots is not known"),
        ({"host": 7}, "input.host must be string, not integer"),
        ({"host": "web-1"}, "input.host must match ^i-[0-9a-f]+$"),
        ({"host": "i-0a", "count": 0}, "input.count must be at least 1"),
        ({"host": "i-0a", "count": 10}, "input.count must be at most 9"),
        ({"host": "i-0a", "count": True}, "input.count must be integer, not boolean"),
        ({"host": "i-0a", "mode": "odd"}, "input.mode must be one of 'fast', 'slow'"),
        ({"host": "i-0a", "ratio": "x"}, "input.ratio fits none of the allowed shapes"),
        ({"host": "i-0a", "tags": {"a": 1}}, "input.tags.a must be string, not integer"),
        ({"host": "i-0a", "zones": []}, "input.zones must have at least 1 items"),
        ({"host": "i-0a", "zones": ["a", ""]}, "input.zones[1] must have at least 1 characters"),
        ({"host": "i-0a", "zones": ["a", "b", "c"]}, "input.zones must have at most 2 items"),
    ],
)
def test_a_fault_is_named_with_its_path(given_input: dict[str, Any], fault: str) -> None:
    with pytest.raises(BadInput) as caught:
        complete_input(SCHEMA, given_input, "w")
    assert fault in str(caught.value)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(BadInput, match=r"input.host is required; input.count must be at least 1; input.x is not known"):
        complete_input(SCHEMA, {"count": 0, "x": 1}, "w")


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 12), st.floats(-2, 12), st.sampled_from(["", "i-0a", "fast", "x", "i-" + "a" * 30]),
    st.lists(st.sampled_from(["a", "", 1]), max_size=3), st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["x", 1]), max_size=2),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*SCHEMA["properties"], "other"]), VALUES, max_size=7))  # type: ignore[misc]
def test_it_agrees_with_a_full_validator(value: dict[str, Any]) -> None:
    assert bool(list_faults(SCHEMA, value, "input")) != Draft202012Validator(SCHEMA).is_valid(value)
