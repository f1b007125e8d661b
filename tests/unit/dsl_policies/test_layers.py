"""What rules, services and tiers say of budgets and approval: put in order when the bundle is built."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import pytest

from chalicelib.catalog.model import Bundle, Correlate, Dedupe, Escalation, Intent, Storm, Verb
from chalicelib.control.approvals.policy import find_line
from chalicelib.control.claims.budgets import find_costs
from chalicelib.control.claims.places import find_groups
from chalicelib.control.model import Lock, ObjectRecord
from chalicelib.decision.tiers import find_tier
from dsl.policies.layers import read_layers
from dsl.policies.services import compile_services, list_inherited
from dsl.policies.tier_checks import check_layers
from tests.builders import HOST, make_decision
from tests.unit.dsl_policies.test_bundle import RULE, build

SERVICES = """\
kind: services
tiers:
  - name: P0
    budgets: {disrupt: 1}
    approval: {from: [role/sre, ana], expires: 4h, intent: [disrupt, destroy]}
  - {name: P1, budgets: {disrupt: "10%", destroy: {at_most: 1, verb: reject}}}
  - P2
default_tier: P2
services:
  - {name: ledger, tier: P0, owner: pay, labels: {service: ledger}, approval: {need: 2}}
  - {name: vault, tier: P0, owner: pay, labels: {service: vault}, approval: never}
  - {name: shop, tier: P1, owner: shop, labels: {service: shop}, budgets: {disrupt: "25%"}}
  - {name: blog, tier: P1, owner: shop, labels: {service: blog}}
  - {name: lab, tier: P2, owner: lab, labels: {service: lab}}
