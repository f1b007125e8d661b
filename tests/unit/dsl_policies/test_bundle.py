"""All files together: one bundle, or every mistake of every file."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from chalicelib.atoms.registry import get_atoms
from chalicelib.catalog.load import dump_bundle, read_bundle
from chalicelib.catalog.model import Conflict, Verb
from chalicelib.decision.decide import decide, find_subjects
from chalicelib.decision.model import Action, History, Subject
from dsl.bundle import Built, build_bundle
from dsl.diagnostics import render_text
from tests.unit.decision.examples import LABELS, NOW, make_event, make_view

ROOT = Path(__file__).parents[3]
ATOMS = get_atoms()

WORKFLOW = """\
kind: workflow
name: wake
description: Start a host.
input:
  host: {type: string, pattern: "^i-[0-9a-f]+$"}
touches:
  - object: "host/{% $input.host %}"
    intent: disrupt
timeout: 10m
steps:
  - id: begin
    atom: ec2.start
    with: {instance_id: "{% $input.host %}"}
"""
OTHER = WORKFLOW.replace("name: wake", "name: shake\nexcludes: [wake]")
RULE = """\
kind: rule
name: stopped
mode: active
match: {source: [aws.ec2]}
object: 'host/{% $event.detail."instance-id" %}'
decide:
  - default: true
    run: wake
    with: {host: "{% $object.name %}"}
"""
FILES = {
    "state_machines/wake.yaml": WORKFLOW,
    "state_machines/shake.yaml": OTHER,
    "policies/rules/stopped.yaml": RULE,
    "policies/services.yaml": "kind: services\ntiers: [P0, P1]\ndefault_tier: P1\n",
    "policies/control.yaml": "kind: control\nconflicts:\n  - verb: queue\n",
    "policies/catalog.yaml": "kind: catalog\noffer: [ec2.describe]\n",
    "policies/access.yaml": "kind: access\ngrants:\n  - {principals: ['arn:*:*::{account}:*'], role: admin}\n",
}


def build(changes: Mapping[str, str | None] | None = None) -> Built:
    merged = {**FILES, **(changes or {})}
    return build_bundle({path: text for path, text in merged.items() if text is not None}, ATOMS)


def codes(built: Built) -> list[tuple[str, str]]:
    return [(one.span.file, one.code) for one in built.diagnostics]


def test_files_build_to_a_bundle_and_a_machine_for_everything_that_can_be_run() -> None:
    built = build()
    assert built.diagnostics == ()
    assert built.bundle is not None
    assert sorted(built.machines) == sorted(built.bundle.workflows) == ["ec2.describe", "shake", "wake"]
    assert all(machine["States"] for machine in built.machines.values())
    assert list(built.bundle.atoms) == ["ec2.describe", "ec2.start"]
    assert built.bundle.workflows["ec2.describe"].offered_atom == "ec2.describe"
    assert [rule.name for rule in built.bundle.rules] == ["stopped"]


def test_an_atom_that_a_rule_runs_gets_a_machine_of_its_own() -> None:
    rule = RULE.replace("run: wake", "run: ec2.reboot").replace("{host:", "{instance_id:")
    built = build({"policies/rules/stopped.yaml": rule, "policies/catalog.yaml": "kind: catalog\n"})
    assert sorted(built.machines) == ["ec2.reboot", "shake", "wake"]


def test_the_bundle_survives_its_json() -> None:
    bundle = build().bundle
    assert bundle is not None
    assert read_bundle(dump_bundle(bundle)) == bundle


def test_the_order_of_the_files_changes_nothing_and_any_change_of_them_changes_the_version() -> None:
    first, again = build(), build_bundle(dict(reversed(FILES.items())), ATOMS)
    assert first == again
    control = build({"policies/control.yaml": FILES["policies/control.yaml"] + "max_hops: 3\n"})
    workflow = build({"state_machines/wake.yaml": WORKFLOW.replace("10m", "11m")})
    versions = {built.bundle.version for built in (first, control, workflow) if built.bundle}
    assert len(versions) == 3


def test_excludes_becomes_the_head_of_the_conflict_list_both_ways_round() -> None:
    bundle = build().bundle
    assert bundle is not None
    assert bundle.control.conflicts == (
        Conflict((), (), ("shake",), ("wake",), Verb.REJECT),
        Conflict((), (), ("wake",), ("shake",), Verb.REJECT),
        Conflict((), (), (), (), Verb.QUEUE),
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"policies/control.yaml": None}, ("policies/control.yaml", "E907")),
        ({"policies/z.yaml": FILES["policies/control.yaml"]}, ("policies/z.yaml", "E907")),
        ({"policies/z.yaml": "kind: rul\n"}, ("policies/z.yaml", "E908")),
        ({"policies/z.yaml": "name: x\n"}, ("policies/z.yaml", "E908")),
        ({"policies/z.yaml": RULE}, ("policies/z.yaml", "E902")),
        ({"state_machines/z.yaml": WORKFLOW}, ("state_machines/z.yaml", "E902")),
        ({"state_machines/shake.yaml": OTHER.replace("[wake]", "[woke]")}, ("state_machines/shake.yaml", "E903")),
        ({"policies/catalog.yaml": "kind: catalog\noffer: [ec2.x]\n"}, ("policies/catalog.yaml", "E906")),
    ],
)
def test_a_mistake_across_files_is_told_and_nothing_is_built(
    changes: dict[str, str | None], expected: tuple[str, str]
) -> None:
    built = build(changes)
    assert codes(built) == [expected]
    assert built.bundle is None
    assert built.machines == {}


def test_the_mistakes_of_all_files_are_told_at_once() -> None:
    built = build(
        {
            "state_machines/wake.yaml": WORKFLOW.replace("atom: ec2.start", "atom: ec2.strat"),
            "policies/rules/stopped.yaml": RULE.replace("$object.name", "$object.nane"),
            "policies/services.yaml": "kind: services\ntiers: [P0]\ndefault_tier: P9\n",
            "policies/control.yaml": "kind: control\nconflicts:\n  - verb: wait\n",
            "policies/catalog.yaml": "kind: catalog\noffer: [x]\n",
        }
    )
    assert len({one.span.file for one in built.diagnostics}) == 5


def test_a_rule_is_not_blamed_for_a_workflow_that_does_not_compile() -> None:
    built = build({"state_machines/wake.yaml": WORKFLOW.replace("ec2.start", "ec2.strat")})
    assert {one.span.file for one in built.diagnostics} == {"state_machines/wake.yaml"}


def test_the_projects_own_files_build_and_decide_as_they_say() -> None:
    paths = [path for folder in ("policies", "state_machines") for path in (ROOT / folder).rglob("*.yaml")]
    sources = {str(path.relative_to(ROOT)): path.read_text() for path in paths if not path.name.endswith(".cases.yaml")}
    built = build_bundle(sources, ATOMS)
    assert built.bundle is not None, render_text(built.diagnostics, sources)
    event = make_event()
    (subject,) = find_subjects(event, built.bundle)
    assert isinstance(subject, Subject)
    for labels, action in ((LABELS, Action.RUN), ({**LABELS, "service": "ledger"}, Action.PAGE)):
        view = make_view(built.bundle, labels)
        decision = decide(event, subject.rule, view, History(), built.bundle, NOW)
        assert decision.action is action
    unlabeled = make_view(built.bundle, {"service": "checkout"})
    decision = decide(event, subject.rule, unlabeled, History(), built.bundle, NOW)
    assert decision.action is Action.FAILED
    assert "$object.labels.target_group" in decision.reason


PAGING = """\
kind: rule
name: paging
mode: active
match: {source: [aws.ec2]}
object: 'host/{% $event.detail."instance-id" %}'
decide:
  - default: true
    page: default
