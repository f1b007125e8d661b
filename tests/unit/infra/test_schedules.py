"""Schedules of rules in the template: what EventBridge and Scheduler are asked for, and what they send."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.catalog.model import Rule, RuleMode, Schedule
from chalicelib.decision.patterns import compile_pattern
from chalicelib.events.parse import parse
from dsl.schedules import match_due
from infra.template.routes import route_default_bus, route_other_bus, route_own_bus
from tests.builders import HOME
from tests.unit.infra.placeholder import make_bundle, make_rule
from tests.unit.infra.test_template import assemble_one, make_stack

AT = "2026-03-29T01:00:00Z"
UTC_RULE, ZONED = Schedule("rate(6 hours)"), Schedule("cron(0 3 ? * SUN *)", "Europe/Berlin")


def schedule(name: str, when: Schedule, mode: RuleMode = RuleMode.ACTIVE) -> Rule:
    return make_rule()._replace(name=name, match=match_due(name), schedule=when, mode=mode)


def describe(*rules: Rule) -> dict[str, Any]:
    resources: dict[str, Any] = assemble_one(make_stack(bundle=replace(make_bundle(), rules=rules)))["Resources"]
    return resources


def test_a_schedule_in_utc_is_a_rule_of_eventbridge_whose_event_only_its_rule_matches() -> None:
    resources = describe(schedule("hourly", UTC_RULE), schedule("other", UTC_RULE))
    clock = resources["Clock1"]["Properties"]
    assert clock["ScheduleExpression"] == "rate(6 hours)"
    assert resources["Clock1Permission"]["Properties"]["SourceArn"] == {"Fn::GetAtt": ["Clock1", "Arn"]}
    [target] = clock["Targets"]
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
    text = (
        target["InputTransformer"]["InputTemplate"].replace('"time": <time>', f'"time": "{AT}"').replace("<time>", AT)
    )
    event = parse(json.loads(text), HOME)
    assert (event.id, event.time.isoformat()) == (f"hourly@{AT}", "2026-03-29T01:00:00+00:00")
    assert compile_pattern(match_due("hourly")).matches(event.raw)
    assert not compile_pattern(match_due("other")).matches(event.raw)
    assert not [name for name in resources if name.startswith("Schedule")]


def test_one_by_the_clocks_of_a_zone_is_scheduler_s_with_a_role_that_does_no_more() -> None:
    resources = describe(schedule("patch_window", ZONED))
    made = resources["Schedule1"]["Properties"]
    assert (made["ScheduleExpression"], made["ScheduleExpressionTimezone"]) == ("cron(0 3 ? * SUN *)", "Europe/Berlin")
    assert made["FlexibleTimeWindow"] == {"Mode": "OFF"}
    event = parse(json.loads(made["Target"]["Input"].replace("<aws.scheduler.scheduled-time>", AT)), HOME)
    assert (event.id, event.source) == (f"patch_window@{AT}", "interlock.schedule")
    assert compile_pattern(match_due("patch_window")).matches(event.raw)
    role = resources["SchedulerRole"]["Properties"]
    [policy] = role["Policies"]
    allowed = {tuple(one["Action"]): one["Resource"] for one in policy["PolicyDocument"]["Statement"]}
    assert allowed == {
        ("lambda:InvokeFunction",): [{"Fn::GetAtt": ["Decide", "Arn"]}],
        ("sqs:SendMessage",): [{"Fn::GetAtt": ["DeadQueue", "Arn"]}],
    }
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert not [name for name in resources if name.startswith("Clock")]


def test_a_rule_in_shadow_has_its_schedule_and_a_disabled_one_has_none() -> None:
    assert "Clock1" in describe(schedule("a", UTC_RULE, RuleMode.SHADOW))
    resources = describe(schedule("a", UTC_RULE, RuleMode.DISABLED), schedule("b", ZONED, RuleMode.DISABLED))
    assert not [name for name in resources if name.startswith(("Clock", "Schedule"))]


@pytest.mark.parametrize("route", [route_default_bus, route_own_bus, route_other_bus])
def test_nobody_can_make_a_schedule_come_due_over_a_bus(route: Any) -> None:
    due = {"source": "interlock.schedule", "detail-type": "Schedule Due", "detail": {"rule": "a"}}
    assert not any(compile_pattern(one).matches(due) for one in route([schedule("a", UTC_RULE)]))
