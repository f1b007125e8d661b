from functools import cache

import pytest

from chalicelib.decision.batch_policy import find_batching
from chalicelib.decision.defaults import complete_rule
from chalicelib.decision.tiers import find_page
from dsl.durations import format_duration
from infra.offline.policy import Policies, UnknownPolicy, find_names, list_overview, list_policy, read_policies
from tests.unit.dsl_policies.test_bundle import FILES, RULE, build

SERVICES = """\
kind: services
tiers:
  - name: P0
    page: boss
    budgets: {disrupt: 1}
    approval: {from: [role/sre], expires: 4h}
    correlate: {settle: 90s, storm: {per: zone, more_than: 10, within: 5m}}
    escalation: {page: [sre, boss], within: 10m}
  - {name: P1, page: sre, batch: {steps: [1, "20%"], max_unavailable: "10%"}}
default_tier: P1
services:
  - {name: ledger, tier: P0, owner: pay, labels: {service: ledger}, page: pay, approval: {need: 2}, correlate: {storm: none}}
  - {name: shop, tier: P1, owner: shop, labels: {service: shop}, budgets: {disrupt: "25%"}}
"""
CONTROL = """\
kind: control
conflicts:
  - verb: queue
budgets:
  - {name: zonal, scope: zone, at_most: "10%"}
queue: {limit: 7}
"""
GOAL = RULE + "goal: {until: $object.state = 'running'}\ncorrelate:\n  dedupe: 15m\n"
DEAF = RULE.replace("name: stopped", "name: deaf").replace("aws.ec2", "my.app")
SOURCES = {
    **FILES,
    "policies/services.yaml": SERVICES,
    "policies/control.yaml": CONTROL,
    "policies/rules/stopped.yaml": GOAL,
    "policies/rules/deaf.yaml": DEAF,
}


@cache
def compile_policies() -> Policies:
    built = build(SOURCES)
    assert built.bundle is not None, built.diagnostics
    return read_policies(built.bundle, SOURCES)


def read(**about: str) -> dict[str, tuple[str, str, str]]:
    return {line.name: line[1:] for line in list_policy(compile_policies(), **about)}


def test_each_value_says_who_says_it_and_where() -> None:
    ledger, shop = read(service="ledger"), read(service="shop")

    assert ledger["page"] == ("pay", "service ledger", "policies/services.yaml:12")
    assert ledger["at once, disrupt"] == ("at most 1 of a service, else queue", "tier P0", "policies/services.yaml:5")
    assert ledger["approval of"] == ("role/sre", "tier P0", "policies/services.yaml:6")
    assert ledger["approval, need"] == ("2", "service ledger", "policies/services.yaml:12")
    assert ledger["storm"] == ("none", "service ledger", "policies/services.yaml:12")
    assert ledger["settle"] == ("still so after 1m30s", "tier P0", "policies/services.yaml:7")
    assert ledger["goal escalates to"] == ("sre, boss", "tier P0", "policies/services.yaml:8")
    assert ledger["queue order"] == ("1 of 2", "tier P0", "policies/services.yaml:3")
    assert shop["batch steps"] == ("1, 20%", "tier P1", "policies/services.yaml:9")
    assert shop["at once, disrupt"][1:] == ("service shop", "policies/services.yaml:13")
    assert shop["approval of"] == ("nobody", "built in", "-")
    assert "approval, need" not in shop


def test_what_nobody_overrides_is_the_control_files() -> None:
    found = read(tier="P1")

    assert found["budget zonal"] == (
        "at most 10% of the hosts of each zone (disrupt), else queue", "control file", "policies/control.yaml:5",
    )  # fmt: skip
    assert found["queue"] == ("at most 7 wait for one object", "control file", "policies/control.yaml:6")
    assert found["queue expires"] == ("1h", "built in", "-")
    assert found["services"][0] == "shop"


def test_a_rule_alone_is_shown_for_each_tier_where_they_differ_and_for_services_that_do() -> None:
    found = read(rule="stopped")

    assert found["mode"] == ("active", "rule stopped", "policies/rules/stopped.yaml:3")
    assert found["dedupe"] == ("one event acts in 15m, by object", "rule stopped", "policies/rules/stopped.yaml:12")
    assert (found["page, tier P0"][0], found["page, tier P1"][0], found["page, service ledger"][0]) == (
        "boss",
        "sre",
        "pay",
    )
    assert found["goal within, tier P0"] == ("10m", "tier P0", "policies/services.yaml:8")
    assert found["run wake"] == ("host/{% $input.host %} (disrupt)", "workflow wake", "-")
    assert "batch steps, tier P1" not in found, "it has no batches"


def test_a_rule_for_a_service_goes_before_it() -> None:
    found = read(service="ledger", rule="stopped")

    assert found["dedupe"][1] == "rule stopped"
    assert (found["tier"][0], found["settle"][1]) == ("P0", "tier P0")


def test_a_rule_whose_events_observe_no_state_says_why_it_does_not_settle() -> None:
    assert read(service="ledger", rule="deaf")["settle"] == ("-", "rule deaf: its events observe no state", "-")


@pytest.mark.parametrize("rule", ["stopped", "deaf"])
@pytest.mark.parametrize(("service", "tier"), [("ledger", "P0"), ("shop", "P1"), (None, "P0"), (None, "P1")])
def test_what_is_shown_is_what_decisions_use(rule: str, service: str | None, tier: str) -> None:
    bundle = compile_policies().bundle
    named = next(one for one in bundle.rules if one.name == rule)
    about = {"rule": rule, **({"service": service} if service else {"tier": tier})}
    found = read(**about)

    own = complete_rule(named, service, tier, bundle)
    windows = own.correlate
    assert found["page"][0] == find_page(named, service, tier, bundle).value
    assert (found["settle"][0] == "-") == (windows is None or windows.settle_s is None)
    assert (found["storm"][0] in {"-", "none"}) == (windows is None or windows.storm is None)
    if own.goal is not None:
        assert found["goal within"][0] == format_duration(own.goal.within_s)
        assert found["goal escalates to"][0] == (", ".join(str(one.page) for one in own.goal.otherwise) or "nobody")
    steps = find_batching(None, service, tier, bundle)["steps"]
    shown = read(**({"service": service} if service else {"tier": tier}))["batch steps"]
    assert shown[:2] == (", ".join(steps.value), steps.source)


def test_the_overview_lists_services_and_rules() -> None:
    assert list_overview(compile_policies().bundle) == (
        ("service", "ledger", "P0", "pay (service ledger)"),
        ("service", "shop", "P1", "sre (tier P1)"),
        ("rule", "deaf", "active", "-"),
        ("rule", "stopped", "active", "-"),
    )


def test_a_bare_name_is_found_and_another_is_unknown() -> None:
    policies = compile_policies()

    assert [find_names(name, policies) for name in ("shop", "P0", "deaf")] == [
        {"service": "shop"},
        {"tier": "P0"},
        {"rule": "deaf"},
    ]
    with pytest.raises(UnknownPolicy):
        find_names("nope", policies)
    with pytest.raises(UnknownPolicy):
        list_policy(policies, service="nope")
    with pytest.raises(UnknownPolicy):
        list_policy(policies, rule="nope")
