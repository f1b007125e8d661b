"""Fields that no event of the type has, and that nothing is said where the type is not known."""

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.catalog.model import Batch, BatchPolicy, Branch
from chalicelib.control.claims.conflicts import judge_pair
from dsl.policies.lint import lint_rules
from dsl.policies.lint.event_fields import EVENT_FIELDS, find_unknown, list_paths
from tests.builders import make_bundle, make_rule

EVENTS = [json.loads(path.read_text()) for path in (Path(__file__).parents[2] / "corpus" / "events").glob("*.json")]
EC2 = {"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"]}
DEFAULT = Branch(when=None, ignore="no")


def find(**changes: Any) -> list[tuple[str, str]]:
    rule = make_rule(**{"match": EC2, "branches": (DEFAULT,), "object": "host/x", **changes})
    found = lint_rules(make_bundle(rules=(rule,)), {}, judge_pair)
    return [(one.message, one.hint or "") for one in found if one.code == "W726"]


@pytest.mark.parametrize("event", EVENTS, ids=[one["id"] for one in EVENTS])
def test_every_event_of_the_corpus_has_known_fields_only(event: dict[str, Any]) -> None:
    fields = EVENT_FIELDS.get((event["source"], event["detail-type"]))
    if fields is not None:
        assert [path for path in list_paths(event["detail"]) if find_unknown(fields, path)] == []


def test_the_corpus_has_an_event_of_most_known_types() -> None:
    seen = {(one["source"], one["detail-type"]) for one in EVENTS}
    assert len(seen & EVENT_FIELDS.keys()) >= 14


def test_a_field_of_the_pattern_that_no_such_event_has_is_told_with_the_nearest() -> None:
    ((message, hint),) = find(match={**EC2, "detail": {"states": ["stopped"]}})
    assert (
        message == "`detail.states`: no event `EC2 Instance State-change Notification` of aws.ec2 has a field `states`"
    )
    assert hint == "did you mean 'state'?"
    assert find(match={**EC2, "detail": {"state": ["stopped"]}}) == []
    assert len(find(match={**EC2, "detail": {"state": {"value": ["stopped"]}}})) == 1


def test_so_is_one_of_an_expression_wherever_it_stands() -> None:
    text = '{% $event.detail."instance_id" %}'
    targets: dict[str, Any] = {"kind": "host", "zone": text, "service": None, "labels": {}, "healthy": None}
    for changes in (
        {"object": f"host/{text}"},
        {"branches": (Branch(when='$event.detail.instance_id = "i"', page="sre"), DEFAULT)},
        {"branches": (Branch(when=None, run="host_reboot", with_={"host": [text]}),)},
        {"batch": Batch(targets, BatchPolicy())},
    ):
        ((message, hint),) = find(**changes)
        assert "has a field `instance_id`" in message
        assert hint == "did you mean 'instance-id'?"


def test_nothing_is_said_where_one_of_the_types_has_the_field_or_is_not_known() -> None:
    alarm = ["EC2 Instance State-change Notification", "EC2 Spot Instance Interruption Warning"]
    field = {"instance-action": ["terminate"]}
    assert find(match={"source": ["aws.ec2"], "detail-type": alarm, "detail": field}) == []
    assert find(match={"source": ["aws.ec2"], "detail": {"any": ["x"]}}) == []
    assert find(match={"source": ["my.app"], "detail-type": ["Deployed"], "detail": {"any": ["x"]}}) == []
    assert find(match={"source": [{"prefix": "aws."}], "detail-type": alarm, "detail": {"any": ["x"]}}) == []


def test_fields_of_any_name_and_absent_ones_are_left_alone() -> None:
    match = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}
    metric = {"metricStat": {"metric": {"dimensions": {"InstanceId": ["i-0"]}}}}
    assert find(match={**match, "detail": {"configuration": {"metrics": metric}}}) == []
    assert find(match={**EC2, "detail": {"reason": [{"exists": False}]}}) == []
