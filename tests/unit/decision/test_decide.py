"""Deciding: subjects, branches in order, what each action says, and failures that stay where they are."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.catalog.model import Branch, Goal, RuleMode
from chalicelib.decision.decide import decide, evaluate_goal, find_subjects
from chalicelib.decision.failures import decide_failure
from chalicelib.decision.model import Action, Decision, Failure, History, Subject
from chalicelib.events.model import Event
from chalicelib.identity import Origin, dispatch_id
from tests.unit.decision.examples import HOST, NO_HISTORY, NOW, make_bundle, make_event, make_rule, make_view

RUN = Branch(when=None, run="host_reboot", with_={"host": "{% $object.name %}"})


def decide_with(
    *branches: Branch,
    history: History = NO_HISTORY,
    event: Event | None = None,
    labels: dict[str, str] | None = None,
    **changes: Any,
) -> Decision:
    rule = make_rule(*branches, **changes)
    bundle = make_bundle(rule)
    return decide(event or make_event(), rule, make_view(bundle, labels), history, bundle, NOW)


def test_a_matching_rule_has_the_object_of_the_event_as_subject() -> None:
    rule = make_rule()
    assert find_subjects(make_event(), make_bundle(rule)) == (Subject(rule, HOST),)


def test_no_rule_matches_another_event() -> None:
    assert find_subjects(make_event({"state": "running"}), make_bundle(make_rule())) == ()


def test_a_disabled_rule_is_not_looked_at_and_a_shadow_rule_is() -> None:
    disabled = make_rule(name="off", mode=RuleMode.DISABLED)
    shadow = make_rule(name="shadow", mode=RuleMode.SHADOW)
    assert [one.rule.name for one in find_subjects(make_event(), make_bundle(disabled, shadow))] == ["shadow"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"object": "host/{% $event.detail.missing %}"}, "object: The expression '$event.detail.missing' failed"),
        ({"object": "{% 'host' %}"}, "object: 'host' is not an object id"),
        ({"match": {"source": []}}, "Empty arrays are not allowed"),
    ],
)
def test_a_broken_rule_is_a_failure_and_stops_no_other(changes: dict[str, Any], reason: str) -> None:
    broken, good = make_rule(name="broken", **changes), make_rule(name="good")
    found = find_subjects(make_event(), make_bundle(broken, good))
    failures = [one for one in found if isinstance(one, Failure)]
    assert [one.rule.name for one in failures] == ["broken"]
    assert reason in failures[0].reason
    assert Subject(good, HOST) in found


def test_an_object_of_another_account_is_named_in_full() -> None:
    event = make_event()
    raw = {**event.raw, "account": "999999999999", "region": "eu-west-1"}
    elsewhere = event._replace(raw=raw, home=event.home._replace(account="999999999999", region="eu-west-1"))
    (subject,) = find_subjects(elsewhere, make_bundle(make_rule()))
    assert isinstance(subject, Subject)
    assert str(subject.object) == "999999999999/eu-west-1/host/i-0a"


def test_a_run_decision_records_everything_it_was_computed_from() -> None:
    decision = decide_with(RUN)
    assert decision.id == dispatch_id(Origin("event-1", "host_stopped", str(HOST)))
    assert (decision.action, decision.workflow, decision.input) == (Action.RUN, "host_reboot", {"host": "i-0a"})
    assert (decision.event_id, decision.root_id, decision.hops) == ("event-1", "event-1", 0)
    assert (decision.service, decision.tier) == ("checkout", "P1")
    assert (decision.bundle_version, decision.decided_at, decision.home) == ("v1", NOW, HOST.home)
    assert decision.goal == Goal('$object.state = "running"', 1800)
    assert decision.reason == "branch 1: the default"
    assert [(one.branch, one.result) for one in decision.trials] == [(None, True), (0, True)]


def test_the_first_true_branch_wins_and_the_ones_before_say_why_not() -> None:
    decision = decide_with(
        Branch(when='$object.tier = "P0"', page="sre"),
        Branch(when='$object.zone = "us-east-1a"', ignore="zone evacuated"),
        RUN,
    )
    assert (decision.action, decision.reason, decision.page) == (Action.IGNORE, "zone evacuated", None)
    assert [one.result for one in decision.trials] == [True, False, True]
    assert decision.trials[1].reason == '$object.tier = "P0" is false: "P1" = "P0"'
    assert decision.trials[2].reason == '$object.zone = "us-east-1a" is true'


def test_a_page_decision_names_who_is_paged() -> None:
    decision = decide_with(Branch(when=None, page="sre-oncall"))
    assert (decision.action, decision.page, decision.workflow) == (Action.PAGE, "sre-oncall", "")


def test_the_decision_does_not_depend_on_the_branch_for_its_id() -> None:
    assert decide_with(RUN).id == decide_with(Branch(when=None, page="sre")).id


def test_a_condition_that_fails_makes_the_decision_failed_with_the_reason() -> None:
    decision = decide_with(Branch(when="$event.detail.flag", page="sre"), RUN)
    assert decision.action is Action.FAILED
    assert decision.reason.startswith("branch 1: The expression '$event.detail.flag' failed: it is undefined")
    assert decision.trials[-1].result is None
    assert len(decision.trials) == 2


@pytest.mark.parametrize(
    ("branch", "reason"),
    [
        (Branch(when=None, run="nothing"), "no workflow or atom is called 'nothing'"),
        (
            Branch(when=None, run="host_reboot", with_={"host": "{% $event.x %}"}),
            "with: The expression '$event.x' failed",
        ),
        (Branch(when="false", page="sre"), "no branch is true and the rule has no default"),
        (Branch(when='$runs("nothing", "8h") > 1', page="sre"), "no workflow or atom is called 'nothing'"),
        (Branch(when='$runs("host_reboot", "8 hours") > 1', page="sre"), "'8 hours' is not a duration"),
        (Branch(when="$runs(1) > 1", page="sre"), "$runs takes a workflow and a window"),
        (Branch(when="$history > 1", page="sre"), "it is undefined"),
    ],
)
def test_what_cannot_be_decided_is_failed_and_runs_nothing(branch: Branch, reason: str) -> None:
    decision = decide_with(branch)
    assert decision.action is Action.FAILED
    assert reason in decision.reason
    assert (decision.workflow, decision.input, decision.page) == ("", {}, None)


@pytest.mark.parametrize(
    ("ages", "window", "expected"),
    [
        ([], "8h", 0),
        ([1, 7], "8h", 2),
        ([1, 8], "8h", 1),
        ([1, 9], "8h", 1),
        ([30], "1d", 0),
        ([0.01], "90s", 1),
        ([-1], "8h", 1),
    ],
)
def test_runs_counts_the_starts_of_that_workflow_within_the_window(
    ages: list[float], window: str, expected: Any
) -> None:
    history = History(
        (*(("host_reboot", NOW - timedelta(hours=age)) for age in ages), ("host_replace", NOW - timedelta(hours=1)))
    )
    decision = decide_with(
        Branch(when=f'$runs("host_reboot", "{window}") = {expected}', page="sre"), RUN, history=history
    )
    assert decision.action is Action.PAGE


@pytest.mark.parametrize(
    "condition",
    [
        '$object.id = "123456789012/us-east-1/host/i-0a"',
        '$object.name = "i-0a" and $object.kind = "host"',
        '$object.account = "123456789012" and $object.region = "us-east-1"',
        '$object.state = "stopped" and $object.state_at = "2026-03-11T21:30:00+00:00"',
        '$object.labels.target_group = "arn:tg"',
        '$object.service = "checkout" and $object.zone = "us-east-1a" and $object.tier = "P1"',
        '$service.name = "checkout" and $service.tier = "P1" and $service.owner = "shop"',
        '$event.detail.state = "stopped" and $event."detail-type" = "EC2 Instance State-change Notification"',
        '$now() = "2026-03-11T21:30:00.000Z"',
    ],
)
def test_a_branch_sees_the_event_the_object_the_service_and_the_recorded_time(condition: str) -> None:
    assert decide_with(Branch(when=condition, page="sre"), RUN).action is Action.PAGE


def test_an_object_outside_every_service_has_no_service_and_the_default_tier() -> None:
    decision = decide_with(Branch(when="$service = null and $object.service = null", page="sre"), RUN, labels={})
    assert (decision.action, decision.service, decision.tier) == (Action.PAGE, None, "P2")


def test_a_shadow_rule_decides_and_says_so() -> None:
    decision = decide_with(RUN, mode=RuleMode.SHADOW)
    assert (decision.action, decision.mode) == (Action.RUN, RuleMode.SHADOW)


@pytest.mark.parametrize(("hops", "action"), [(8, Action.RUN), (9, Action.HELD)])
def test_a_chain_longer_than_the_limit_is_held(hops: int, action: Action) -> None:
    decision = decide_with(RUN, event=make_event(hops=hops, root_id="root-1"))
    assert decision.action is action
    if action is Action.HELD:
        assert decision.reason == "9 dispatches lie between event root-1 and this one, and the limit is 8"
        assert decision.workflow == ""


@pytest.mark.parametrize(
    ("until", "state", "met"),
    [
        ('$object.state = "running"', "running", True),
        ('$object.state = "running"', "stopped", False),
        ('$object.state = "running"', None, False),
        ("$object.labels.ready", "running", None),
        ("$event.detail.state = 'x'", "running", False),
        ("$object.state", "running", None),
    ],
)
def test_a_goal_is_met_or_not_or_cannot_be_told(until: str, state: str | None, *, met: bool | None) -> None:
    assert evaluate_goal(Goal(until, 60), make_view(make_bundle(), state=state), NOW) is met


def test_a_rule_that_cannot_say_its_object_still_leaves_a_decision() -> None:
    rule = make_rule(object="host/{% $event.detail.missing %}")
    bundle = make_bundle(rule)
    (failure,) = find_subjects(make_event(), bundle)
    assert isinstance(failure, Failure)
    decision = decide_failure(make_event(), failure, bundle, NOW)
    assert (decision.action, decision.object, decision.reason) == (Action.FAILED, None, failure.reason)
    assert decision.id != decide_with(RUN).id
