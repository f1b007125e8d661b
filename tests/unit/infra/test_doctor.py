"""Each check of the doctor, well and unwell, over fake clients and the API over fakes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.catalog.model import Access, Grant, Role
from chalicelib.catalog.pagers import Pager, Pagers
from chalicelib.control.intake import handle_event
from infra.client import ApiClient
from infra.cloud import Cloud
from infra.compiled import Build
from infra.doctor.checks import access, account, bundle, deliveries, dispatches, journal, letters, pagers, quotas, stack
from infra.doctor.examine import examine
from infra.doctor.finding import Check, Finding, Level, Patient
from infra.functions import CORE
from infra.template.pagers import name_output
from tests.builders import make_bundle
from tests.unit.infra.connected import Stage

QUEUES = {"DeadQueueUrl": "https://sqs/dead", "HoldQueueUrl": "https://sqs/hold", "StartQueueUrl": "https://sqs/start"}
FUNCTIONS = {f"Function{one}": one.lower() for one in ("Decide", "Settle", "Reconcile", "Start", "Publish")}


def refuse(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "said so"}}, "Ask")


@dataclass
class Fake:
    """A client: the answer of each call, or the error that it raises; a list is answered page by page."""

    answers: Mapping[str, Any]
    pages: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        def call(**_: Any) -> Any:
            answer = self.answers[name]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_paginator(self, name: str) -> "Fake":
        return Fake({"paginate": self.pages[name]})


def make_patient(stage: Stage | None = None, /, **clients: Fake) -> Patient:
    stage = stage or Stage()
    session = boto3.Session("a", "b", region_name="eu-west-1")
    known: dict[str, Any] = {name.replace("_", "-"): fake for name, fake in clients.items()}
    cloud = Cloud(session, "eu-west-1", None, known)
    bundle = stage.core.bundle
    api: ApiClient = stage.api
    machine = {"States": {"one": {"Type": "Task"}}}
    build = Build(bundle, "", {}, {"host_reboot": machine})
    now = stage.core.clock.now()
    return Patient(cloud, "dev", {**QUEUES, **FUNCTIONS}, api, build, now)


def levels(found: Any) -> list[str]:
    return [str(one.level) for one in found]


@pytest.mark.parametrize(("arn", "level"), [("arn:aws:iam::1:user/ana", "ok"), ("arn:aws:iam::1:root", "warn")])
def test_the_root_user_is_warned_of(arn: str, level: str) -> None:
    (found,) = account.check(make_patient(sts=Fake({"get_caller_identity": {"Arn": arn}})))
    assert (found.level, arn in found.found) == (level, True)


@pytest.mark.parametrize(
    ("status", "level"),
    [("UPDATE_COMPLETE", "ok"), ("UPDATE_IN_PROGRESS", "warn"), ("UPDATE_ROLLBACK_COMPLETE", "fail")],
)
def test_a_stack_is_well_if_its_last_deployment_was(status: str, level: str) -> None:
    fake = Fake({"describe_stacks": {"Stacks": [{"StackStatus": status}]}})
    assert levels(stack.check_status(make_patient(cloudformation=fake))) == [level]


@pytest.mark.parametrize(
    ("status", "level", "text"),
    [
        ({"DetectionStatus": "DETECTION_COMPLETE", "StackDriftStatus": "IN_SYNC"}, "ok", "none"),
        ({"DetectionStatus": "DETECTION_COMPLETE", "StackDriftStatus": "DRIFTED"}, "fail", "HoldQueue modified"),
        ({"DetectionStatus": "DETECTION_FAILED", "DetectionStatusReason": "no rights"}, "warn", "no rights"),
    ],
)
def test_what_was_changed_by_hand_is_named(status: dict[str, str], level: str, text: str) -> None:
    drifts = [{"LogicalResourceId": "HoldQueue", "StackResourceDriftStatus": "MODIFIED"}]
    fake = Fake(
        {
            "detect_stack_drift": {"StackDriftDetectionId": "d"},
            "describe_stack_drift_detection_status": status,
            "describe_stack_resource_drifts": {"StackResourceDrifts": drifts},
        }
    )
    (found,) = stack.check_drift(make_patient(cloudformation=fake))
    assert (found.level, text in found.found) == (level, True)


def test_another_bundle_than_the_checkouts_is_told() -> None:
    patient = make_patient()
    assert levels(bundle.check(patient)) == ["ok"]
    other = replace(patient.build, bundle=replace(patient.build.bundle, version="bundle-2"))
    (found,) = bundle.check(replace(patient, build=other))
    assert (found.level, "bundle-1 is deployed" in found.found) == ("warn", True)


def test_an_open_door_is_warned_of_and_a_missing_role_fails() -> None:
    assert levels(access.check(make_patient())) == ["ok", "warn"]
    stage = Stage()
    stage.core.bundle = make_bundle(access=Access((Grant(("arn:aws:iam::1:user/other",), Role.ADMIN),)))
    assert levels(access.check(make_patient(stage))) == ["fail"]


def give_quota(value: float) -> Fake:
    return Fake({"get_service_quota": {"Quota": {"Value": value}}})


@pytest.mark.parametrize(("value", "level"), [(1000, "ok"), (len(CORE) + 1, "ok"), (len(CORE), "fail")])
def test_concurrency_must_hold_the_widest_workflow_and_the_core(value: float, level: str) -> None:
    assert levels(quotas.check_concurrency(make_patient(service_quotas=give_quota(value)))) == [level]


@pytest.mark.parametrize(("value", "level"), [(300, "ok"), (3, "warn")])
def test_rules_of_all_are_counted(value: float, level: str) -> None:
    events = Fake({}, {"list_rules": [{"Rules": [{}, {}]}, {"Rules": [{}]}]})
    assert levels(quotas.check_rules(make_patient(service_quotas=give_quota(value), events=events))) == [level]


@pytest.mark.parametrize(("value", "level"), [(300, "ok"), (150, "warn")])
def test_what_the_queue_of_starts_may_take_is_compared_with_the_accounts_quota(value: float, level: str) -> None:
    others = [{"QuotaName": "StartExecution throttle token refill rate for Express Workflows", "Value": 6000}]
    listed = [
        {"Quotas": others},
        {"Quotas": [{"QuotaName": "StartExecution throttle token refill rate", "Value": value}]},
    ]
    fake = Fake({}, {"list_service_quotas": listed})
    (found,) = quotas.check_starts(make_patient(service_quotas=fake))
    assert (found.level, "at most 180 a second" in found.found) == (level, True), (
        "eu-west-1 is one of the large regions"
    )


def test_where_the_account_lists_no_quota_of_starts_the_default_counts_or_nothing() -> None:
    none: list[dict[str, Any]] = [{"Quotas": []}]
    some = [{"Quotas": [{"QuotaName": "StartExecution refill", "Value": 300}]}]
    fake = Fake({}, {"list_service_quotas": none, "list_aws_default_service_quotas": some})
    assert levels(quotas.check_starts(make_patient(service_quotas=fake))) == ["ok"]
    fake = Fake({}, {"list_service_quotas": none, "list_aws_default_service_quotas": none})
    assert levels(quotas.check_starts(make_patient(service_quotas=fake))) == ["warn"]


def test_roles_come_from_iam_itself() -> None:
    iam = Fake({"get_account_summary": {"SummaryMap": {"Roles": 950, "RolesQuota": 1000}}})
    assert levels(quotas.check_roles(make_patient(iam=iam))) == ["warn"]


def test_where_the_account_has_no_value_of_its_own_awss_default_counts() -> None:
    missing = {"get_service_quota": refuse("NoSuchResourceException")}
    default = [{"Quotas": [{"QuotaCode": quotas.CONCURRENT_EXECUTIONS[1], "Value": 7}]}]
    fake = Fake(missing, {"list_aws_default_service_quotas": default})
    (found,) = quotas.check_concurrency(make_patient(service_quotas=fake))
    assert found.found.startswith("7 executions")
    fake = Fake(missing, {"list_aws_default_service_quotas": [{"Quotas": []}]})
    assert levels(quotas.check_concurrency(make_patient(service_quotas=fake))) == ["warn"]


def test_the_width_of_a_machine_is_what_may_run_at_one_time() -> None:
    task = {"Type": "Task"}
    one = {"States": {"a": task, "b": task}}
    loop = {"Type": "Map", "MaxConcurrency": 5, "ItemProcessor": one}
    beside = {"Type": "Parallel", "Branches": [one, {"States": {"l": loop}}]}
    assert quotas.measure_width({"States": {"p": beside, "w": {"Type": "Wait"}}}) == 6
    assert quotas.measure_width({"States": {"l": {**loop, "MaxConcurrency": 0}}}) == 40


def watch(values: Mapping[int, float], held: float = 0) -> dict[str, Fake]:
    resources = [{"ResourceType": "AWS::Events::Rule", "PhysicalResourceId": "interlock-dev-EveryMinute"}]
    results = [{"Id": f"m{index}", "Values": [value]} for index, value in values.items()]
    return {
        "cloudformation": Fake({}, {"list_stack_resources": [{"StackResourceSummaries": resources}]}),
        "cloudwatch": Fake({"get_metric_data": {"MetricDataResults": results or [{"Id": "m0", "Values": [held]}]}}),
    }


def test_what_failed_in_the_last_day_is_named() -> None:
    assert levels(deliveries.check_metrics(make_patient(**watch({0: 0, 1: 0})))) == ["ok"]
    (found,) = deliveries.check_metrics(make_patient(**watch({0: 3, 1: 0})))
    assert (found.level, found.found) == ("warn", "interlock-dev-EveryMinute: not delivered: 3 in the last day")


@pytest.mark.parametrize(
    ("count", "oldest", "expected"), [("0", 0, ["ok", "ok", "ok"]), ("2", 5000, ["fail", "fail", "warn"])]
)
def test_a_dead_message_and_one_that_nobody_takes_fail(count: str, oldest: float, expected: list[str]) -> None:
    sqs = Fake({"get_queue_attributes": {"Attributes": {"ApproximateNumberOfMessages": count}}})
    patient = make_patient(sqs=sqs, **watch({}, oldest))
    assert levels(deliveries.check_queues(patient)) == expected


def map_stream(*results: str, state: str = "Enabled") -> Fake:
    mappings = [{"UUID": "u", "State": state, "LastProcessingResult": one} for one in results]
    return Fake({"list_event_source_mappings": {"EventSourceMappings": mappings}})


@pytest.mark.parametrize(
    ("mapping", "age_ms", "expected"),
    [
        (map_stream("OK"), 1500, ["ok"]),
        (map_stream("OK"), 900_000, ["fail"]),
        (map_stream("PROBLEM: Function call failed"), 0, ["ok", "warn"]),
        (map_stream("OK", state="Disabled"), 0, ["fail"]),
        (map_stream(), 0, ["fail"]),
    ],
)
def test_a_journal_that_lags_fails_or_is_off_is_told(mapping: Fake, age_ms: float, expected: list[str]) -> None:
    clients = {**watch({}, age_ms), "lambda": mapping}
    assert levels(journal.check(make_patient(**clients))) == expected


def test_dead_letters_are_counted() -> None:
    stage = Stage()
    assert levels(letters.check(make_patient(stage))) == ["ok"]
    handle_event({"id": "x"}, stage.core.bundle, stage.core.home, stage.core.ports)
    (found,) = letters.check(make_patient(stage))
    assert (found.level, found.found.startswith("1 in the last 7 days")) == ("warn", True)


def test_stuck_fails_and_overdue_warns() -> None:
    stage = Stage()
    assert levels(dispatches.check(make_patient(stage))) == ["ok"]
    started = stage.api.start("host_reboot", {"host": "i-0a"})["id"]
    assert levels(dispatches.check(make_patient(stage))) == ["ok"]
    patient = make_patient(stage)
    late = replace(patient, now=patient.now + timedelta(hours=2))
    (found,) = dispatches.check(late)
    assert (found.level, found.what, started in found.found) == ("warn", "overdue", True)


def test_a_check_that_cannot_look_is_a_line_and_the_others_look() -> None:
    def denied(_: Patient) -> list[Finding]:
        raise refuse("AccessDeniedException")

    def well(_: Patient) -> list[Finding]:
        return [Finding(Level.OK, "it", "well")]

    checks: list[tuple[str, Check]] = [("denied", denied), ("well", well)]
    first, second = examine(make_patient(), checks)
    assert (first.level, first.what, second.level) == ("warn", "denied", "ok")
    assert "right" in first.advice


@pytest.mark.parametrize(("there", "level"), [("2", "ok"), ("0", "warn")])
def test_a_pager_whom_nobody_has_subscribed_to_is_told_of(there: str, level: str) -> None:
    sns = Fake({"get_topic_attributes": {"Attributes": {"SubscriptionsConfirmed": there}}})
    patient = make_patient(sns=sns)
    sre = Pager("sre")
    patient = replace(patient, build=replace(patient.build, pagers=Pagers((sre,), "sre")))
    assert levels(pagers.check(patient)) == ["warn"], "its topic is not deployed"
    deployed = replace(patient, outputs={name_output(sre): "arn:aws:sns:eu-west-1:1:t"})
    (found,) = pagers.check(deployed)
    assert (found.level, "sre" in found.found) == (level, True)


def test_nobody_to_page_and_nobody_to_watch_are_told_of() -> None:
    patient = make_patient()
    assert levels(pagers.check(patient)) == ["warn"]
    unwatched = replace(patient, build=replace(patient.build, pagers=Pagers((Pager("sre"),))))
    assert "unwell" in [*pagers.check(unwatched)][-1].found
