import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.catalog.model import AtomEntry, Branch, Bundle, Intent, Rule, RuleMode
from chalicelib.control.claims.conflicts import judge_pair
from dsl.policies import lint
from dsl.policies.lint import lint_rules
from dsl.policies.lint.codes import CODES
from tests.builders import make_bundle, make_rule, make_workflow

DEFAULT = Branch(when=None, ignore="no")


def page(when: str) -> Branch:
    return Branch(when=when, page="sre")


def run(workflow: str) -> Branch:
    return Branch(when=None, run=workflow, with_={"host": "{% $object.name %}"})


def find(bundle: Bundle) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in lint_rules(bundle, {}, judge_pair)]


def find_of(*rules: Rule, **changes: Any) -> list[tuple[str, str]]:
    return find(make_bundle(rules=rules, **changes))


def find_dead(*conditions: str) -> list[str]:
    rule = make_rule(branches=(*map(page, conditions), DEFAULT))
    return [message.removeprefix("this branch is never taken: ") for _, message in find_of(rule)]


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        (("$object.tier = 'P0'", '$object.tier="P0"'), ["branch 1 is true wherever it is"]),
        (("$object.tier = 'P0'", "$object.tier = 'P0' and $object.zone = 'a'"), ["branch 1 is true wherever it is"]),
        (("$object.zone = 'a' or $object.zone = 'b'", "($object.zone = 'b')"), ["branch 1 is true wherever it is"]),
        (
            ("$object.zone = 'a'", "$object.zone = 'b'", "$object.zone = 'b' or $object.zone = 'a'"),
            ["branch 1, 2 is true wherever it is"],
        ),
        (("$object.zone = 'a' and $object.zone = 'b'",), ["its condition is never true"]),
        (("false",), ["its condition is never true"]),
        (("true", "$object.zone = 'a'"), ["branch 1 is true wherever it is", "branch 1 is true wherever it is"]),
        (("$object.tier = 'P7'",), ["there is no tier 'P7'"]),
        (
            ("$object.tier = 'P0' or $object.tier = 'P7'",),
            ["a part of this condition is never true: there is no tier 'P7'"],
        ),
        (("$object.tier in ['P0', 'P1']", "$object.tier = 'P1' and true"), ["branch 1 is true wherever it is"]),
        (('$runs("a", "8h") >= 2', '3 <= $runs("a", "8h")'), ["branch 1 is true wherever it is"]),
        (("$object.tier != 'P0'", "$object.tier = 'P1'"), ["branch 1 is true wherever it is"]),
        (("$event.detail.n > 5 and $event.detail.n < 3",), ["its condition is never true"]),
        (("$object.state = 'a' and $object.state != 'a'",), ["its condition is never true"]),
        (("'chekout' = $object.service",), ["there is no service 'chekout'"]),
    ],
)
def test_branches_that_are_never_taken_are_found(conditions: tuple[str, ...], found: list[str]) -> None:
    assert find_dead(*conditions) == found


@pytest.mark.parametrize(
    "conditions",
    [
        ("$object.tier = 'P0' and $object.zone = 'a'", "$object.tier = 'P0'"),
        ("$object.tier = 'P0'", "$object.tier != 'P0'"),
        ("$object.tier in ['P0', 'P1']", "$object.tier = 'P2'"),
        ("$event.detail.n >= 3", "$event.detail.n >= 2"),
        ("$event.detail.n > 2 and $event.detail.n < 4",),
        ("$object.tier in $event.detail.tiers", "$object.tier = 'P0'"),
        ("$event.detail.a[0] = 1 and $event.detail.a[1] = 2",),
        ("$event.detail.a[x='1'].b = 1 and $event.detail.a[x='2'].b = 2",),
        ('$runs("host_reboot", "8h") >= 2', '$runs("host_reboot", "1h") >= 2'),
    ],
)
def test_branches_that_may_be_taken_are_not(conditions: tuple[str, ...]) -> None:
    assert find_dead(*conditions) == []


