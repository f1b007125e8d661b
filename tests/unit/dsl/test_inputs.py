from typing import Any

import pytest

from chalicelib.catalog.schema import complete_input
from chalicelib.errors import BadInput
from dsl.compile import compile_workflow
from dsl.durations import format_duration, parse_duration
from dsl.inline import read_library
from dsl.model import input_schema
from tests.unit.dsl.atoms import ATOMS
from tests.unit.dsl.build import HEAD, codes, compile_ok, write

WAIT = "- id: w\n  wait: 1s\n"


def _schema(fields: str) -> dict[str, Any]:
    head = write(WAIT).replace("  host: string\n", f"  host: string\n{fields}")
    workflow = compile_ok(head).workflow
    assert workflow is not None
    return dict(workflow.input_schema["properties"])


@pytest.mark.parametrize(
    ("written", "schema"),
    [
        ("string", {"type": "string"}),
        ("{type: integer, min: 1, max: 9}", {"type": "integer", "minimum": 1, "maximum": 9}),
        ("number", {"type": "number"}),
        ("{type: boolean, default: false}", {"type": "boolean", "default": False}),
        ("{type: duration, default: 10m}", {"type": "integer", "minimum": 0, "format": "seconds", "default": 600}),
        ("{enum: [a, b], default: a}", {"type": "string", "enum": ["a", "b"], "default": "a"}),
        ("[string]", {"type": "array", "items": {"type": "string"}}),
        ("object-ref", {"type": "string", "pattern": "^[^/]+$", "format": "object-ref", "objectKind": "x"}),
        (
            "[{object-ref: host}]",
            {
                "type": "array",
                "items": {"type": "string", "pattern": "^[^/]+$", "format": "object-ref", "objectKind": "host"},
            },
        ),
        (
            "{type: array, items: {enum: [x]}, max_items: 3}",
            {"type": "array", "items": {"type": "string", "enum": ["x"]}, "maxItems": 3},
        ),
        ("{type: object, items: string}", {"type": "object", "additionalProperties": {"type": "string"}}),
        ("{type: string, pattern: '^a', description: d}", {"type": "string", "pattern": "^a", "description": "d"}),
        ("{type: string, default: null}", {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}),
    ],
)
def test_a_type_becomes_json_schema(written: str, schema: dict[str, Any]) -> None:
    assert _schema(f"  x: {written}\n")["x"] == schema


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{type: string, min: 1}", "E201"),
        ("{type: enum}", "E202"),
        ("{type: integer, default: x}", "E204"),
        ("{type: duration, default: 5}", "E204"),
        ("{object-ref: host, default: host/i-1}", "E204"),
        ("{object-ref: Host}", "E204"),
        ("{type: string, kind: host}", "E201"),
        ("[object-ref]", "E202"),
        ("{type: strin}", "E205"),
        ("3", "E203"),
    ],
)
def test_a_wrong_type_is_said(written: str, code: str) -> None:
    assert codes(write(WAIT).replace("  host: string\n", f"  host: string\n  x: {written}\n")) == [code]


def test_the_catalog_fills_the_defaults_and_takes_null_where_it_is_one() -> None:
    workflow = compile_ok(
        write(WAIT).replace("  host: string\n", "  host: string\n  x: {type: string, default: null}\n")
    ).workflow
    assert workflow is not None
    assert complete_input(workflow.input_schema, {"host": "a"}, "flow") == {
        "host": "a",
        "hosts": [],
        "go": True,
        "x": None,
    }


def test_a_workflow_without_input_takes_none() -> None:
    assert input_schema({}) == {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


@pytest.mark.parametrize(("text", "seconds"), [("45s", 45), ("10m", 600), ("1h30m", 5400), ("2d", 172_800), ("0s", 0)])
def test_durations_are_read_and_written(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "1m1h", "1.5h", "-1s", " 1s", "1s ", "1w"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize("name", ["host/i-1", ""])
def test_a_reference_is_the_name_alone_at_catalog_and_dispatch(name: str) -> None:
    schema = compile_ok(write(WAIT).replace("  host: string\n", "  host: object-ref\n")).workflow
    assert schema is not None
    assert complete_input(schema.input_schema, {"host": "i-1"}, "flow")["host"] == "i-1"
    with pytest.raises(BadInput, match=r"input.host must be the name of a host, without /"):
        complete_input(schema.input_schema, {"host": name}, "flow")


def test_a_nested_workflow_gets_the_kind_of_object_that_it_takes() -> None:
    inner = (
        HEAD.replace("name: flow", "name: inner").replace("  host: string\n", "  host: object-ref\n")
        + "steps: [{id: w, wait: 1s}]\n"
    )
    outer = write("- {id: take, workflow: inner, with: {host: '{% $input.zone %}'}}\n").replace(
        "  host: string\n", "  host: object-ref\n  zone: object-ref\n"
    )
    found = compile_workflow(outer, "flow.yaml", ATOMS, read_library({"inner.yaml": inner})).diagnostics
    assert [(one.code, one.message) for one in found if one.code == "E530"] == [
        ("E530", "`host` of `inner` is a host, and this names a zone")
    ]
