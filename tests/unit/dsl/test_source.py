from typing import Any

import pytest

from dsl.diagnostics import Span
from dsl.source import MAX_DEPTH, load_source


def _codes(text: str) -> list[str]:
    return [one.code for one in load_source(text, "f.yaml")[1]]


def _value(text: str) -> Any:
    node, found = load_source(text, "f.yaml")
    assert found == ()
    assert node is not None
    return node.plain()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a", "a"), ("'1'", "1"), ('"yes"', "yes"), ("1", 1), ("-3", -3), ("0", 0), ("1.5", 1.5), ("1e3", 1000.0),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None), ("10m", "10m"), ("i-0ab", "i-0ab"),
        ("1.2.3", "1.2.3"), ("y", "y"), ("on-call", "on-call"), ("+5", 5), (".5", 0.5), ("12:60", "12:60"),
    ],
)  # fmt: skip
def test_a_scalar_means_what_yaml_1_2_says(text: str, value: object) -> None:
    assert _value(f"k: {text}\n") == {"k": value}
    assert type(_value(f"k: {text}\n")["k"]) is type(value)


@pytest.mark.parametrize("text", ["yes", "No", "ON", "off"])
def test_a_boolean_of_yaml_1_1_is_refused_as_value_and_as_key(text: str) -> None:
    assert _codes(f"k: {text}\n") == ["E104"]
    assert _codes(f"{text}: 1\n") == ["E104"]


@pytest.mark.parametrize(
    "text", ["010", "1_000", "0x1F", "0o17", "0b11", "12:30", "1:20:30", "2027-01-31", "2027-01-31T04:00:00Z"]
)
def test_what_readers_disagree_on_is_refused(text: str) -> None:
    assert _codes(f"k: {text}\n") == ["E105"]


@pytest.mark.parametrize("text", [".inf", "-.INF", ".NaN", "1e999", "9" * 400])
def test_a_number_that_json_cannot_hold_is_refused(text: str) -> None:
    assert _codes(f"k: {text}\n") == ["E111"]


def test_nodes_know_where_they_and_their_keys_stand() -> None:
    node, _ = load_source("a:\n  bc: [1, 'x y']\n", "f.yaml")
    assert node is not None
    assert isinstance(node.value, dict)
    inner = node.value["a"]
    assert isinstance(inner.value, dict)
    assert inner.key_spans["bc"] == Span("f.yaml", 2, 3, 2, 5)
    items = inner.value["bc"].value
    assert isinstance(items, list)
    assert items[1].span == Span("f.yaml", 2, 11, 2, 16)


def test_columns_count_characters_and_not_bytes() -> None:
    node, _ = load_source('"é": ok\n', "f.yaml")
    assert node is not None
    assert isinstance(node.value, dict)
    assert node.value["é"].span.column == 6


def test_the_first_of_two_equal_keys_is_kept_and_both_lines_are_named() -> None:
    node, found = load_source("a: 1\nb: 2\na: 3\n", "f.yaml")
    assert node is not None
    assert node.plain() == {"a": 1, "b": 2}
    assert "line 1" in found[0].message
    assert found[0].span.line == 3


def test_all_mistakes_are_reported_at_once() -> None:
    assert _codes("a: yes\na: &x 1\nb: *x\n1: 2\n<<: {}\nc: !t 1\n") == [
        "E104",
        "E102",
        "E106",
        "E106",
        "E103",
        "E106",
        "E107",
    ]


def test_a_second_document_is_refused_and_not_looked_into() -> None:
    assert _codes("a: 1\n---\nb: yes\nb: 2\n") == ["E108"]


def test_depth_is_bounded_without_recursion() -> None:
    assert _codes("[" * (MAX_DEPTH + 50)) == ["E112"]
    assert _value("[" * 99 + "]" * 99)


@pytest.mark.parametrize("text", ["", "\n\n", "# only this\n", "---\n# nothing\n..."])
def test_an_empty_file_says_so_or_holds_nothing(text: str) -> None:
    node, found = load_source(text, "f.yaml")
    assert [one.code for one in found] == ["E109"] or (node is not None and node.value is None)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("when: {% $a %}\n", "'{% $a %}'"),
        ('when: "a" = $b\n', "'\"a\" = $b'"),
        ("when: 'a' & $b\n", "'''a'' & $b'"),
        ("when: $a ? $b : $c\n", "'$a ? $b : $c'"),
        ("when: [1, 2][$i] = 2\n", "'[1, 2][$i] = 2'"),
        ("when: {'a': $x}.a\n", "'{''a'': $x}.a'"),
        ("items: *.hosts\n", "'*.hosts'"),
        ("items: $list #$i\n", "'$list #$i'"),
        ('when: $a = "b #c"\n', "'$a = \"b #c\"'"),
    ],
)
def test_a_bare_expression_that_yaml_misreads_is_named_and_quoted_in_the_hint(text: str, hint: str) -> None:
    found = load_source(text, "f.yaml")[1]
    assert [one.code for one in found] == ["E110"]
    assert found[0].hint is not None
    assert hint in found[0].hint


@pytest.mark.parametrize("text", ["when: $a = 1 # as said\n", "note: it isn't # so\n", "a: 1 # b\n"])
def test_an_ordinary_comment_is_left_alone(text: str) -> None:
    assert _codes(text) == []


def test_a_control_character_is_refused_with_its_place() -> None:
    found = load_source("a: 1\nb: \x01\n", "f.yaml")[1]
    assert [(one.code, one.span.line) for one in found] == [("E101", 2)]
    assert [one.code for one in load_source("a: \ud800", "f.yaml")[1]] == ["E101"]