"""
NAMED = "kind: services\ntiers: [{name: P0, page: sre}, {name: P1, page: shop}]\ndefault_tier: P1\n"


def test_a_page_by_default_needs_somebody_for_every_tier_or_in_the_rule() -> None:
    rule = {"policies/rules/paging.yaml": PAGING}

    (found,) = build(rule).diagnostics
    assert (found.code, found.span.line, found.message) == ("E711", 8, "`page: default` names nobody for tier P0, P1")
    assert codes(build({**rule, "policies/services.yaml": NAMED})) == []
    assert codes(build({"policies/rules/paging.yaml": PAGING.replace("match:", "page: sre\nmatch:")})) == []


def test_tiers_services_and_rules_carry_their_person_into_the_bundle() -> None:
    services = NAMED + "services:\n  - {name: shop, tier: P0, owner: x, page: own, labels: {service: shop}}\n"
    rule = PAGING.replace("match:", "page: me\npriority: 7\ngroup: hosts\nmatch:")

    bundle = build({"policies/rules/paging.yaml": rule, "policies/services.yaml": services}).bundle

    assert bundle is not None
    assert [one.page for one in bundle.tiers] + [one.page for one in bundle.services] == ["sre", "shop", "own"]
    (paging, _) = sorted(bundle.rules, key=lambda one: one.name)
    assert (paging.page, paging.priority, paging.group) == ("me", 7, "hosts")


def test_an_inventory_whose_schedules_no_rule_answers_is_told() -> None:
    sources = {"policies/sources.yaml": "kind: sources\ninventory: {every: 15m}\n"}
    [told] = [one for one in build(sources).diagnostics if one.code == "W734"]
    assert (told.span.file, told.span.line, told.span.column) == ("policies/sources.yaml", 2, 1)
    listing = {**sources, "policies/rules/inventory.yaml": LISTING}
    assert "W734" not in [one.code for one in build(listing).diagnostics]


LISTING = """\
kind: rule
name: inventory
mode: active
match: {source: [interlock.inventory]}
object: service/{% $event.detail.service %}
decide:
  - default: true
    ignore: listed by hand
"""
