"""Topics, queues and buses that a file names: subscribed, permitted, and routed, and nothing more."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from chalicelib.catalog.model import Selector, Service, Sources
from chalicelib.decision.patterns import compile_pattern
from chalicelib.entry.decide import take_payload
from chalicelib.events.parse import parse
from chalicelib.wiring.core import Core
from infra.functions import list_functions
from infra.template.routes import route_default_bus, route_other_bus, route_own_bus
from tests.builders import HOME, make_event, make_ports
from tests.builders import make_bundle as make_small_bundle
from tests.unit.infra.placeholder import make_atom, make_bundle, make_rule
from tests.unit.infra.test_template import assemble_one, make_stack, references

TOPIC, QUEUE = "arn:aws:sns:us-east-1:111122223333:alarms", "arn:aws:sqs:eu-west-1:111122223333:jobs"
BUS = "aws.partner/example.com/111122223333/monitoring"
RECORDS = Path(__file__).parents[2] / "corpus" / "records"


def describe(**sources: Any) -> dict[str, Any]:
    said = Sources(**sources)
    bundle = replace(
        make_bundle(),
        sources=said,
        rules=(make_rule(source=["aws.partner/example.com"]), make_rule(source=["interlock"])),
    )
    functions = list_functions("dev", [make_atom()], {}, said.queues)
    resources: dict[str, Any] = assemble_one(make_stack(bundle=bundle, functions=functions))["Resources"]
    assert {one for one in references(resources) if "AWS::" not in one} <= set(resources)
    return resources


def test_a_topic_invokes_the_decision_function_and_what_it_cannot_deliver_is_a_dead_letter() -> None:
    resources = describe(topics=(TOPIC,))
    subscription = resources["Topic1Subscription"]["Properties"]
    assert (subscription["TopicArn"], subscription["Protocol"], subscription["Region"]) == (
        TOPIC,
        "lambda",
        "us-east-1",
    )
    assert subscription["Endpoint"] == {"Fn::GetAtt": ["Decide", "Arn"]}
    assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadQueue", "Arn"]}}
    assert resources["Topic1Permission"]["Properties"]["SourceArn"] == TOPIC
    _, topics = resources["DeadQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert topics["Principal"] == {"Service": "sns.amazonaws.com"}
    assert topics["Condition"] == {"ArnEquals": {"aws:SourceArn": [TOPIC]}}


def test_a_queue_is_read_with_partial_batch_responses_and_only_the_decision_function_may() -> None:
    resources = describe(queues=(QUEUE,))
    mapping = resources["Queue1"]["Properties"]
    assert (mapping["EventSourceArn"], mapping["FunctionName"]) == (QUEUE, {"Ref": "Decide"})
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    may = {
        function.name
        for function in list_functions("dev", [make_atom()], {}, (QUEUE,))
        for statement in function.statements
        if statement.get("Resource") == [QUEUE]
    }
    assert may == {"decide"}


def test_a_bus_gets_routes_of_its_own_that_never_let_interlocks_own_source_in() -> None:
    resources = describe(buses=(BUS,))
    routes = [
        one["Properties"]
        for name, one in resources.items()
        if name.startswith("Bus1Route") and "Permission" not in name
    ]
    assert {one["EventBusName"] for one in routes} == {BUS}
    patterns = [compile_pattern(one["EventPattern"]) for one in routes]
    for source, wanted in (("aws.partner/example.com", True), ("interlock", False)):
        event = {"source": source, "detail-type": "T", "detail": {}}
        assert any(one.matches(event) for one in patterns) is wanted


def test_without_sources_nothing_is_added() -> None:
    resources = describe()
    assert not [name for name in resources if name.startswith(("Topic", "Queue1", "Bus1"))]
    assert len(resources["DeadQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]) == 1


def test_a_message_cannot_pass_for_interlocks_own_event() -> None:
    detail = {
        "object": "host/i-0a",
        "state": "stopped",
        "at": "2026-01-01T00:00:00Z",
        "labels": {},
        "root_id": "r",
        "hops": 0,
    }
    forged = make_event() | {"source": "interlock", "detail-type": "Object State Changed", "detail": detail}
    record = {
        "eventSource": "aws:sqs", "eventSourceARN": QUEUE, "messageId": "m1", "body": json.dumps(forged),
        "attributes": {"SentTimestamp": "1767225600000"},
    }  # fmt: skip
    core = Core(make_ports(), make_small_bundle(), HOME, "test")
    (answer,) = take_payload({"Records": [record]}, core)["events"]
    assert answer["outcome"] == "no rule"
    page = core.ports.store.query("registry#host#0", "member#", 10)
    assert page.items == ()


SELECTED = Service(
    "checkout", "P1", "shop", {"service": "checkout"}, selectors=(
        Selector("group", "checkout-web"), Selector("target_group", "shop"),
        Selector("ecs_service", "checkout-*", "prod", {"team": "shop"}), Selector("labels", labels={"app": "shop"}),
    ),
)  # fmt: skip


def test_an_inventory_is_a_schedule_for_each_selector_of_each_service_whose_event_says_what_to_list() -> None:
    bundle = replace(make_bundle(), sources=Sources(inventory_s=900), services=(SELECTED,))
    resources = assemble_one(make_stack(bundle=bundle))["Resources"]
    events = []
    for number in range(1, 6):
        rule = resources[f"Inventory{number}"]["Properties"]
        assert rule["ScheduleExpression"] == "rate(15 minutes)"
        assert f"Inventory{number}Permission" in resources
        transformer = rule["Targets"][0]["InputTransformer"]
        text = transformer["InputTemplate"]
        for name in transformer["InputPathsMap"]:
            text = text.replace(f"<{name}>", '"2026-01-01T00:00:00Z"')
        events.append(parse(json.loads(text), HOME))
    assert {(event.source, event.type, event.detail["service"]) for event in events} == {
        ("interlock.inventory", "Inventory Due", "checkout")
    }
    assert [{key: value for key, value in event.detail.items() if key != "service"} for event in events] == [
        {"labels": {"service": "checkout"}},
        {"group": "checkout-web"},
        {"target_group": "shop"},
        {"cluster": "prod", "ecs_service": "checkout-*", "labels": {"team": "shop"}},
        {"labels": {"app": "shop"}},
    ]
    assert "Inventory6" not in resources
    assert not [name for name in describe() if name.startswith("Inventory")]


def test_nobody_can_have_it_made_by_a_bus() -> None:
    rule = make_rule(source=["interlock.inventory"])
    for route in (route_default_bus, route_own_bus, route_other_bus):
        patterns = [compile_pattern(one) for one in route([rule])]
        assert not any(
            one.matches({"source": "interlock.inventory", "detail-type": "Inventory Due", "detail": {}})
            for one in patterns
        )
