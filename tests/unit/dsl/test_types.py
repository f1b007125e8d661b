import pytest

from dsl.expressions import Expression, parse_expression
from dsl.types import ABSENT, Kinds, Type, clash, get_field, infer_kinds, kinds_of, list_field_names, output_type
from tests.unit.dsl.atoms import HostOutput
from tests.unit.dsl.build import codes, write

OUTPUT = output_type(HostOutput)


def _kinds(text: str) -> set[str] | None:
    parsed = parse_expression(text)
    assert isinstance(parsed, Expression)
    return _as_set(infer_kinds(parsed.ast, lambda name: OUTPUT if name == "a" else None))


def _as_set(kinds: Kinds) -> set[str] | None:
    return set(kinds) if kinds is not None else None


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("'x'", {"string"}), ("1", {"integer"}), ("1.5", {"number"}), ("true", {"boolean"}), ("null", {"null"}),
        ("$a.host", {"string"}), ("$a.healthy", {"boolean"}), ("$a.tags", {"object"}), ("$a.ports", {"array"}),
        ("$a.tags.anything", {"string"}), ("$a.host & 1", {"string"}), ("$a.x > 1", {"boolean"}), ("1 + $a.x", {"number"}),
        ("$count($a.ports)", {"number"}), ("$a.healthy ? 1 : 'x'", {"integer", "string"}), ("{'a': 1}", {"object"}),
        ("[1]", {"array"}), ("-$a.x", {"number"}), ("$a.host in ['x']", {"boolean"}), ("[1..3]", {"array"}),
    ],
)  # fmt: skip
def test_what_an_expression_surely_is(text: str, kinds: set[str]) -> None:
    assert _kinds(text) == kinds


@pytest.mark.parametrize(
    "text",
    ["$b.x", "$a.ports[0]", "$a.nothing", "$map($a.ports, $string)", "$a.healthy ? 1", "($x := 1; $x)", "$a.ports.x"],
)
def test_what_is_not_certain_is_any(text: str) -> None:
    assert _kinds(text) is None


def test_only_what_certainly_differs_clashes() -> None:
    assert clash(frozenset({"string"}), frozenset({"integer"}))
    assert not clash(frozenset({"number"}), frozenset({"integer"}))
    assert not clash(frozenset({"integer"}), frozenset({"number", "null"}))
    assert not clash(None, frozenset({"integer"}))
    assert not clash(frozenset({"null", "string"}), frozenset({"string"}))


def test_fields_are_found_through_references_unions_and_arrays() -> None:
    root = {
        "$defs": {"One": {"type": "object", "properties": {"x": {"type": "string"}}, "additionalProperties": False}}
    }
    one = {"$ref": "#/$defs/One"}
    for schema in (one, {"anyOf": [one, {"type": "null"}]}, {"type": "array", "items": one}):
        found = get_field(Type(schema, root), "x")
        assert isinstance(found, Type)
        assert _as_set(kinds_of(found)) == {"string"}
        assert get_field(Type(schema, root), "y") is ABSENT
        assert list_field_names(Type(schema, root)) == ("x",)


def test_a_field_of_an_open_or_unknown_object_is_any_and_of_a_scalar_absent() -> None:
    assert get_field(Type({"type": "object"}), "x") is None
    assert get_field(Type({"anyOf": [{"type": "string"}, {"type": "object"}]}), "x") is None
    assert get_field(Type({"type": "string"}), "x") is ABSENT
    assert get_field(None, "x") is None


def test_literals_and_lists_of_types_have_kinds() -> None:
    assert _as_set(kinds_of(Type({"enum": ["a", 1]}))) == {"string", "integer"}
    assert _as_set(kinds_of(Type({"const": True}))) == {"boolean"}
    assert _as_set(kinds_of(Type({"type": ["string", "null"]}))) == {"string", "null"}
    assert kinds_of(Type({})) is None


@pytest.mark.parametrize("name", ["loop", "step", "other"])
def test_a_step_of_any_name_has_the_type_of_its_result(name: str) -> None:
    look = f"- {{id: {name}, atom: box.look, with: {{host: x}}}}\n"
    assert codes(write(look + f"- {{id: last, set: {{a: '{{% ${name}.hots %}}'}}}}\n")) == ["E305"]
