"""Who is paged gets a topic of their own, and only Interlock's pages and alarms reach it."""

import re
from typing import Any

from chalicelib.catalog.pagers import Pager, Pagers
from chalicelib.control.pages import publish_page
from chalicelib.decision.patterns import compile_pattern
from infra.functions import CORE
from infra.template.pagers import name_output
from tests.builders import make_ports
from tests.fakes import FakePublisher
from tests.unit.infra.test_template import assemble_one, make_stack, references

SRE, DBA = Pager("sre-oncall", ("sre@example.com", "second@example.com")), Pager("dba")


def describe(*pagers: Pager, watch: str | None = None) -> dict[str, Any]:
    template = assemble_one(make_stack(pagers=Pagers(pagers, watch)))
    resources: dict[str, Any] = template["Resources"]
    assert {one for one in references(template) if "AWS::" not in one} <= set(resources)
    return template


def list_types(resources: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in resources.values() if one["Type"] == kind]


def test_a_page_reaches_the_topic_of_its_name_and_no_other() -> None:
    resources = describe(SRE, DBA)["Resources"]
    routes = [one for one in list_types(resources, "AWS::Events::Rule") if "InputTransformer" in str(one)]
    named = {one["Targets"][0]["Arn"]["Ref"]: compile_pattern(one["EventPattern"]) for one in routes}
    event = {"source": "interlock", "detail-type": "Page Requested", "detail": {"page": "sre-oncall"}}
    (topic,) = [topic for topic, pattern in named.items() if pattern.matches(event)]
    assert resources[topic]["Properties"]["TopicName"] == "interlock-dev-page-sre-oncall"
    assert len(named) == 2


def test_what_cannot_be_delivered_is_a_dead_letter() -> None:
    resources = describe(DBA)["Resources"]
    (route,) = [name for name in resources if name.endswith("Route") and name.startswith("Pager")]
    assert resources[route]["Properties"]["Targets"][0]["DeadLetterConfig"]
    allowed = resources["DeadQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Condition"]
    assert {"Fn::GetAtt": [route, "Arn"]} in allowed["ArnEquals"]["aws:SourceArn"]


def test_only_its_rule_and_the_stage_s_alarms_may_publish() -> None:
    (policy,) = list_types(describe(DBA)["Resources"], "AWS::SNS::TopicPolicy")
    statements = policy["PolicyDocument"]["Statement"]
    assert [one["Principal"]["Service"] for one in statements] == ["events.amazonaws.com", "cloudwatch.amazonaws.com"]
    assert all(one["Action"] == "sns:Publish" and "aws:SourceArn" in str(one["Condition"]) for one in statements)


def test_addresses_are_subscribed_and_topics_are_told() -> None:
    template = describe(SRE, DBA)
    subscribed = list_types(template["Resources"], "AWS::SNS::Subscription")
    assert [one["Endpoint"] for one in subscribed] == ["sre@example.com", "second@example.com"]
    assert {name_output(SRE), name_output(DBA)} <= set(template["Outputs"])


def test_a_topic_stays_the_same_resource_when_another_is_put_before_it() -> None:
    alone, behind = describe(DBA)["Resources"], describe(SRE, DBA)["Resources"]
    assert {name for name in alone if name.startswith("Pager")} <= set(behind)


def test_with_watch_dead_letters_failures_silence_and_a_late_journal_are_told_to_that_pager() -> None:
    resources = describe(SRE, DBA, watch="dba")["Resources"]
    alarms = list_types(resources, "AWS::CloudWatch::Alarm")
    assert len(alarms) == len(CORE) + 3
    (told,) = {str(one["AlarmActions"]) for one in alarms}
    assert "PagerDba" in told
    behind = next(one for one in alarms if one["AlarmName"].endswith("journal-behind"))
    assert (behind["MetricName"], behind["Statistic"], behind["Threshold"]) == ("IteratorAge", "Maximum", 300_000)
    silent = next(one for one in alarms if one["AlarmName"].endswith("silent"))
    assert (silent["ComparisonOperator"], silent["TreatMissingData"]) == ("LessThanThreshold", "breaching")
    assert not list_types(describe(SRE, DBA)["Resources"], "AWS::CloudWatch::Alarm")


def test_every_field_that_the_text_names_is_one_of_a_page() -> None:
    publisher = FakePublisher()
    ports = make_ports()._replace(publisher=publisher)
    record = dict.fromkeys(("page", "why", "rule", "object", "tier", "service", "root_id"), "x") | {"hops": 0}
    publish_page("d-1", record, ports)
    ((_, detail),) = publisher.published
    routes = [one for one in list_types(describe(DBA)["Resources"], "AWS::Events::Rule") if "EventBusName" in one]
    (transformer,) = [one["Targets"][0]["InputTransformer"] for one in routes if "InputTransformer" in str(one)]
    assert {path.removeprefix("$.detail.") for path in transformer["InputPathsMap"].values()} <= set(detail)
    assert set(re.findall(r"<(\w+)>", transformer["InputTemplate"])) == set(transformer["InputPathsMap"])
