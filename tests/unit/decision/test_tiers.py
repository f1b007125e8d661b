from dataclasses import replace

import pytest

from chalicelib.catalog.model import Branch, Bundle, Rule
from chalicelib.decision.decide import decide
from chalicelib.decision.model import Action, Decision, History
from chalicelib.decision.objects import view_object
from chalicelib.decision.tiers import classify, find_page
from tests.unit.decision.examples import HOST, NOW, make_bundle, make_event, make_rule

PAGES = Branch(when=None, page="default")


def name_people(*, tier: str | None = None, service: str | None = None) -> Bundle:
    """P1 and its service checkout name somebody, or nobody."""
    bundle = make_bundle()
    tiers = tuple(one._replace(page=tier if one.name == "P1" else None) for one in bundle.tiers)
    services = tuple(one._replace(page=service if one.name == "checkout" else None) for one in bundle.services)
    return replace(bundle, tiers=tiers, services=services)


def decide_about_checkout(rule: Rule, bundle: Bundle) -> Decision:
    labels = {"service": "checkout"}
    view = view_object(HOST, state="running", state_at=NOW, labels=labels, bundle=bundle)
    return decide(make_event(), rule, view, History(), bundle, NOW)


@pytest.mark.parametrize(
    ("rule", "service", "tier", "value", "source"),
    [
        ("by-rule", "by-service", "by-tier", "by-rule", "rule host_stopped"),
        (None, "by-service", "by-tier", "by-service", "service checkout"),
        (None, None, "by-tier", "by-tier", "tier P1"),
        (None, None, None, None, "nothing"),
    ],
)
def test_the_rule_goes_before_the_service_and_that_before_the_tier(
    rule: str | None, service: str | None, tier: str | None, value: str | None, source: str
) -> None:
    bundle = name_people(tier=tier, service=service)

    assert find_page(make_rule(page=rule), "checkout", "P1", bundle) == (value, source)


def test_a_page_by_default_goes_to_whoever_is_named_and_the_reason_says_by_whom() -> None:
    decision = decide_about_checkout(make_rule(PAGES), name_people(tier="shop-oncall"))

    assert (decision.action, decision.page) == (Action.PAGE, "shop-oncall")
    assert decision.reason == "branch 1: the default; tier P1 names shop-oncall"


def test_where_nobody_is_named_the_decision_fails_and_says_so() -> None:
    decision = decide_about_checkout(make_rule(PAGES), name_people())

    assert (decision.action, decision.page) == (Action.FAILED, None)
    assert decision.reason.endswith("neither the rule, its service nor tier P1 says who is paged")


def test_a_page_by_name_stays_as_it_is() -> None:
    rule = make_rule(Branch(when=None, page="sre"), page="by-rule")

    assert decide_about_checkout(rule, name_people(tier="by-tier")).page == "sre"


def test_an_object_of_no_service_has_the_default_tier() -> None:
    assert classify({}, make_bundle()) == (None, "P2")