@pytest.mark.parametrize(
    ("pattern", "cause"),
    [
        ({"sorce": ["aws.ec2"]}, "an event has no field `sorce`"),
        ({"source": [7]}, "`source` always holds a string"),
        ({"account": [{"numeric": [">", 5]}]}, "`account` always holds a string"),
        ({"detail-type": [{"exists": False}]}, "`detail-type` always holds a string"),
    ],
)
def test_patterns_that_no_event_matches_are_found(pattern: dict[str, Any], cause: str) -> None:
    assert find_of(make_rule(match=pattern)) == [("W722", f"no event can match this pattern: {cause}")]


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.ec2", 7]},
        {"$or": [{"source": [7]}, {"source": ["aws.ec2"]}]},
        {"replay-name": [{"exists": False}]},
    ],
)
def test_patterns_that_some_event_matches_are_not(pattern: dict[str, Any]) -> None:
    assert find_of(make_rule(match=pattern)) == []


def test_a_rule_that_another_of_its_group_always_goes_before_is_found() -> None:
    wide = make_rule(name="wide", group="g", priority=1, match={"source": [{"prefix": "aws."}]})
    narrow = make_rule(name="narrow", group="g", match={"source": ["aws.ec2"], "detail": {"state": ["stopped"]}})

    assert find_of(wide, narrow) == [
        ("W723", "this rule is never decided: wide matches all that it matches, and goes before it")
    ]
    assert find_of(wide._replace(priority=-1), narrow) == []
    assert find_of(wide._replace(mode=RuleMode.SHADOW), narrow) == []
    assert find_of(wide._replace(group=None), narrow) == []


def test_two_rules_whose_work_control_refuses_at_once_are_found() -> None:
    reboot, stop = make_rule(branches=(run("host_reboot"),)), make_rule(name="stop", branches=(run("host_stop"),))

    ((code, message),) = find_of(reboot, stop)

    assert code == "W724"
    assert message.startswith("one event can make host_stopped run host_reboot (disrupt) and this rule host_stop")
    other = stop._replace(match={"source": ["aws.ec2"], "detail": {"state": ["running"]}})
    assert find_of(reboot, other) == []
    assert find_of(reboot, stop._replace(object="zone/a")) == []
    assert find_of(reboot._replace(group="g"), stop._replace(group="g", match={"source": ["aws.ec2"]})) == []


def make_looping(match: dict[str, Any]) -> Bundle:
    entry = AtomEntry("ec2.start", 1, "", Intent.DISRUPT, (), {}, {}, ("Object State Changed",), 30, 30)
    workflow = make_workflow("host_reboot", ("host/{% $input.host %}", Intent.DISRUPT), atoms=("ec2.start",))
    rule = make_rule(match=match, branches=(run("host_reboot"),))
    return make_bundle(rules=(rule,), workflows={"host_reboot": workflow}, atoms={"ec2.start": entry})


def test_a_cycle_through_what_atoms_report_is_found() -> None:
    ((code, message),) = find(make_looping({"source": ["interlock"], "detail": {"state": ["stopped"]}}))

    assert code == "W725"
    assert "host_stopped runs host_reboot, and host_stopped matches what that changes" in message
    assert find(make_looping({"source": ["aws.ec2"]})) == []


def test_a_warning_stands_at_its_place_in_the_file() -> None:
    text = "kind: rule\nname: host_stopped\nmatch:\n  sorce: [a]\n"
    (found,) = lint_rules(
        make_bundle(rules=(make_rule(match={"sorce": ["a"]}),)), {"policies/rules/x.yaml": text}, judge_pair
    )

    assert (found.span.file, found.span.line, found.span.column) == ("policies/rules/x.yaml", 4, 3)


def test_every_code_is_used_and_explained() -> None:
    sources = [path for path in Path(lint.__file__).parent.glob("*.py") if path.name != "codes.py"]
    assert {code for path in sources for code in re.findall(r"\"(W[0-9]{3})\"", path.read_text())} == set(CODES)


def test_a_detail_type_that_is_nearly_one_of_its_source_is_found_and_an_unknown_one_is_not() -> None:
    def find_in(kind: str) -> list[str]:
        match = {"source": ["aws.ec2"], "detail-type": [kind]}
        return [message for code, message in find_of(make_rule(match=match)) if code == "W722"]

    misspelt = "EC2 Instance State-change Notfication"
    assert find_in(misspelt) == [f"no event of aws.ec2 is known as {misspelt!r}"]
    assert find_in("EC2 Something AWS Thought Of Yesterday") == []
