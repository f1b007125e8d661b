"""Event patterns: EventBridge's semantics by example, and its refusals."""

from typing import Any

import pytest

from chalicelib.decision.patterns import PatternInvalid, compile_pattern

MATCHES: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("a string equals itself", {"a": ["x"]}, {"a": "x"}, True),
    ("a string is not part of another", {"a": ["x"]}, {"a": "xy"}, False),
    ("strings are case-sensitive", {"a": ["x"]}, {"a": "X"}, False),
    ("one of several values is enough", {"a": ["x", "y"]}, {"a": "y"}, True),
    ("every field of the pattern must match", {"a": ["x"], "b": ["y"]}, {"a": "x", "b": "z"}, False),
    ("fields the pattern does not name are ignored", {"a": ["x"]}, {"a": "x", "b": "z"}, True),
    ("a missing field does not match", {"a": ["x"]}, {"b": "x"}, False),
    ("a nested field", {"d": {"s": ["on"]}}, {"d": {"s": "on"}}, True),
    ("a dotted name stands for nesting", {"d.s": ["on"]}, {"d": {"s": "on"}}, True),
    ("an object is no value", {"d": ["on"]}, {"d": {"s": "on"}}, False),
    ("a number equals its other spellings", {"a": [300]}, {"a": 300.0}, True),
    ("a number beyond a float's precision equals only itself", {"a": [9007199254740993]}, {"a": 9007199254740992}, False),
    ("a number is not a string", {"a": [1]}, {"a": "1"}, False),
    ("a string is not a number", {"a": ["1"]}, {"a": 1}, False),
    ("true is not 1", {"a": [1]}, {"a": True}, False),
    ("1 is not true", {"a": [True]}, {"a": 1}, False),
    ("false equals false", {"a": [False]}, {"a": False}, True),
    ("0 is not false", {"a": [0]}, {"a": False}, False),
    ("null equals null", {"a": [None]}, {"a": None}, True),
    ("null is not missing", {"a": [None]}, {}, False),
    ("null is not the empty string", {"a": [""]}, {"a": None}, False),
    ("a prefix", {"a": [{"prefix": "us-"}]}, {"a": "us-east-1"}, True),
    ("not a prefix", {"a": [{"prefix": "eu-"}]}, {"a": "us-east-1"}, False),
    ("the empty prefix is any string", {"a": [{"prefix": ""}]}, {"a": ""}, True),
    ("the empty prefix is no number", {"a": [{"prefix": ""}]}, {"a": 1}, False),
    ("a prefix in any case", {"a": [{"prefix": {"equals-ignore-case": "US-"}}]}, {"a": "us-east-1"}, True),
    ("a suffix", {"a": [{"suffix": ".png"}]}, {"a": "x.png"}, True),
    ("not a suffix", {"a": [{"suffix": ".png"}]}, {"a": "x.png "}, False),
    ("a suffix in any case", {"a": [{"suffix": {"equals-ignore-case": ".PNG"}}]}, {"a": "x.png"}, True),
    ("equal but for case", {"a": [{"equals-ignore-case": "AliCe"}]}, {"a": "aLIcE"}, True),
    ("equal but for case is the whole string", {"a": [{"equals-ignore-case": "alice"}]}, {"a": "alices"}, False),
    ("case in other alphabets", {"a": [{"equals-ignore-case": "ÄRGER"}]}, {"a": "ärger"}, True),
    ("exactly", {"a": [{"exactly": "10.0.0.1"}]}, {"a": "10.0.0.1"}, True),
    ("a wildcard inside", {"a": [{"wildcard": "dir/*/x.png"}]}, {"a": "dir/a/b/x.png"}, True),
    ("a wildcard matches nothing too", {"a": [{"wildcard": "a*b"}]}, {"a": "ab"}, True),
    ("a wildcard spans lines", {"a": [{"wildcard": "a*b"}]}, {"a": "a\nb"}, True),
    ("a wildcard's other characters are literal", {"a": [{"wildcard": "a.*"}]}, {"a": "axb"}, False),
    ("an escaped star is a star", {"a": [{"wildcard": "a\\*b*"}]}, {"a": "a*bcd"}, True),
    ("an escaped star is only a star", {"a": [{"wildcard": "a\\*b"}]}, {"a": "axb"}, False),
    ("an escaped backslash", {"a": [{"wildcard": "a\\\\*"}]}, {"a": "a\\xyz"}, True),
    ("a wildcard is no number", {"a": [{"wildcard": "*"}]}, {"a": 1}, False),
    ("anything but a string", {"a": [{"anything-but": "x"}]}, {"a": "y"}, True),
    ("not that string", {"a": [{"anything-but": "x"}]}, {"a": "x"}, False),
    ("anything but needs the field", {"a": [{"anything-but": "x"}]}, {}, False),
    ("anything but a string takes a number", {"a": [{"anything-but": "1"}]}, {"a": 1}, True),
    ("anything but a string takes null", {"a": [{"anything-but": "x"}]}, {"a": None}, True),
    ("anything but a list", {"a": [{"anything-but": ["x", "y"]}]}, {"a": "y"}, False),
    ("anything but a number", {"a": [{"anything-but": 300}]}, {"a": 3e2}, False),
    ("anything but numbers", {"a": [{"anything-but": [1, 2]}]}, {"a": 3}, True),
    ("anything but a number takes its text", {"a": [{"anything-but": 1}]}, {"a": "1"}, True),
    ("anything but a prefix", {"a": [{"anything-but": {"prefix": "init"}}]}, {"a": "initializing"}, False),
    ("anything but prefixes", {"a": [{"anything-but": {"prefix": ["a", "b"]}}]}, {"a": "cb"}, True),
    ("anything but a suffix", {"a": [{"anything-but": {"suffix": "1234"}}]}, {"a": "i-1234"}, False),
    ("anything but in any case", {"a": [{"anything-but": {"equals-ignore-case": ["On", "Off"]}}]}, {"a": "OFF"}, False),
    ("anything but a wildcard", {"a": [{"anything-but": {"wildcard": "*/lib/*"}}]}, {"a": "x/lib/y"}, False),
    ("of an array one other element is enough", {"a": [{"anything-but": "x"}]}, {"a": ["x", "y"]}, True),
    ("of an array all excluded", {"a": [{"anything-but": ["x", "y"]}]}, {"a": ["x", "y"]}, False),
    ("numeric equal", {"a": [{"numeric": ["=", 3.018e2]}]}, {"a": 301.8}, True),
    ("numeric open range", {"a": [{"numeric": [">", 0, "<", 5]}]}, {"a": 5}, False),
    ("numeric closed range", {"a": [{"numeric": [">=", 0, "<=", 5]}]}, {"a": 5}, True),
    ("numeric below", {"a": [{"numeric": ["<", -1.5]}]}, {"a": -2}, True),
    ("numeric takes no text", {"a": [{"numeric": [">", 0]}]}, {"a": "5"}, False),
    ("numeric takes no boolean", {"a": [{"numeric": [">=", 0]}]}, {"a": True}, False),
    ("numeric takes no number beyond a float", {"a": [{"numeric": [">", 0]}]}, {"a": 9007199254740993}, False),
    ("numeric takes no number beyond all floats", {"a": [{"numeric": [">", 0]}]}, {"a": 10**400}, False),
    ("exists", {"a": [{"exists": True}]}, {"a": None}, True),
    ("exists is about leaves", {"a": [{"exists": True}]}, {"a": {"b": 1}}, False),
    ("does not exist", {"a": [{"exists": False}]}, {"b": 1}, True),
    ("does exist", {"a": [{"exists": False}]}, {"a": None}, False),
    ("an inner object does not exist as a leaf", {"a": [{"exists": False}]}, {"a": {"b": 1}}, True),
    ("an empty array has no value", {"a": [{"exists": False}]}, {"a": []}, True),
    ("absent or a value: absent", {"a": [{"exists": False}, "x"]}, {}, True),
    ("absent or a value: the value", {"a": [{"exists": False}, "x"]}, {"a": "x"}, True),
    ("absent or a value: another", {"a": [{"exists": False}, "x"]}, {"a": "y"}, False),
    ("cidr", {"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.0.255"}, True),
    ("outside a cidr", {"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.1.0"}, False),
    ("a cidr may have host bits", {"a": [{"cidr": "10.0.0.77/24"}]}, {"a": "10.0.0.3"}, True),
    ("a cidr takes no name", {"a": [{"cidr": "10.0.0.0/8"}]}, {"a": "localhost"}, False),
    ("a cidr takes no octet above 255", {"a": [{"cidr": "0.0.0.0/0"}]}, {"a": "10.0.0.256"}, False),
    ("a cidr of IPv6", {"a": [{"cidr": "2001:db8::/32"}]}, {"a": "2001:0db8:0:0::1"}, True),
    ("a cidr compares digits across versions", {"a": [{"cidr": "::/0"}]}, {"a": "10.0.0.1"}, True),
    ("a cidr of the other version and other digits", {"a": [{"cidr": "2001:db8::/32"}]}, {"a": "10.0.0.1"}, False),
    ("an address equals its other spelling", {"a": ["2001:db8::1"]}, {"a": "2001:db8:0:0:0:0:0:1"}, True),
    ("an address equals itself", {"a": ["10.0.0.1"]}, {"a": "10.0.0.1"}, True),
    ("what only looks like an address is a string", {"a": ["300.0.0.1"]}, {"a": "300.0.0.1"}, True),
    ("any element of an event's array", {"a": ["x"]}, {"a": ["y", "x"]}, True),
    ("arrays of arrays are looked through", {"a": [2]}, {"a": [[1], [[2]]]}, True),
    ("an object in an array", {"a": {"b": ["x"]}}, {"a": [{"b": "y"}, {"b": "x"}]}, True),
    ("two fields in one element", {"a": {"b": [1], "c": [2]}}, {"a": [{"b": 1, "c": 2}, {"b": 3}]}, True),
    ("two fields in different elements", {"a": {"b": [1], "c": [2]}}, {"a": [{"b": 1, "c": 3}, {"b": 3, "c": 2}]}, False),
    (
        "two fields in one inner element",
        {"a": {"b": {"x": [1], "y": [2]}}},
        {"a": [{"b": [{"x": 1}, {"y": 2}]}, {"b": [{"x": 0}, {"x": 1, "y": 2}]}]},
        True,
    ),
    (
        "inner elements of different outer ones",
        {"a": {"b": {"x": [1]}, "c": [2]}},
        {"a": [{"b": [{"x": 1}], "c": 3}, {"b": [{"x": 0}], "c": 2}]},
        False,
    ),
    ("elements of different arrays do not have to agree", {"a": {"x": [1]}, "b": {"x": [2]}}, {"a": [{"x": 0}, {"x": 1}], "b": [{"x": 2}]}, True),
    ("absent is asked of all elements while none is chosen", {"a": {"b": [{"exists": False}], "c": [1]}}, {"a": [{"b": 1}, {"c": 1}]}, False),
    ("absent is asked of the chosen element", {"a": {"c": [1], "d": [{"exists": False}]}}, {"a": [{"d": 1}, {"c": 1}]}, True),
    ("or: the first", {"$or": [{"a": [1]}, {"b": [2]}]}, {"a": 1}, True),
    ("or: the second", {"$or": [{"a": [1]}, {"b": [2]}]}, {"b": 2}, True),
    ("or: neither", {"$or": [{"a": [1]}, {"b": [2]}]}, {"a": 2, "b": 1}, False),
    ("or with and", {"s": ["x"], "$or": [{"a": [1]}, {"b": [2]}]}, {"s": "y", "a": 1}, False),
    ("or below a field", {"d": {"$or": [{"a": [1]}, {"b": [2]}]}}, {"d": {"b": 2}}, True),
    ("or in or", {"$or": [{"a": [1]}, {"b": [2], "$or": [{"c": [3]}, {"d": [4]}]}]}, {"b": 2, "d": 4}, True),
    ("two ors", {"$or": [{"a": [1]}, {"b": [2]}], "d": {"$or": [{"a": [1]}, {"b": [2]}]}}, {"a": 1, "d": {"a": 2}}, False),
    ("an or of one is a field's name", {"$or": [{"prefix": "x"}]}, {"$or": "xyz"}, True),
    ("an or of operators is a field's name", {"$or": [{"prefix": "x"}, {"suffix": "y"}]}, {"$or": "why"}, True),
    ("an or that is an object is a field's name", {"$or": {"a": [1]}}, {"$or": {"a": 1}}, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "event", "expected"), [case[1:] for case in MATCHES], ids=[case[0] for case in MATCHES]
)
def test_a_pattern_matches_as_eventbridge_does(pattern: Any, event: dict[str, Any], expected: Any) -> None:
    matcher = compile_pattern(pattern)
    assert matcher.matches(event) is expected
    assert (matcher.explain(event) is None) is expected


