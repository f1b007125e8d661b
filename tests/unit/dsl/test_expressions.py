import pytest

from dsl.expressions import Expression, Syntax, is_mixed, parse_expression, split_template, suggest_whole, unwrap, wrap


def _parse(text: str) -> Expression:
    parsed = parse_expression(text)
    assert isinstance(parsed, Expression), parsed
    return parsed


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("{% $a %}", " $a "),
        ("{%$a%}", "$a"),
        ("$a", None),
        (" {% $a %}", None),
        ("{% $a %} ", None),
        ("{% $a %}{% $b %}", None),
        ("{%}", None),
        ("{% '%}' %}", " '%}' "),
    ],
)
def test_only_a_string_that_is_wholly_wrapped_is_evaluated(text: str, inner: str | None) -> None:
    assert unwrap(text) == inner


def test_a_mixed_string_is_told_from_a_literal() -> None:
    assert is_mixed("host/{% $a %}")
    assert is_mixed("{% $a %} and {% $b %}")
    assert not is_mixed("{% $a %}")
    assert not is_mixed("100 %")


def test_the_fix_of_a_mixed_string_is_one_expression_that_parses() -> None:
    assert suggest_whole("host/{% $input.host %}") == '{% "host/" & $input.host %}'
    assert suggest_whole('a "b" {% $x + 1 %} c') == '{% "a \\"b\\" " & ($x + 1) & " c" %}'
    for text in ("host/{% $a %}", '"{% $a %}"', "a\\b{% $a ? 1 : 2 %}"):
        inner = unwrap(suggest_whole(text))
        assert inner is not None
        _parse(inner)


def test_a_template_is_split_with_offsets() -> None:
    assert list(split_template("a/{% $b %}-{%$c%}")) == [
        ("a/", 0, False), (" $b ", 4, True), ("-", 10, False), ("$c", 13, True),
    ]  # fmt: skip


def test_wrapping_is_what_unwrapping_undoes() -> None:
    assert unwrap(wrap(" $a ")) == " $a "


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("$a.b & $c", {"a", "c"}),
        ("($x := $a; $x + $y)", {"a", "y"}),
        ("$map($list, function($v, $i) { $v & $i & $k })", {"list", "k"}),
        ("$a[b = $c].d", {"a", "c"}),
        ("$l@$v#$i.{'x': $v, 'y': $i, 'z': $w}", {"l", "w"}),
        ("$a ~> $uppercase", {"a"}),
        ("{'k': $a, $b: 1}", {"a", "b"}),
        ("[$a, $b..$c]", {"a", "b", "c"}),
        ("-$a", {"a"}),
        ("$a ? $b : $c", {"a", "b", "c"}),
        ("|$a|{'b': $c}|", {"a", "c"}),
        ("$f := function($n) { $n < 2 ? 1 : $n * $f($n - 1) }", set()),
        ("$a^(>$b)", {"a", "b"}),
    ],
)
def test_the_names_that_an_expression_reads(text: str, names: set[str]) -> None:
    assert _parse(text).names == names


def test_fields_follow_a_name_as_far_as_they_are_fixed() -> None:
    found = {one.name: one.fields for one in _parse("$a.b.`c-d`[0].e + $f.*.g").references}
    assert found == {"a": ("b", "c-d", "e"), "f": ()}


def test_offsets_point_at_the_dollar() -> None:
    assert [one.start for one in _parse("1 + $abc.d * $e").references] == [4, 13]
    assert [(one.name, one.start) for one in _parse("1 + $sum($a)").calls] == [("sum", 4)]


@pytest.mark.parametrize(
    "text",
    ["$a ? $a.b : 0", "$a != null and $a.b", "$exists($a) and $a.b", "$exists($a.b)", "$a = null or $a.b"],
)
def test_a_condition_that_looks_at_a_name_guards_what_follows(text: str) -> None:
    assert all("a" in one.guards for one in _parse(text).references if one.fields)


@pytest.mark.parametrize("text", ["$a.b", "$a.b ? 1 : 2", "$b ? $a.b : 0", "$a.b and $a", "$not($b) and $a.c"])
def test_what_looks_at_nothing_guards_nothing(text: str) -> None:
    assert any("a" not in one.guards for one in _parse(text).references if one.name == "a" and one.fields)


def test_a_name_without_dollar_is_bare_only_where_there_is_no_context() -> None:
    assert [one.name for one in _parse("input.host = 'x'").bare_names] == ["input"]
    assert _parse("$a[b = 1].(c & d)").bare_names == ()
    assert [one.name for one in _parse("$map($l, function($v) { host })").bare_names] == ["host"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("$a == 1", "write `=`"),
        ("$a && $b", "write `and`"),
        ("$a || $b", "write `or`"),
        ("'abc", "not closed"),
        ("$a +", "ends too early"),
        ("(" * 5_000, "too deeply"),
        ("$a + " * 5_000, "longer than"),
        ("$a.%", "parent"),
    ],
)
def test_what_does_not_parse_is_explained(text: str, words: str) -> None:
    parsed = parse_expression(text)
    assert isinstance(parsed, Syntax)
    assert words in parsed.message
    assert 0 <= parsed.start <= len(text)
