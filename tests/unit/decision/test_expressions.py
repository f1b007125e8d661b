"""The wrapper around JSONata: values, failures with their cause, and what is refused."""

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.decision.expressions import (
    MAX_STEPS,
    evaluate,
    evaluate_condition,
    list_functions,
    list_holes,
    list_variables,
    render_object,
    render_objects,
    render_value,
    unwrap,
)
from chalicelib.errors import ExpressionFailed, MalformedObjectId
from chalicelib.identity import Home, ObjectId

NOW = datetime(2026, 3, 11, 21, 30, 0, 5000, tzinfo=UTC)
HOME = Home("123456789012", "us-east-1")
BINDINGS = {
    "event": {"detail": {"instance-id": "i-1", "none": None, "list": [1, None, {"x": 1}], "one": [1], "yes": True}},
    "nothing": None,
    "double": lambda value: value * 2,
    "now": NOW,
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 1", 2),
        ("10 / 4", 2.5),
        ("null", None),
        ("$nothing", None),
        ("$nothing = null", True),
        ("$event.detail.none", None),
        ('$event.detail."instance-id"', "i-1"),
        ("$event.detail.list", [1, None, {"x": 1}]),
        ("$event.detail.list[2].x", 1),
        ("$event.detail.one", [1]),
        ("$event.detail.missing = 1", False),
        ("$exists($event.detail.none)", True),
        ("$exists($event.detail.missing)", False),
        ('{"a": null, "b": $event.detail.missing}', {"a": None}),
        ("[1..3]", [1, 2, 3]),
        ('"host/" & $event.detail."instance-id"', "host/i-1"),
        ("$double(21)", 42),
        ("$map([1, 2], $double)", [2, 4]),
        ("$now()", "2026-03-11T21:30:00.005Z"),
        ("$millis()", 1773264600005),
        ('$toMillis("2026-03-11T21:30:00Z")', 1773264600000),
        ('"2026-03-11T21:30:00Z" ~> $toMillis()', 1773264600000),
        ("$toMillis($event.detail.missing) = 1", False),
        ('$fromMillis($millis(), "[Y0001]")', "2026"),
        ("""$parse('{"a": [1, null]}')""", {"a": [1, None]}),
        ("$parse($event.detail.missing) = 1", False),
        ("$partition([1, 2, 3, 4, 5], 2)", [[1, 2], [3, 4], [5]]),
        ("$partition(7, 2)", [[7]]),
        ("$range(1, 5, 2)", [1, 3, 5]),
        ("$range(5, 1, -2)", [5, 3, 1]),
        ('$hash("a", "SHA-1")', "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
        ("($x := 2; $x * $x)", 4),
        ("$reduce([1..100], function($a, $b) { $a + $b })", 5050),
    ],
)
def test_an_expression_gives_a_json_value(expression: str, value: Any) -> None:
    result = evaluate(expression, BINDINGS)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("expression", "cause"),
    [
        ("$event.detail.missing", "undefined"),
        ("$unknown", "undefined"),
        ("$filter([1], function($v) { $v = 2 })", "undefined"),
        ("1 / 0", "division by zero"),
        ("5 % 0", "math domain error"),
        ('"x" < 1', "must be of the same data type"),
        ("$unknown(1)", "non-function"),
        ("function($x) { $x }", "it yields a function"),
        ("[$sum]", "it yields a function"),
        ("/a/", "it yields a function"),
        ("1 =", "Unexpected end of expression"),
        ("", "Unexpected end of expression"),
        ("$event.(", "Expected ) before end"),
        ('$error("stop here")', "stop here"),
        ("$double()", "missing 1 required positional argument"),
        ('$eval("1 + 1")', "$eval is not allowed: data is never evaluated"),
        ('($e := $eval; $e("1"))', "$eval is not allowed"),
        ("$random()", "$random is not allowed"),
        ("$uuid()", "$uuid is not allowed"),
        ("$shuffle([1, 2])", "$shuffle is not allowed"),
        ("($f := function($n) { $f($n + 1) }; $f(0))", "$f calls itself: recursion is not allowed"),
        ("($f := function($g) { $g($g) }; $f($f))", f"more than {MAX_STEPS} steps"),
        ("($f := function($g) { 1 + $g($g) }; $f($f))", "nests deeper than 100 levels"),
        ("(" * 500 + "1" + ")" * 500, "nests deeper than 100 levels"),
        (" & ".join(['"a"'] * 500), "nests deeper than 100 levels"),
        ("$__evaluate_entry := 1", "reserved name"),
        ("$now('[Y]')", "$now takes no picture"),
        ("$toMillis('2026', '[Y]')", "$toMillis takes no picture"),
        ("$parse('nope')", "the text is not JSON"),
        ("$parse(1)", "$parse takes a string"),
        ("$partition([1], 0)", "at least 1"),
        ("$partition([1], 'x')", "takes whole numbers"),
        ("$range(1, 2, 0)", "other than 0"),
        ("$range(1, 2000, 1)", "at most 1000"),
        ("$hash('a', 'CRC')", "SHA-512"),
        ("1e308 * 10", "Number out of range"),
    ],
    ids=lambda text: text[:50],
)
def test_a_failure_names_the_expression_and_its_cause(expression: str, cause: str) -> None:
    with pytest.raises(ExpressionFailed) as failed:
        evaluate(expression, BINDINGS)
    assert failed.value.expression == expression
    assert cause in str(failed.value.cause)