REFUSED: list[tuple[object, str, str]] = [
    ([], "the top", "Filter is not an object"),
    ({}, "the top", "Empty objects are not allowed"),
    ({"a": {}}, "a", "Empty objects are not allowed"),
    ({"a": []}, "a", "Empty arrays are not allowed"),
    ({"a": "x"}, "the top", '"a" must be an object or an array'),
    ({"d": {"a": None}}, "d", '"a" must be an object or an array'),
    ({"a": [["x"]]}, "a", "Match value must be String, number, true, false, or null"),
    ({"a": [{}]}, "a", "Match expression name not found"),
    ({"a": [{"regex": "x"}]}, "a", "Unrecognized match type regex"),
    ({"a": [{"prefix": "x", "suffix": "y"}]}, "a", "Only one key allowed in match expression"),
    ({"a": [{"exactly": 1}]}, "a", "exact match pattern must be a string"),
    ({"a": [{"prefix": 1}]}, "a", "prefix match pattern must be a string"),
    ({"a": [{"prefix": {}}]}, "a", "Prefix expression name not found"),
    ({"a": [{"prefix": {"wildcard": "x"}}]}, "a", "Unsupported prefix pattern: wildcard"),
    ({"a": [{"prefix": {"equals-ignore-case": 1}}]}, "a", "equals-ignore-case match pattern must be a string"),
    ({"a": [{"suffix": {"equals-ignore-case": "x", "y": 1}}]}, "a", "Only one key allowed in match expression"),
    ({"a": [{"suffix": []}]}, "a", "suffix match pattern must be a string"),
    ({"a": [{"equals-ignore-case": None}]}, "a", "equals-ignore-case match pattern must be a string"),
    ({"a": [{"exists": "true"}]}, "a", "exists match pattern must be either true or false."),
    ({"a": [{"exists": False, "prefix": "x"}]}, "a", "Only one key allowed in match expression"),
    ({"a": [{"wildcard": 1}]}, "a", "wildcard match pattern must be a string"),
    ({"a": [{"wildcard": "a**b"}]}, "a", "Consecutive wildcard characters at pos 2"),
    ({"a": [{"wildcard": "a\\b"}]}, "a", "Invalid escape character at pos 2"),
    ({"a": [{"wildcard": "a\\"}]}, "a", "Invalid escape character at pos 2"),
    ({"a": [{"anything-but": None}]}, "a", "Value of anything-but must be an array or single string/number value."),
    ({"a": [{"anything-but": [True]}]}, "a", "Inside anything but list, start|null|boolean is not supported."),
    (
        {"a": [{"anything-but": ["x", 1]}]},
        "a",
        "Inside anything but list, either all values are number or string, mixed type is not supported",
    ),
    (
        {"a": [{"anything-but": []}]},
        "a",
        "Inside anything but list, either all values are number or string, mixed type is not supported",
    ),
    ({"a": [{"anything-but": {}}]}, "a", "Anything-But expression name not found"),
    ({"a": [{"anything-but": {"numeric": ["=", 1]}}]}, "a", "Unsupported anything-but pattern: numeric"),
    ({"a": [{"anything-but": {"prefix": ""}}]}, "a", "Null prefix/suffix not allowed"),
    ({"a": [{"anything-but": {"suffix": [1]}}]}, "a", "prefix/suffix match pattern must be a string"),
    ({"a": [{"anything-but": {"wildcard": "**"}}]}, "a", "Consecutive wildcard characters at pos 1"),
    ({"a": [{"anything-but": {"prefix": "x", "suffix": "y"}}]}, "a", "Only one key allowed in match expression"),
    ({"a": [{"anything-but": 9007199254740993}]}, "a", "Cannot compare number : 9007199254740993"),
    ({"a": [{"numeric": 5}]}, "a", "Value of numeric must be an array."),
    ({"a": [{"numeric": []}]}, "a", "Invalid member in numeric match: ]"),
    ({"a": [{"numeric": [5]}]}, "a", "Invalid member in numeric match: 5"),
    ({"a": [{"numeric": ["~", 5]}]}, "a", "Unrecognized numeric range operator: ~"),
    ({"a": [{"numeric": ["=", "5"]}]}, "a", "Value of equals must be numeric"),
    ({"a": [{"numeric": ["<"]}]}, "a", "Value of < must be numeric"),
    ({"a": [{"numeric": ["<", True]}]}, "a", "Value of < must be numeric"),
    ({"a": [{"numeric": ["=", 5, "<", 6]}]}, "a", "Too many elements in numeric expression"),
    ({"a": [{"numeric": ["<", 5, ">", 6]}]}, "a", "Too many elements in numeric expression"),
    ({"a": [{"numeric": [">", 5, 6]}]}, "a", "Bad value in numeric range: 6"),
    ({"a": [{"numeric": [">", 5, ">", 6]}]}, "a", "Bad numeric range operator: >"),
    ({"a": [{"numeric": [">", 5, "<"]}]}, "a", "Value of < must be numeric"),
    ({"a": [{"numeric": [">", 5, "<", 6, "<"]}]}, "a", "Too many terms in numeric range expression"),
    ({"a": [{"numeric": [">", 5, "<", 5]}]}, "a", "Bottom must be less than top"),
    ({"a": [{"cidr": 1}]}, "a", "cidr match pattern must be a string"),
    ({"a": [{"cidr": "10.0.0.0"}]}, "a", "Malformed CIDR, one '/' required"),
    ({"a": [{"cidr": "10.0.0.0/x"}]}, "a", "Malformed CIDR, mask bits must be an integer"),
    ({"a": [{"cidr": "10.0.0.0/-1"}]}, "a", "Malformed CIDR, mask bits must not be negative"),
    ({"a": [{"cidr": "10.0.0.0/32"}]}, "a", "IPv4 mask bits must be < 32"),
    ({"a": [{"cidr": "::/128"}]}, "a", "IPv6 mask bits must be < 128"),
    ({"a": [{"cidr": "host/8"}]}, "a", "Nonstandard IP address: host"),
    ({"$or": [{"a": [1]}]}, "the top", "There must have at least 2 Objects in $or relationship."),
    ({"d": {"$or": [{"a": [1]}, 5]}}, "d", "Only JSON object is allowed in array of $or relationship."),
    ({"$or": "x"}, "the top", "It must be an Array followed with $or."),
    ({"a": {"b": [1]}, "a.b": [2]}, "the top", "Path `a.b` cannot be allowed multiple times"),
    ({"a": [1], "$or": [{"a": [2]}, {"b": [1]}]}, "the top", "Path `a` cannot be allowed multiple times"),
    (
        {f"d{n}": {"$or": [{"a": [1]}, {"b": [1]}, {"c": [1]}, {"d": [1]}]} for n in range(6)},
        "the top",
        "$or multiplies out to more than 1000 combinations",
    ),
]


