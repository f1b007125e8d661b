"""What each source observes in the events of the corpus."""

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.events.parse import parse
from chalicelib.identity import Home

CORPUS = Path(__file__).parents[2] / "corpus" / "events"
HOME = Home("123456789012", "us-east-1")


def read_corpus(name: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads((CORPUS / f"{name}.json").read_text())
    return payload


SEEN: list[tuple[str, str, str, dict[str, str], str]] = [
    ("autoscaling_launched", "host/i-0c1d2e3f4a5b6c7d8", "running", {"group": "checkout", "zone": "us-east-1b"}, "21:50:00"),
    ("autoscaling_terminated", "host/i-0c1d2e3f4a5b6c7d8", "terminated", {"group": "checkout", "zone": "us-east-1b"}, "21:50:00"),
    ("cloudwatch_alarm", "alarm/checkout-5xx", "ALARM", {"metric": "HTTPCode_Target_5XX_Count"}, "21:56:00"),
    (
        "cloudwatch_alarm_unhealthy_targets", "alarm/checkout-unhealthy", "ALARM",
        {"TargetGroup": "targetgroup/checkout/73e2d6bc24d8a067", "LoadBalancer": "app/checkout/50dc6c495c0c9188", "metric": "UnHealthyHostCount", "namespace": "AWS/ApplicationELB"},
        "21:50:25.120000",
    ),
    ("ec2_stopped", "host/i-0abcd1111", "stopped", {}, "21:29:54"),
    ("ecs_task_stopped", "task/0b69d5c0d655477bad0b3d3b5b1f2a4c", "STOPPED", {"cluster": "web", "ecs_service": "checkout", "stop_code": "EssentialContainerExited"}, "21:50:00"),
    ("ecs_task_running", "task/c13b4cb40f1f4fe4a2971f76ae5a47ad", "RUNNING", {"cluster": "web", "ecs_service": "checkout", "zone": "us-east-1c"}, "21:48:51.500000"),
    ("ecs_deployment_failed", "ecs_service/web:checkout", "SERVICE_DEPLOYMENT_FAILED", {"cluster": "web", "ecs_service": "checkout", "deployment": "ecs-svc/9370695564195283180"}, "21:49:31"),
    ("ecs_service_steady", "ecs_service/web:checkout", "SERVICE_STEADY_STATE", {"cluster": "web", "ecs_service": "checkout"}, "21:49:45"),
    (
        "health_issue_open", "health/AWS_EC2_OPERATIONAL_ISSUE_7f35c8ae-af1f-54e6-a526-d0179ed6d68f", "open",
        {"aws_service": "EC2", "type": "AWS_EC2_OPERATIONAL_ISSUE", "category": "issue"}, "21:50:00",
    ),
    ("rds_stopped", "db/ledger-1", "stopped", {}, "21:49:57.110000"),
    ("acm_expiring", "certificate/61f50cd4-45b9-4259-b049-d0a53682fa4b", "expiring", {"domain": "checkout.example.com", "days_to_expiry": "31"}, "21:50:00"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "about", "state", "labels", "at"), SEEN, ids=[case[0] for case in SEEN])
def test_a_source_observes_the_object_its_state_and_labels(
    name: str, about: str, state: str, labels: dict[str, str], at: str
) -> None:
    (seen,) = parse(read_corpus(name), HOME).observations
    assert (seen.object.short, seen.object.home) == (about, HOME)
    assert (seen.state, seen.labels) == (state, labels)
    assert seen.at.isoformat() == f"2026-03-11T{at}+00:00"


@pytest.mark.parametrize(
    "name",
    [
        "autoscaling_launch_failed",
        "autoscaling_lifecycle_terminate",
        "cloudwatch_composite_alarm",  # its name has a slash
        "ec2_rebalance_recommendation",
        "ec2_spot_interruption",
        "hostile_strings",
        "rds_cluster_failover",
        "scheduled_event",
        "scheduler_event",
    ],
)
def test_an_event_that_tells_no_state_has_no_observation(name: str) -> None:
    assert parse(read_corpus(name), HOME).observations == ()


@pytest.mark.parametrize("name", sorted({case[0] for case in SEEN} - {"ec2_stopped"}))
def test_an_event_of_another_shape_is_still_an_event(name: str) -> None:
    raw = read_corpus(name)
    values: tuple[Any, ...] = (None, 7, [{}], {"name": 7})
    for value in values:
        damaged = {**raw, "detail": dict.fromkeys(raw["detail"], value), "resources": [7]}
        assert parse(damaged, HOME).observations == ()
    assert parse({**raw, "detail": {}, "resources": "x"}, HOME).observations == ()


def test_another_kind_of_event_of_a_known_source_has_no_observation() -> None:
    for name, *_ in SEEN:
        assert parse({**read_corpus(name), "detail-type": "Something Else"}, HOME).observations == ()