"""
FREE = RULE.replace("name: stopped", "name: free\nbudgets: {disrupt: none}\napproval: never")
CAREFUL = RULE.replace(
    "name: stopped",
    "name: careful\nbudgets: {disrupt: {at_most: 2, verb: reject}}\napproval: {from: [ben, eve], intent: [destroy]}",
)
FILES = {
    "policies/services.yaml": SERVICES,
    "policies/rules/free.yaml": FREE,
    "policies/rules/careful.yaml": CAREFUL,
}


def compile_files(changes: Mapping[str, str | None] | None = None) -> Bundle:
    built = build({**FILES, **(changes or {})})
    assert built.bundle is not None, built.diagnostics
    return built.bundle


@cache
def compile_once() -> Bundle:
    return compile_files()


def find_faults(**changes: str) -> list[tuple[str, str, int, str | None]]:
    given = {"services": SERVICES, "free": FREE, "careful": CAREFUL} | changes
    services, found = compile_services(given.pop("services"), "services.yaml")
    if services is not None:
        found = tuple(check_layers(read_layers(given.items(), ("services.yaml", changes.get("services", SERVICES)))))
    return [(one.code, one.message, one.span.line, one.hint) for one in found]


def bound(rule: str, service: str, intent: Intent = Intent.DISRUPT) -> dict[str, tuple[int, bool, Verb, str]]:
    """Say which budgets a plan of a rule for one host of a service meets."""
    bundle = compile_once()
    groups = find_groups(HOST, {"service": service}, bundle)
    costs = find_costs([(Lock(HOST, intent), ObjectRecord(HOST), groups)], rule, bundle.control)
    return {one.name: (one.at_most, one.percent, one.verb, one.said_by) for spent in costs.values() for one in spent}


@pytest.mark.parametrize(
    ("rule", "service", "limit"),
    [
        ("stopped", "ledger", (1, False, Verb.QUEUE, "tier P0")),
        ("stopped", "blog", (10, True, Verb.QUEUE, "tier P1")),
        ("stopped", "shop", (25, True, Verb.QUEUE, "service shop")),
        ("careful", "shop", (2, False, Verb.REJECT, "rule careful")),
        ("careful", "lab", (2, False, Verb.REJECT, "rule careful")),
        ("free", "ledger", (0, False, Verb.ALLOW, "rule free")),
        ("stopped", "lab", (0, False, Verb.ALLOW, "")),
    ],
)
def test_a_rule_bounds_before_the_service_and_that_before_the_tier(
    rule: str, service: str, limit: tuple[int, bool, Verb, str]
) -> None:
    assert bound(rule, service) == {"at_once.disrupt": limit}


def test_each_intent_is_overridden_for_itself() -> None:
    assert bound("stopped", "shop", Intent.DESTROY) == {
        "at_once.disrupt": (25, True, Verb.QUEUE, "service shop"),
        "at_once.destroy": (1, False, Verb.REJECT, "tier P1"),
    }


def test_what_nobody_bounds_costs_nothing() -> None:
    assert bound("stopped", "ledger", Intent.CONFIGURE) == {}


@pytest.mark.parametrize(
    ("rule", "service", "intent", "asked"),
    [
        ("stopped", "ledger", Intent.DISRUPT, (("role/sre", "ana"), 2, 4 * 3600, "tier P0")),
        ("stopped", "ledger", Intent.CONFIGURE, None),
        ("request", "ledger", Intent.DESTROY, (("role/sre", "ana"), 2, 4 * 3600, "tier P0")),
        ("stopped", "vault", Intent.DESTROY, None),
        ("stopped", "shop", Intent.DESTROY, None),
        ("careful", "ledger", Intent.DESTROY, (("ben", "eve"), 2, 4 * 3600, "rule careful")),
        ("careful", "ledger", Intent.DISRUPT, None),
        ("careful", "lab", Intent.DESTROY, (("ben", "eve"), 1, 24 * 3600, "rule careful")),
        ("careful", None, Intent.DESTROY, (("ben", "eve"), 1, 24 * 3600, "rule careful")),
        ("free", "ledger", Intent.DESTROY, None),
    ],
)
def test_who_must_approve_is_said_field_by_field(
    rule: str, service: str | None, intent: Intent, asked: tuple[tuple[str, ...], int, int, str] | None
) -> None:
    bundle = compile_once()
    tier = (find_tier(service, bundle) or ("", "P2"))[1] if service else "P2"
    decision = make_decision("host_reboot", tier=tier)._replace(rule=rule, service=service)

    line = find_line(bundle.control.approvals, decision, [Lock(HOST, intent)])

    assert (line and (line.approvers, line.need, line.expires_s, line.said_by)) == asked


def test_what_silence_means_is_said_like_the_rest_and_is_a_no_where_nobody_says_it() -> None:
    lines = compile_once().control.approvals
    assert {one.on_expiry for one in lines} == {"reject"}
    control = (
        "kind: control\nconflicts:\n  - verb: queue\n"
        "approval:\n  - {rule: [free], from: [eve], expires: 1h, on_expiry: continue}\n"
    )
    first, *_ = compile_files({"policies/control.yaml": control}).control.approvals
    assert (first.approvers, first.on_expiry) == (("eve",), "continue")


def test_lines_of_the_control_file_are_asked_before_any_other() -> None:
    control = "kind: control\nconflicts:\n  - verb: queue\napproval:\n  - {rule: [free], from: [eve], expires: 1h}\n"
    bundle = compile_files({"policies/control.yaml": control})
    decision = make_decision("host_reboot", tier="P0")._replace(rule="free", service="vault")

    line = find_line(bundle.control.approvals, decision, [Lock(HOST, Intent.DISRUPT)])

    assert line is not None
    assert (line.approvers, line.said_by) == (("eve",), "")


def test_a_bundle_in_which_nobody_says_anything_has_neither() -> None:
    plain = "kind: services\ntiers: [P0, P1]\ndefault_tier: P1\n"
    bundle = compile_files(
        {"policies/services.yaml": plain, "policies/rules/free.yaml": None, "policies/rules/careful.yaml": None}
    )

    assert (bundle.control.budgets, bundle.control.approvals) == ((), ())


@pytest.mark.parametrize(
    ("old", "new", "code", "hint"),
    [
        ("disrupt: 1", "disrupted: 1", "E201", "did you mean 'disrupt'?"),
        ("disrupt: 1", "disrupt: 0", "E913", "to forbid work, write a line with `verb: reject` in the conflict list, or freeze it"),
        ("disrupt: 1", "disrupt: most", "E204", 'for example 2 or "10%"'),
        ("disrupt: 1", "disrupt: {at_most: 1, verb: replace}", "E204", "write one of: queue, reject"),
        ("expires: 4h", "expiers: 4h", "E201", "did you mean 'expires'?"),
        ("expires: 4h", "expires: 4", "E203", "write 4s for seconds or 4m for minutes"),
        ("approval: never", "approval: nevr", "E204", "write `never`, or who is asked: `{from: [role/sre-*]}`"),
        ("approval: {need: 2}", "approval: {need: 3}", "E541", "name more people, or lower `need`"),
        ("from: [role/sre, ana]", "need: 1", "E717", "add `from: [role/sre-*]`"),
        ("tier: P1, owner: shop, labels: {service: blog}", "tier: P4, owner: shop, labels: {service: blog}", "E901", "did you mean 'P0'?"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_a_way_out(old: str, new: str, code: str, hint: str) -> None:
    assert old in SERVICES
    found = find_faults(services=SERVICES.replace(old, new, 1))

    assert [(one[0], one[3]) for one in found][:1] == [(code, hint)]


def test_more_may_not_be_asked_for_than_are_named_by_whoever_names_them() -> None:
    found = find_faults(services=SERVICES.replace("role/sre, ana", "eve, ana").replace("need: 2", "need: 3"))

    assert [one[:2] for one in found] == [
        ("E541", "3 must approve, as service ledger says, and rule careful names 2"),
        ("E541", "3 must approve, as service ledger says, and tier P0 names 2"),
    ]


def test_a_rule_that_runs_nothing_has_nothing_to_bound() -> None:
    pages = FREE.replace('    run: wake\n    with: {host: "{% $object.name %}"}\n', "    page: ana\n")

    assert [(one[0], one[2]) for one in find_faults(free=pages)] == [("E717", 3), ("E717", 4)]


def test_the_order_of_the_files_changes_nothing() -> None:
    one, other = compile_once(), compile_files({"policies/rules/free.yaml": None, "policies/rules/a.yaml": FREE})

    assert replace(one, rules=(), index=None, version="") == replace(other, rules=(), index=None, version="")


WINDOWS = """\
kind: services
tiers:
  - name: P0
    page: boss
    correlate: {dedupe: 15m, settle: 90s, storm: {per: zone, more_than: 10, within: 5m}}
    escalation: {page: [sre, boss], within: 10m}
  - {name: P1, page: sre, correlate: {accumulate: {count: 3, within: 10m}}, escalation: {page: sre}}