@pytest.mark.parametrize(("pattern", "path", "cause"), REFUSED, ids=[f"{case[0]}"[:70] for case in REFUSED])
def test_an_invalid_pattern_is_refused_with_its_place_and_reason(pattern: Any, path: str, cause: str) -> None:
    with pytest.raises(PatternInvalid) as refused:
        compile_pattern(pattern)
    assert (refused.value.path, refused.value.cause) == (path, cause)


def test_a_pattern_that_nests_beyond_reason_is_refused_and_not_a_traceback() -> None:
    pattern: dict[str, Any] = {"a": [1]}
    for _ in range(5000):
        pattern = {"a": pattern}
    with pytest.raises(PatternInvalid, match="nests deeper than 100 levels"):
        compile_pattern(pattern)


def test_the_first_failing_term_is_told_with_both_values() -> None:
    matcher = compile_pattern({"source": ["aws.ec2"], "detail": {"state": ["stopped", {"prefix": "term"}]}})
    event = {"source": "aws.ec2", "detail": {"state": "running"}}
    assert matcher.explain(event) == 'detail.state is "running", wanted one of ["stopped",{"prefix":"term"}]'
    assert matcher.explain({"source": "x"}) == 'detail.state is missing, wanted one of ["stopped",{"prefix":"term"}]'


def test_of_alternatives_the_one_that_came_furthest_is_told() -> None:
    matcher = compile_pattern({"a": [1], "$or": [{"b": [2], "c": [3]}, {"b": [9]}]})
    assert matcher.explain({"a": 1, "b": 2, "c": 4}) == "c is 4, wanted one of [3]"


def test_long_arrays_cost_time_in_proportion_to_their_length() -> None:
    matcher = compile_pattern({"a": {"x": [1], "y": [2], "z": [{"exists": False}]}, "b": {"x": [1], "y": [3]}})
    side = [{"x": 1, "y": 0}] * 12_000
    assert not matcher.matches({"a": side, "b": side})
    assert matcher.matches({"a": [*side, {"x": 1, "y": 2}], "b": [*side, {"x": 1, "y": 3}]})
