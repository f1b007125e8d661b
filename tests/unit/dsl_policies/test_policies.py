"""Services, control and catalog: what they compile to, and every mistake with its code and place."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chalicelib.catalog.model import Budget, Conflict, Control, Intent, Service, Tier, Verb
from dsl import policies
from dsl.diagnostics import Diagnostic
from dsl.policies.approval import Named
from dsl.policies.catalog import compile_catalog
from dsl.policies.codes import CODES
from dsl.policies.control import check_references, compile_control
from dsl.policies.services import Services, compile_services
from tests.unit.dsl_policies.examples import CONTROL, KNOWN, SERVICES

CATALOG = "kind: catalog\noffer: [ec2.describe]\n"
ATOMS = ("ec2.describe", "ec2.start")


def places(found: tuple[Diagnostic, ...]) -> list[tuple[str, int, int]]:
    return [(one.code, one.span.line, one.span.column) for one in found]


def test_services_compile_with_tiers_ranked_in_order() -> None:
    services, found = compile_services(SERVICES, "s.yaml")
    assert found == ()
    assert services == Services(
        (Service("checkout", "P0", "shop", {"service": "checkout"}),), (Tier("P0", 0), Tier("P1", 1)), "P1"
    )


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("default_tier: P1", "default_tier: P9", ("E901", 3, 15)),
        ("tier: P0", "tier: P9", ("E901", 6, 11)),
        ("[P0, P1]", "[P0, P1, P0]", ("E902", 2, 17)),
        ("services:\n", "services:\n  - {name: checkout, tier: P0, owner: x, labels: {a: b}}\n", ("E902", 6, 11)),
        ("{service: checkout}", "{}", ("E204", 8, 13)),
        ("owner: shop\n", "team: shop\n", ("E201", 7, 5)),
    ],
)
def test_a_mistake_in_services_is_told_with_its_place(right: str, wrong: str, expected: Any) -> None:
    services, found = compile_services(SERVICES.replace(right, wrong, 1), "s.yaml")
    assert services is None
    assert expected in places(found)


def test_control_compiles_with_defaults_for_all_but_the_conflict_list() -> None:
    control, found = compile_control(CONTROL, "c.yaml", KNOWN)
    assert found == ()
    assert control == Control(
        conflicts=(
            Conflict((Intent.OBSERVE,), (), ("host_reboot",), (), Verb.ALLOW),
            Conflict((), (), (), (), Verb.QUEUE),
        ),
        queue_limit=20,
        queue_expires_s=3600,
        max_hops=8,
        start_grace_s=60,
        down=("stopping", "stopped", "shutting-down", "shutdown"),
        gone=("terminated", "deleted"),
    )


BUDGET = CONTROL + "budgets:\n  - {name: few, scope: service, only: [checkout], at_most: 10%}\n"


def test_a_budget_compiles_to_hosts_disrupted_that_wait_for_room() -> None:
    control, found = compile_control(BUDGET, "c.yaml", KNOWN)
    assert found == ()
    assert control is not None
    assert control.budgets == (
        Budget("few", "service", ("checkout",), "host", Intent.DISRUPT, 10, percent=True, verb=Verb.QUEUE),
    )


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("10%", "0", ("E913", 7, 60)),
        ("10%", '"0%"', ("E913", 7, 60)),
        ("10%", "many", ("E204", 7, 60)),
        ("scope: service", "scope: servce", ("E204", 7, 24)),
        ("only:", "intent: distrupt, only:", ("E204", 7, 41)),
        ("only:", "verb: allow, only:", ("E204", 7, 39)),
        ("only:", "within: 1h, only:", ("E919", 7, 41)),
        ("service, only: [checkout]", "rule", ("E919", 7, 24)),
        ("service, only: [checkout]", "rule, within: 1h", ("E919", 7, 51)),
        ("service, only: [checkout], at_most: 10%", "object, within: 1h, at_most: 51", ("E919", 7, 53)),
        ("service, only: [checkout], at_most: 10%", "rule, within: 1h, intent: disrupt, at_most: 5", ("E919", 7, 50)),
        ("10%}\n", "10%}\n  - {name: few, scope: zone, at_most: 1}\n", ("E902", 8, 12)),
    ],
)
def test_a_mistake_in_a_budget_is_told_with_its_place(right: str, wrong: str, expected: Any) -> None:
    control, found = compile_control(BUDGET.replace(right, wrong, 1), "c.yaml", KNOWN)
    assert control is None
    assert expected in places(found)
    assert all(one.hint for one in found)


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("[checkout]", "[chekout]", ("E914", 7, 40)),
        ("{intent: [observe]", "{tier: [P9], intent: [observe]", ("E914", 3, 22)),
        ("{intent: [observe]", "{rule: [host_stoped], intent: [observe]", ("E914", 3, 22)),
    ],
)
def test_a_policy_that_names_what_there_is_not_is_told_with_its_place(right: str, wrong: str, expected: Any) -> None:
    services, _ = compile_services(SERVICES, "s.yaml")
    assert services is not None
    assert tuple(check_references(BUDGET, "c.yaml", services, ["host_stopped"])) == ()
    found = tuple(check_references(BUDGET.replace(right, wrong, 1), "c.yaml", services, ["host_stopped"]))
    assert places(found) == [expected]
    assert all(one.hint for one in found)


def test_lines_by_rule_and_tier_and_ancestors_compile() -> None:
    text = CONTROL.replace("workflow: [host_reboot]", "rule: [a], tier: [P0]") + "ancestors: {service: disrupt}\n"
    control, found = compile_control(text, "c.yaml", KNOWN)
    assert found == ()
    assert control is not None
    assert (control.conflicts[0].running_rules, control.conflicts[0].running_tiers) == (("a",), ("P0",))
    assert control.ancestors == {"service": Intent.DISRUPT}
    wrong, found = compile_control(text.replace("service:", "servce:"), "c.yaml", KNOWN)
    assert wrong is None
    assert [(one.code, one.span.line) for one in found] == [("E204", 6)]


def test_control_takes_its_limits_from_the_file() -> None:
    text = CONTROL + "queue: {limit: 3, expires: 5m}\nmax_hops: 2\nstart_grace: 10s\n"
    control, _ = compile_control(text, "c.yaml", KNOWN)
    assert control is not None
    assert (control.queue_limit, control.queue_expires_s, control.max_hops, control.start_grace_s) == (3, 300, 2, 10)


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("[host_reboot]", "[host_rebot]", ("E903", 3, 45)),
        ("verb: queue", "verb: perhaps", ("E204", 5, 11)),
        ("  - running", "  - verb: reject\n  - running", ("E905", 4, 5)),
        ("  - running", "  - running: {intent: [observe, configure]}\n    verb: queue\n  - running", ("E905", 5, 5)),
        ("[observe]", "[watch]", None),
        ("kind: control\n", "kind: control\nmax_hops: 0\n", ("E204", 2, 11)),
        ("  - verb: queue", "  - {running: {intent: [configure]}, verb: queue}", ("E912", 2, 1)),
        ("kind: control\n", "kind: control\napproval: [{tier: [P7], from: [ana], expires: 1h}]\n", ("E901", 2, 20)),
        ("kind: control\n", "kind: control\napproval: [{rule: [no], from: [ana], expires: 1h}]\n", ("E915", 2, 20)),
        ("kind: control\n", "kind: control\napproval: [{workflow: [no], from: [ana], expires: 1h}]\n", ("E903", 2, 24)),
        (
            "kind: control\n",
            "kind: control\napproval: [{intent: [smash], from: [ana], expires: 1h}]\n",
            ("E204", 2, 22),
        ),
        ("kind: control\n", "kind: control\napproval: [{from: [ana]}]\n", ("E202", 2, 13)),
        ("kind: control\n", "kind: control\napproval: [{from: [ana], need: 2, expires: 1h}]\n", ("E541", 2, 32)),
        (
            "kind: control\n",
            "kind: control\napproval: [{from: [ana], expires: 1h}, {tier: [P0], from: [ben], expires: 1h}]\n",
            ("E905", 2, 40),
        ),
    ],
)
def test_a_mistake_in_control_is_told_with_its_place(right: str, wrong: str, expected: Any) -> None:
    control, found = compile_control(
        CONTROL.replace(right, wrong, 1), "c.yaml", KNOWN, Named(KNOWN, ["P0"], ["stopped"])
    )
    assert control is None
    assert found
    assert expected is None or expected in places(found)


def test_the_catalog_compiles_to_the_names_it_offers() -> None:
    assert compile_catalog(CATALOG, "c.yaml", ATOMS) == (("ec2.describe",), ())
    assert compile_catalog("kind: catalog\n", "c.yaml", ATOMS) == ((), ())


@pytest.mark.parametrize(
    ("offer", "expected"),
    [("[ec2.descrbe]", ("E906", 2, 9)), ("[ec2.start, ec2.start]", ("E902", 2, 20)), ("[host_reboot]", ("E906", 2, 9))],
)
def test_a_mistake_in_the_catalog_is_told_with_its_place(offer: str, expected: Any) -> None:
    value, found = compile_catalog(f"kind: catalog\noffer: {offer}\n", "c.yaml", ATOMS)
    assert value is None
    assert places(found) == [expected]


@pytest.mark.parametrize(
    "compile_file",
    [
        compile_services,
        lambda text, file: compile_control(text, file, KNOWN),
        lambda text, file: compile_catalog(text, file, ATOMS),
    ],
)
@pytest.mark.parametrize(
    "text", ["", "[]", "a: [", "kind: rule", "x", "kind: services\ntiers: 1\n", "kind: control\nconflicts: {}\n"]
)
def test_a_file_that_is_something_else_is_a_diagnostic(compile_file: Callable[[str, str], Any], text: str) -> None:
    value, found = compile_file(text, "x.yaml")
    assert value is None
    assert found


def test_every_code_that_is_used_is_explained_in_a_paragraph_and_no_other() -> None:
    folder = Path(policies.__file__).parent
    sources = [path for path in folder.glob("*.py") if path.name != "codes.py"] + [folder.parent / "bundle.py"]
    used = {code for path in sources for code in re.findall(r"\"([EW][79][0-9]{2})\"", path.read_text())}
    assert used == set(CODES)
    assert all(len(text) > 60 for text in CODES.values())
