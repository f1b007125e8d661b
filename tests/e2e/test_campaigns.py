"""A campaign through the deployed functions: hosts known by their target group, in batches, a question, a stop, a schedule."""

import json
import re
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from infra.build import build_project
from infra.client import ApiClient, ApiRefused
from infra.cloud import Cloud
from infra.demo.principals import make_principal
from infra.deploy import Order, deploy
from infra.project import Project, find_project
from infra.scaffold.create import create_content
from tests.e2e.conftest import Await

pytestmark = pytest.mark.e2e

SERVICES = """\
kind: services
tiers: [{name: P1, page: sre-oncall}]
default_tier: P1
services:
  - {name: shop, tier: P1, owner: shop-oncall, select: [{target_group: roll-shop}]}
  - {name: jobs, tier: P1, owner: jobs-oncall, labels: {service: roll-jobs}}
"""
RULE = """\
kind: rule
name: roll
description: All hosts of a service are rebooted, one after the other.
mode: active
match: {source: [ops.roll], detail-type: [Roll]}
object: service/{% $event.detail.service %}
decide:
  - default: true
    run: ec2.reboot
    with: {instance_id: "{% $target.name %}"}
batch:
  targets: {kind: host, service: "{% $object.name %}"}
  steps: [1]
  stop: {failures: "25%"}
  pause_for_approval: first
  approval: {from: ["user/ops-*"], expires: 1h}
"""
CLOCK = """\
kind: rule
name: every_minute
mode: active
schedule: {cron: "* * * * ? *"}
object: service/shop
decide:
  - default: true
    run: elb.describe_targets
    with: {target_group: roll-shop}
"""
ZONED = CLOCK.replace("every_minute", "sundays").replace('"* * * * ? *"', '"0 3 ? * SUN *", timezone: Europe/Berlin')


AT = "2026-03-29T01:00:00Z"


class Deployed(NamedTuple):
    """A stage of its own, and people who may answer."""

    cloud: Cloud
    outputs: dict[str, str]
    ana: ApiClient
    ben: ApiClient

    def invoke(self, raw: dict[str, Any]) -> Any:
        """Deliver an event to the decision function and wait for its answer."""
        call = self.cloud.client("lambda").invoke
        answer = call(FunctionName=self.outputs["FunctionDecide"], Payload=json.dumps(raw))
        return json.loads(answer["Payload"].read())

    def roll(self, service: str) -> str:
        """Put the event on the bus and give its id."""
        entry = {"Source": "ops.roll", "DetailType": "Roll", "Detail": json.dumps({"service": service}),
                 "EventBusName": self.outputs["Bus"]}  # fmt: skip
        found: str = self.cloud.client("events").put_events(Entries=[entry])["Entries"][0]["EventId"]
        return found

    def find_campaign(self, event: str) -> dict[str, Any] | None:
        """Give the campaign that an event began, None if it is not decided yet."""
        return next((one for one in self.list_decided(event) if one["object"].startswith("service/")), None)

    def list_decided(self, event: str) -> list[dict[str, Any]]:
        """Give what was decided of an event, none if it is not known yet."""
        try:
            found: list[dict[str, Any]] = self.ana.explain_event(event)["decisions"]
        except ApiRefused as refusal:
            if refusal.problem.get("status") != HTTPStatus.NOT_FOUND:
                raise
            return []
        return found

    def list_members(self, campaign: str, count: int) -> list[dict[str, Any]]:
        """Give the dispatches on its hosts, in the order of their batches; they and it are the latest of its rule."""
        rows = self.ana.list_dispatches(count + 1, rule="roll")
        found = [self.ana.read_dispatch(one["id"]) for one in rows if one["id"] != campaign]
        return sorted((one for one in found if one["campaign"] == campaign), key=lambda one: int(one["batch"]))


@pytest.fixture(scope="module")
def stage(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    own = Project(find_project().root, tmp_path_factory.mktemp("campaigns") / "ops")
    create_content(own)
    write(own.policies / "services.yaml", SERVICES)
    write(own.policies / "catalog.yaml", "kind: catalog\noffer: [ec2.reboot, elb.describe_targets]\n")
    for name, text in (("roll", RULE), ("every_minute", CLOCK), ("sundays", ZONED)):
        write(own.policies / "rules" / f"{name}.yaml", text)
    outputs = deploy(cloud, own, build_project(own), Order("roll"), lambda _line: None)
    tag = uuid4().hex[:6]
    ana, ben = (ApiClient(make_principal(cloud, f"{name}-{tag}"), outputs) for name in ("ana", "ops-ben"))
    return Deployed(cloud, outputs, ana, ben)


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def make_shop(cloud: Cloud) -> list[str]:
    """Launch four hosts and put them behind the target group."""
    ec2, elb = cloud.client("ec2"), cloud.client("elbv2")
    launched = ec2.run_instances(ImageId="ami-12345678", InstanceType="t3.micro", MinCount=4, MaxCount=4)
    hosts = sorted(one["InstanceId"] for one in launched["Instances"])
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = elb.create_target_group(Name="roll-shop", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]
    elb.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=[{"Id": one} for one in hosts])
    return hosts