default_tier: P1
services:
  - {name: ledger, tier: P0, owner: pay, labels: {service: ledger}, correlate: {dedupe: none, storm: none}}
"""


def test_windows_and_escalation_are_read_with_what_is_switched_off() -> None:
    services, found = compile_services(WINDOWS, "services.yaml")

    assert (found, services is not None) == ((), True)
    if services is None:
        return
    assert services.tiers[0].correlate == Correlate(Dedupe(900), None, 90, Storm("zone", 10, 300, "default"))
    assert services.tiers[0].escalation == Escalation(600, ("sre", "boss"))
    assert services.services[0].correlate == Correlate(off=("dedupe", "storm"))
    assert list_inherited(services) == ("dedupe", "accumulate", "settle", "storm", "escalation")


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("dedupe: 15m", "dedup: 15m", "E201", 5),
        ("dedupe: 15m", "dedupe: {within: 15m, by: $event.id}", "E712", 5),
        ("settle: 90s", "settle: 8d", "E204", 5),
        ("settle: 90s", "settle: 90", "E203", 5),
        ("per: zone", "per: zon", "E712", 5),
        ("page: boss\n", "owner: boss\n", "E201", 4),
        ("    page: boss\n", "", "E711", 4),
        ("[sre, boss]", "[sre, default]", None, 0),
        ("within: 10m}\n  -", "within: 10}\n  -", "E203", 6),
        ("correlate: {dedupe: none, storm: none}", "correlate: {}", "E712", 10),
    ],
)
def test_mistakes_in_inherited_windows_are_told_at_their_place(old: str, new: str, code: str | None, line: int) -> None:
    assert old in WINDOWS
    _, found = compile_services(WINDOWS.replace(old, new, 1), "services.yaml")

    assert [(one.code, one.span.line) for one in found][:1] == ([(code, line)] if code else [])


def test_a_rule_whose_events_observe_no_state_inherits_no_settle_and_a_ladder_that_a_tier_ends_is_no_loose_end() -> (
    None
):
    goal = "\ngoal: {until: 'true', otherwise: [{run: wake, with: {host: \"{% $object.name %}\"}}]}"
    deaf = RULE.replace("name: stopped", "name: deaf" + goal).replace("aws.ec2", "my.app")
    hears = RULE.replace("name: stopped", "name: hears" + goal)
    files = {"policies/rules/deaf.yaml": deaf, "policies/rules/hears.yaml": hears, "policies/services.yaml": WINDOWS}
    built = build({**files, "policies/rules/stopped.yaml": None})

    assert built.diagnostics == ()
    assert built.bundle is not None
    rules = {one.name: one for one in built.bundle.rules}
    assert (rules["deaf"].correlate, rules["hears"].correlate) == (Correlate(off=("settle",)), None)
    nobody = build({**files, "policies/services.yaml": WINDOWS.replace(", escalation: {page: sre}", "")})
    assert {one.code for one in nobody.diagnostics} == {"W731"}