def test_without_a_recorded_time_there_is_no_time() -> None:
    with pytest.raises(ExpressionFailed, match="the time is not known here"):
        evaluate("$now()", {})
    with pytest.raises(ExpressionFailed, match="the time is not known here"):
        evaluate("$millis()", {"now": "2026"})


def test_an_error_leaves_nothing_behind_for_the_next_evaluation() -> None:
    expression = "[1, 2].($x := $; ($y := $x; $event.fail ? $error('x') : $y))"
    for _ in range(60):
        with pytest.raises(ExpressionFailed):
            evaluate(expression, {"event": {"fail": True}})
    assert evaluate(expression, {"event": {"fail": False}}) == [1, 2]


def test_variables_of_one_evaluation_are_not_seen_by_the_next() -> None:
    assert evaluate("($leak := 1; $leak)", {}) == 1
    with pytest.raises(ExpressionFailed, match="undefined"):
        evaluate("$leak", {})


def test_a_result_shares_nothing_with_the_event() -> None:
    event = {"list": [{"a": 1}]}
    result = evaluate("$event", {"event": event})
    result["list"][0]["a"] = 2
    evaluate("$event ~> |list|{'a': 3}|", {"event": event})
    assert event == {"list": [{"a": 1}]}


def test_strings_of_an_event_are_data_and_are_never_evaluated() -> None:
    hostile = "{% $error('evaluated') %}"
    bindings = {"event": {"name": hostile}}
    assert evaluate("$event.name", bindings) == hostile
    assert render_value("{% $event.name %}", bindings) == hostile
    assert render_object("host/{% $event.name %}", bindings, HOME).name == hostile


