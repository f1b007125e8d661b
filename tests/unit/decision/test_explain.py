"""Explanations: the first false term with both values, and readable lines."""

from typing import Any

import pytest

from chalicelib.catalog.model import Branch, RuleMode
from chalicelib.decision.decide import decide
from chalicelib.decision.explain import explain, summarize_trials
from chalicelib.decision.model import Decision
from chalicelib.decision.terms import explain_false
from tests.unit.decision.examples import NO_HISTORY, NOW, make_bundle, make_event, make_rule, make_view

BINDINGS = {"a": 1, "b": "x", "n": None, "yes": True, "no": False, "list": [1, 2], "runs": lambda *_: 3}


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("$a = 2", "$a = 2 is false: 1 = 2"),
        ("$a > 1", "$a > 1 is false: 1 > 1"),
        ('$b != "x"', '$b != "x" is false: "x" != "x"'),
        ("5 in $list", "5 in $list is false: 5 in [1,2]"),
        ("$a = $missing", "$a = $missing is false: 1 = undefined"),
        ("$n = 1", "$n = 1 is false: null = 1"),
        ('$runs("a and b", "8h") >= 5', '$runs("a and b", "8h") >= 5 is false: 3 >= 5'),
        ("$a = 1 and $b = 'y' and $no", '$b = \'y\' is false: "x" = "y"'),
        ("$yes and ($a = 2 or ($no))", "$a = 2 is false: 1 = 2; and $no is false"),
        ("$missing and $yes", "$missing is undefined"),
        ("$list and $a = 2", "$a = 2 is false: 1 = 2"),
        ("$not($yes)", "$not($yes) is false"),
        ("$a = 1 ? false : true", "$a = 1 ? false : true is false"),
        ("/* a = b */ $a = 2", "/* a = b */ $a = 2 is false: 1 = 2"),
        ("  ( ( $a = 2 ) )  ", "$a = 2 is false: 1 = 2"),
        ("($x := $a; $x = 2)", "($x := $a; $x = 2) is false"),
        ("($a = 1) and ($a = 2)", "$a = 2 is false: 1 = 2"),
        ("$a + 1 = $a * 3", "$a + 1 = $a * 3 is false: 2 = 3"),
        ("$a =", "The expression '$a =' failed: Unexpected end of expression"),
    ],
)
def test_the_first_false_term_is_told_with_both_values(expression: str, reason: str) -> None:
    assert explain_false(expression, BINDINGS) == reason


def test_a_long_value_is_cut() -> None:
    reason = explain_false("$b = $long", {"b": 1, "long": "y" * 1000})
    assert reason.endswith("…")
    assert len(reason) < 300


def decide_with(*branches: Branch, **changes: Any) -> Decision:
    rule = make_rule(*branches, **changes)
    bundle = make_bundle(rule)
    return decide(make_event(), rule, make_view(bundle), NO_HISTORY, bundle, NOW)


def test_a_decision_reads_as_lines() -> None:
    decision = decide_with(
        Branch(when='$object.tier = "P0"', page="sre"), Branch(when=None, run="host_reboot", with_={"host": "i-0a"})
    )
    assert explain(decision) == [
        "rule host_stopped on host/i-0a (service checkout, tier P1)",
        "  match: yes: the event matches the rule's pattern",
        '  branch 1: no: $object.tier = "P0" is false: "P1" = "P0"',
        "  branch 2: yes: the default",
        "  => run host_reboot(host=i-0a)",
        f"  decided 2026-03-11T21:30:00+00:00 by bundle v1, dispatch {decision.id}",
    ]


@pytest.mark.parametrize(
    ("branch", "mode", "outcome"),
    [
        (Branch(when=None, page="sre"), RuleMode.ACTIVE, "  => page sre"),
        (Branch(when=None, ignore="in maintenance"), RuleMode.ACTIVE, "  => ignore: in maintenance"),
        (Branch(when=None, run="host_reboot"), RuleMode.SHADOW, "  => would run host_reboot() (shadow rule)"),
        (Branch(when="$x", page="sre"), RuleMode.ACTIVE, "  => nothing, because deciding failed: branch 1: "),
    ],
)
def test_each_outcome_is_told(branch: Branch, mode: RuleMode, outcome: str) -> None:
    assert any(line.startswith(outcome) for line in explain(decide_with(branch, mode=mode)))


def test_trials_are_recorded_as_json() -> None:
    summary = summarize_trials(decide_with(Branch(when="$object.tier = 'P0'", page="x"), Branch(when=None, page="y")))
    assert [one["result"] for one in summary] == [True, False, True]
    assert summary[1] == {
        "rule": "host_stopped",
        "branch": 0,
        "expression": "$object.tier = 'P0'",
        "result": False,
        "reason": '$object.tier = \'P0\' is false: "P1" = "P0"',
    }


def test_a_held_decision_says_what_is_too_long() -> None:
    rule = make_rule()
    bundle = make_bundle(rule)
    event = make_event(hops=9, root_id="root-1")
    lines = explain(decide(event, rule, make_view(bundle), NO_HISTORY, bundle, NOW))
    assert any(line.startswith("  => held for a person: 9 dispatches lie between event root-1") for line in lines)
