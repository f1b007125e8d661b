from chalicelib.catalog.model import RuleMode
from chalicelib.decision.misses import list_misses
from tests.unit.decision.examples import make_event, make_rule

RAW = make_event().raw


def test_a_pattern_is_explained_by_its_first_false_field_with_both_values() -> None:
    rule = make_rule(name="running", match={"source": ["aws.ec2"], "detail": {"state": ["running"]}})

    (miss,) = list_misses(RAW, (make_rule(), rule))

    assert miss.rule == "running"
    assert miss.reason == 'detail.state is "stopped", wanted one of ["running"]'


def test_a_rule_that_another_of_its_group_goes_before_is_told_so() -> None:
    first, second = make_rule(name="first", group="hosts", priority=1), make_rule(name="second", group="hosts")

    assert [tuple(miss) for miss in list_misses(RAW, (second, first))] == [
        ("second", "it matches, but of group hosts first goes before it")
    ]


def test_disabled_and_broken_rules_are_told() -> None:
    rules = (make_rule(name="off", mode=RuleMode.DISABLED), make_rule(name="broken", match={"source": "aws.ec2"}))

    assert dict(list_misses(RAW, rules)) == {
        "off": "it is disabled",
        "broken": 'The event pattern is not valid at the top: "source" must be an object or an array',
    }
