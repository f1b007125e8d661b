"""The doctor's quotas against moto: our requests are ones that AWS takes, and what a missing quota means."""

from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.servicequotas.models import ServiceQuotasBackend

from infra.cloud import Cloud
from infra.doctor.checks import quotas
from infra.doctor.finding import Patient
from tests.unit.infra.connected import Stage
from tests.unit.infra.test_doctor import levels, make_patient

VALUES = {quotas.CONCURRENT_EXECUTIONS: 10.0, quotas.RULES: 2.0}


@pytest.fixture
def patient() -> Any:
    with mock_aws():
        made = make_patient(Stage())
        cloud = Cloud(boto3.Session("a", "b", region_name="eu-west-1"), "eu-west-1")
        yield Patient(cloud, made.stage, made.outputs, made.api, made.build, made.now)


def test_without_a_value_the_need_is_told_and_nothing_fails(patient: Patient) -> None:
    assert levels(quotas.check_concurrency(patient)) == ["warn"]
    assert levels(quotas.check_rules(patient)) == ["warn"]
    assert levels(quotas.check_roles(patient)) == ["ok"]


def test_a_value_is_compared_with_what_is_there(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_: Any, service_code: str, quota_code: str) -> dict[str, Any]:
        return {"ServiceCode": service_code, "QuotaCode": quota_code, "Value": VALUES[service_code, quota_code]}

    monkeypatch.setattr(ServiceQuotasBackend, "get_service_quota", read)
    assert levels(quotas.check_concurrency(patient)) == ["ok"]
    assert levels(quotas.check_rules(patient)) == ["ok"]
    events = patient.cloud.client("events")
    for name in ("one", "two"):
        events.put_rule(Name=name, ScheduleExpression="rate(1 minute)")
    (found,) = quotas.check_rules(patient)
    assert (found.level, found.found) == ("warn", "2 of 2 on the default bus")