def test_importing_the_library_leaves_the_recursion_limit_alone() -> None:
    code = """
import sys
from chalicelib.decision.expressions import evaluate
assert "jsonata" not in sys.modules
before = sys.getrecursionlimit()
assert evaluate("1", {}) == 1
assert sys.getrecursionlimit() == before
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_condition_is_true_or_false() -> None:
    assert evaluate_condition("$event.detail.yes", BINDINGS) is True
    assert evaluate_condition("$event.detail.yes = false", BINDINGS) is False


@pytest.mark.parametrize(
    ("expression", "kind"),
    [("1", "a number"), ('"x"', "a string"), ("null", "null"), ("[true]", "a list"), ("{}", "an object")],
)
def test_a_condition_of_another_kind_fails(expression: str, kind: str) -> None:
    with pytest.raises(ExpressionFailed, match=f"a condition must be true or false, not {kind}"):
        evaluate_condition(expression, BINDINGS)


def test_an_undefined_condition_fails_rather_than_being_false() -> None:
    with pytest.raises(ExpressionFailed, match="undefined"):
        evaluate_condition("$event.detail.missing", BINDINGS)


def test_a_with_value_is_evaluated_only_where_it_is_wholly_an_expression() -> None:
    value = {"a": "{% $double(2) %}", "b": "plain", "c": ["{%1%}", 2, None], "d": "host/{% 1 %}", "e": True}
    assert render_value(value, BINDINGS) == {"a": 4, "b": "plain", "c": [1, 2, None], "d": "host/{% 1 %}", "e": True}


@pytest.mark.parametrize(
    ("text", "expression"),
    [("{% 1 %}", "1"), ("{%1%}", "1"), (" {% 1 %}", None), ("{%%}", ""), ("{%}", None), ("x{% 1 %}", None), ("", None)],
)
def test_unwrap_finds_the_expression_of_a_whole_string(text: str, expression: str) -> None:
    assert unwrap(text) == expression


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('host/{% $event.detail."instance-id" %}', ObjectId("123456789012", "us-east-1", "host", "i-1")),
        ("9/eu/{% 'host' %}/{% 'i-2' %}", ObjectId("9", "eu", "host", "i-2")),
        ("service/checkout", ObjectId("123456789012", "us-east-1", "service", "checkout")),
        ("zone/{% 'us' & '-' & 'east' %}-1{% 'a' %}", ObjectId("123456789012", "us-east-1", "zone", "us-east-1a")),
    ],
)
def test_an_object_template_gives_a_full_object_id(template: str, expected: Any) -> None:
    assert render_object(template, BINDINGS, HOME) == expected


@pytest.mark.parametrize(
    ("template", "cause"),
    [
        ("host/{% $event.detail.missing %}", "undefined"),
        ("host/{% $nothing %}", "a part of an object id is null, not a string"),
        ("host/{% 7 %}", "a part of an object id is a number, not a string"),
        ("host/{% '' %}", "non-empty"),
        ("host/{% 'a/b' %}", "no slash"),
    ],
)
def test_a_hole_that_is_no_part_of_a_name_fails(template: str, cause: str) -> None:
    with pytest.raises(ExpressionFailed) as failed:
        render_object(template, BINDINGS, HOME)
    assert cause in str(failed.value.cause)


def test_a_template_that_is_no_object_id_is_a_malformed_object_id() -> None:
    with pytest.raises(MalformedObjectId):
        render_object("{% 'host' %}", BINDINGS, HOME)


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("host/{% ['i-1', 'i-2'] %}", ["i-1", "i-2"]),
        ("host/{% 'i-1' %}", ["i-1"]),
        ("host/i-{% ['1', '2'] %}{% 'x' %}", ["i-1x", "i-2x"]),
        ("host/{% [] %}", []),
    ],
)
def test_a_list_in_a_template_gives_an_object_for_each_element(template: str, names: list[str]) -> None:
    assert [one.name for one in render_objects(template, BINDINGS, HOME)] == names


@pytest.mark.parametrize(
    ("template", "cause"),
    [
        ("{% ['host', 'zone'] %}/{% ['a', 'b'] %}", "only one part of an object id may be a list"),
        ("host/{% ['i-1', 7] %}", "a part of an object id is a number, not a string"),
        ("host/{% ['i-1', ''] %}", "non-empty"),
    ],
)
def test_two_lists_or_an_element_that_is_no_name_fail(template: str, cause: str) -> None:
    with pytest.raises(ExpressionFailed) as failed:
        render_objects(template, BINDINGS, HOME)
    assert cause in str(failed.value.cause)


def test_holes_are_listed_in_order() -> None:
    assert list_holes("a/{% $x %}/{% $y %}") == ("$x", "$y")


def test_variables_are_those_an_expression_does_not_define_itself() -> None:
    text = "($x := $a.b; $map($list, function($y, $i) { $y + $x + $z + $i })) & $string($$) & $"
    assert list_variables(text) == {"a", "list", "z", "map", "string"}


def test_functions_that_may_be_called_leave_out_those_refused() -> None:
    names = list_functions()
    assert {"count", "parse", "range", "now"} <= names
    assert not {"eval", "random", "uuid", "shuffle"} & names
