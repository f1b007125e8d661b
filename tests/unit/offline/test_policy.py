from dataclasses import replace

import pytest

from chalicelib.catalog.model import Branch
from infra.offline.policy import UnknownPolicy, list_overview, list_policy
from tests.builders import make_bundle, make_rule

BUNDLE = make_bundle(
    rules=(make_rule(group="hosts"), make_rule(name="disk", branches=(Branch(when=None, page="default"),), goal=None)),
    tiers=tuple(replace(one, page=f"{one.name}-oncall") for one in make_bundle().tiers),
    services=tuple(
        replace(one, page="ledger-oncall" if one.name == "ledger" else None) for one in make_bundle().services
    ),
)


def read(name: str) -> dict[str, tuple[str, str]]:
    return {line.name: (line.value, line.source) for line in list_policy(name, BUNDLE)}


def test_each_value_of_a_service_says_where_it_comes_from() -> None:
    checkout, ledger = read("checkout"), read("ledger")

    assert checkout["tier"] == ("P1", "service checkout")
    assert checkout["page"] == ("P1-oncall", "tier P1")
    assert ledger["page"] == ("ledger-oncall", "service ledger")
    assert checkout["queue order"] == ("2 of 3", "tier P1")
    assert checkout["queue expires"] == ("1h", "control.yaml")


def test_a_rule_shows_what_it_locks_and_whom_it_pages() -> None:
    stopped, disk = read("host_stopped"), read("disk")

    assert stopped["group"] == ("hosts", "rule host_stopped")
    assert stopped["goal"] == ('$object.state = "running" within 30m', "rule host_stopped")
    assert stopped["run host_reboot"] == ("host/{% $input.host %} (disrupt)", "workflow host_reboot")
    assert disk["priority"] == ("0", "default")
    assert disk["page, tier P0"] == ("P0-oncall", "tier P0")
    assert disk["page, service ledger"] == ("ledger-oncall", "service ledger")


def test_a_tier_shows_its_services() -> None:
    assert read("P0")["services"] == ("ledger", "services.yaml")


def test_the_overview_lists_services_and_rules() -> None:
    assert list_overview(BUNDLE) == (
        ("service", "checkout", "P1", "P1-oncall (tier P1)"),
        ("service", "ledger", "P0", "ledger-oncall (service ledger)"),
        ("rule", "host_stopped", "active", "sre"),
        ("rule", "disk", "active", "default"),
    )


def test_another_name_is_unknown() -> None:
    with pytest.raises(UnknownPolicy):
        list_policy("nope", BUNDLE)