def test_four_hosts_of_a_target_group_are_rebooted_one_after_the_other_once_people_have_seen_the_first(
    stage: Deployed, eventually: Await
) -> None:
    hosts = make_shop(stage.cloud)
    listing = stage.ana.start("elb.describe_targets", {"target_group": "roll-shop"})["id"]
    eventually(lambda: stage.ana.read_dispatch(listing)["ended_at"])
    assert stage.ana.read_dispatch(listing)["state"] == "succeeded", stage.ana.read_dispatch(listing)
    eventually(lambda: len(list(stage.ana.list_objects("host", 10, service="shop"))) == len(hosts))

    event = stage.roll("shop")
    campaign = eventually(lambda: stage.find_campaign(event))["id"]
    [asked] = eventually(lambda: stage.ben.list_approvals(campaign))
    [first] = stage.list_members(campaign, 1)
    assert (first["object"], first["state"]) == (f"host/{hosts[0]}", "succeeded")
    assert stage.ana.read_dispatch(campaign)["state"] == "rolling"

    assert stage.ben.reply(asked["id"], "approve", asked["hash"], "the first is well")["changed"] is True
    eventually(lambda: stage.ana.read_dispatch(campaign)["state"] == "succeeded")
    members = stage.list_members(campaign, 4)
    assert [one["object"] for one in members] == [f"host/{one}" for one in hosts]
    assert {one["state"] for one in members} == {"succeeded"}
    for earlier, later in pairwise(members):
        assert later["created_at"] >= earlier["ended_at"], "a batch begins when the one before it is over"
    assert stage.ana.list_locks()["locks"] == []


def test_a_campaign_whose_hosts_fail_is_stopped_and_the_rest_is_left_alone(stage: Deployed, eventually: Await) -> None:
    hosts = sorted(f"i-{uuid4().hex[:17]}" for _ in range(4))  # which EC2 does not know
    for host in hosts:
        seen = {"object": f"host/{host}", "state": "running", "at": datetime.now(UTC).isoformat(),
                "labels": {"service": "roll-jobs"}, "root_id": "e-seen", "hops": 1}  # fmt: skip
        told = {"id": uuid4().hex, "source": "interlock", "detail-type": "Object State Changed", "detail": seen}
        stage.invoke({**told, "time": seen["at"]})
    event = stage.roll("jobs")
    campaign = eventually(lambda: stage.find_campaign(event))["id"]
    [asked] = eventually(lambda: stage.ben.list_approvals(campaign))
    stage.ben.reply(asked["id"], "approve", asked["hash"], "one of four may fail")
    eventually(lambda: stage.ana.read_dispatch(campaign)["state"] == "failed")
    members = stage.list_members(campaign, 2)
    assert [(one["object"], one["state"], one["error"]) for one in members] == [
        (f"host/{one}", "failed", "NotFound") for one in hosts[:2]
    ]
    assert stage.ana.read_dispatch(campaign)["reason"] == "stopped in batch 2 of 4: 2 of 4 failed, 25% may"


def test_an_event_that_nests_a_thousand_deep_is_a_dead_letter_with_its_cause(stage: Deployed) -> None:
    deep = '{"a":' * 1000 + "1" + "}" * 1000
    event = f"deep-{uuid4().hex}"
    text = json.dumps({"id": event, "source": "ops.roll", "detail-type": "Roll", "time": AT, "detail": "DEEP"})
    payload = text.replace('"DEEP"', deep).encode()
    answer = stage.cloud.client("lambda").invoke(FunctionName=stage.outputs["FunctionDecide"], Payload=payload)
    assert json.loads(answer["Payload"].read())["outcome"] == "dead letter"
    [cause] = stage.ana.explain_event(event)["causes"]
    assert "nests deeper than 100 levels" in cause


def find_clock(stage: Deployed) -> dict[str, Any]:
    """Give the schedule in EventBridge and its target."""
    events = stage.cloud.client("events")
    rules = [one for page in events.get_paginator("list_rules").paginate() for one in page["Rules"]]
    name = next(one["Name"] for one in rules if one.get("ScheduleExpression") == "cron(* * * * ? *)")
    [target] = events.list_targets_by_rule(Rule=name)["Targets"]
    found: dict[str, Any] = target
    return found


def test_what_a_schedule_sends_is_decided_once_however_often_it_comes(stage: Deployed) -> None:
    target = find_clock(stage)
    assert target["Arn"].endswith(stage.outputs["FunctionDecide"].rpartition(":")[2])
    text = target["InputTransformer"]["InputTemplate"]
    due = json.loads(text.replace('"time": <time>', f'"time": "{AT}"').replace("<time>", AT))
    first, again = stage.invoke(due), stage.invoke(due)
    [one], [other] = first["verdicts"], again["verdicts"]
    assert (first["event"], one["duplicate"], other["duplicate"]) == (f"every_minute@{AT}", False, True)
    assert one["dispatch"] == other["dispatch"]
    [kept] = stage.ana.explain_event(f"every_minute@{AT}")["decisions"]
    assert (kept["rule"], kept["workflow"]) == ("every_minute", "elb.describe_targets")


def test_one_by_the_clocks_of_a_zone_is_deployed_to_scheduler(stage: Deployed) -> None:
    scheduler = stage.cloud.client("scheduler")
    found = [scheduler.get_schedule(Name=one["Name"]) for one in scheduler.list_schedules()["Schedules"]]
    [made] = [
        one
        for one in found
        if one["ScheduleExpression"] == "cron(0 3 ? * SUN *)" and "sundays" in one["Target"]["Input"]
    ]
    assert json.loads(made["Target"]["Input"])["id"] == "sundays@<aws.scheduler.scheduled-time>"


@pytest.mark.slow
def test_the_schedule_fires_by_itself_within_some_minutes(stage: Deployed) -> None:
    end = monotonic() + 150
    fired: set[str] = set()
    while not fired and monotonic() < end:
        sleep(2)  # the local AWS looks at its schedules every ten seconds of real time
        rows = [stage.ana.read_dispatch(one["id"]) for one in stage.ana.list_dispatches(3, rule="every_minute")]
        fired = {one["event_id"] for one in rows} - {f"every_minute@{AT}"}
    assert fired
    assert all(re.fullmatch(r"every_minute@\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", one) for one in fired)
