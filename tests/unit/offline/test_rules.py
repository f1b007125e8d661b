from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.catalog.model import Goal, Rung
from infra.build import check_project
from infra.offline.report import list_rehearsal, rehearse_rules, render_rehearsal
from infra.offline.rules import Rehearsal, rehearse_rule
from infra.project import find_project
from infra.sources import is_test_file, read_sources
from tests.behaviour_claims import make_budget, make_budgeted
from tests.builders import make_bundle, make_rule

SHARED = """
kind: rule_cases
rule: host_stopped
at: "2026-01-01T00:00:00Z"
event:
  source: aws.ec2
  detail-type: EC2 Instance State-change Notification
  detail: {instance-id: i-0a, state: stopped}
"""
CASE = """cases:
  - name: a stopped host
    objects: {host/i-0a: {state: running, labels: {service: checkout}}}
    steps:
      - event: {}
        expect: {branch: default, run: host_reboot, with: {host: i-0a}, verdict: start, tier: P1}
"""


def rehearse(cases: str, head: str = SHARED) -> Rehearsal:
    return rehearse_rule(head.lstrip() + cases, "rule.cases.yaml", make_bundle())


def find_fault(cases: str) -> str | None:
    (result,) = rehearse(cases).results
    return result.fault


def test_a_case_holds_and_the_branches_it_takes_are_counted() -> None:
    rehearsal = rehearse(CASE)

    assert rehearsal.holds
    assert (rehearsal.branches, rehearsal.taken, rehearsal.missed) == (2, frozenset({2}), (1,))


def test_the_objects_of_a_case_are_the_size_that_a_percentage_is_of() -> None:
    fleet = ", ".join(
        f"host/i-{name}: {{state: running, labels: {{service: checkout}}}}" for name in ("0a", "b", "c", "d")
    )
    running = "running: [{run: host_reboot, with: {host: i-b}}]"
    case = f"""cases:
  - name: half of four
    objects: {{{fleet}}}
    {running}
    steps:
      - event: {{detail: {{state: rebooting}}}}
        expect: {{verdict: start}}
"""
    rule = make_rule(match={"source": ["aws.ec2"]})
    bundle = replace(make_budgeted(make_budget(at_most=50, percent=True)), rules=(rule,))
    assert [one.fault for one in rehearse_rule(SHARED.lstrip() + case, "rule.cases.yaml", bundle).results] == [None]


@pytest.mark.parametrize(
    ("was", "wanted", "fault"),
    [
        ("branch: default", "branch: 1", "step 1: branch: wanted 1, was 2"),
        ("run: host_reboot", "run: host_stop", 'step 1: run: wanted "host_stop", was "host_reboot"'),
        ("host: i-0a", "host: i-0b", 'step 1: with.host: wanted "i-0b", was "i-0a"'),
        ("host: i-0a", "color: red", 'step 1: with.color: wanted "red", was nothing'),
        ("verdict: start", "verdict: queue", 'step 1: verdict: wanted "queue", was "start"'),
        ("tier: P1", "tier: P0", 'step 1: tier: wanted "P0", was "P1"'),
        ("tier: P1", "page: sre", 'step 1: page: wanted "sre", was nothing'),
        ("tier: P1", "ignore: no", 'step 1: ignore: wanted "no", was "run"'),
        ("tier: P1", "fails: at all", 'step 1: fails: wanted "failed", was "run"'),
        ("tier: P1", "because: rain", 'step 1: because: "rain" is not in the reason: branch 2: the default'),
        ("tier: P1", "goal: met", "step 1: goal: wanted met, was pursuing"),
        ("tier: P1", "match: false", "step 1: the event matches the rule, and must not"),
        (
            "detail: {instance-id: i-0a, state: stopped}",
            "detail: {instance-id: i-0a, state: running}",
            "step 1: wanted a decision, and the event does not match the rule",
        ),
    ],
)
def test_the_first_difference_is_told(was: str, wanted: str, fault: str) -> None:
    head, cases = SHARED.replace(was, wanted), CASE.replace(was, wanted)
    assert (head, cases) != (SHARED, CASE)

    assert [one.fault for one in rehearse(cases, head).results] == [fault]


def test_a_failed_case_tells_what_was_decided_and_why() -> None:
    rehearsal = rehearse(CASE.replace("branch: default", "branch: 1"))

    assert not rehearsal.holds
    assert render_rehearsal("r.cases.yaml", rehearsal) == [
        "r.cases.yaml",
        "  FAILED  a stopped host",
        "      step 1: branch: wanted 1, was 2",
        "      | host_stopped on host/i-0a (checkout, tier P1)",
        "      |   match: yes: the event matches the rule's pattern",
        '      |   branch 1: no: $object.tier = "P0" is false: "P1" = "P0"',
        "      |   branch 2: yes: the default",
        "      |   => start: run host_reboot: branch 2: the default",
        "  branches taken: 1 of 2",
        "  no case takes branch 1",
    ]
    assert list_rehearsal("r.cases.yaml", rehearsal)["cases"][0]["passed"] is False


def test_running_work_blocks_and_its_end_lets_go() -> None:
    cases = """cases:
  - name: it waits
    running: [{run: host_tag, with: {host: i-0a}}]
    steps:
      - event: {}
        expect: {verdict: queue, because: host_tag holds host/i-0a}
      - after: 1m
        ends: {object: host/i-0a, how: failed, error: NotFound}
        expect: {object: host/i-0a, goal: pursuing}
"""
    assert find_fault(cases) is None


def test_the_clock_moves_and_history_counts() -> None:
    rehearsal = rehearse(CASE + "      - {after: 10m, event: {}, expect: {verdict: queue}}\n")

    assert rehearsal.holds


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ("{ends: {object: host/i-0a}}", "Nothing holds host/i-0a, so nothing can end there"),
        ("{event: {time: noon}}", "the event is a dead letter"),
        ("{after: 1m, expect: {goal: met}}", "step 1: goal: name the object whose goal is meant"),
    ],
)
def test_what_cannot_happen_is_the_cases_own_fault(steps: str, fault: str) -> None:
    found = find_fault(f"cases:\n  - name: odd\n    steps: [{steps}]\n")

    assert found is not None
    assert found.startswith(fault)


def test_mistakes_in_the_file_are_diagnostics() -> None:
    assert [one.code for one in rehearse(CASE, SHARED.replace("host_stopped", "host_stoped")).diagnostics] == ["E911"]
    assert [one.code for one in rehearse(CASE.replace("steps", "stepps")).diagnostics] == ["E201"]
    assert [one.code for one in rehearse(CASE, SHARED.replace("00Z", "00")).diagnostics] == ["E203"]
    assert [one.code for one in rehearse_rule("a: [", "x", make_bundle()).diagnostics] == ["E101"]


def test_every_rule_of_the_repository_has_cases_that_hold_and_take_every_branch() -> None:
    project = find_project()
    build = check_project(project).build
    assert build is not None

    sources = {path: text for path, text in read_sources(project).items() if is_test_file(path)}
    rehearsals = rehearse_rules(sources, project)

    assert {Path(path).name.partition(".")[0] for path in rehearsals} == {rule.name for rule in build.bundle.rules}
    faults = {f"{path}: {one.name}": one.fault for path, each in rehearsals.items() for one in each.results}
    assert {name: fault for name, fault in faults.items() if fault} == {}
    assert {path: each.missed for path, each in rehearsals.items() if each.missed} == {}


LADDER = Goal('$object.state = "running"', 600, (Rung("host_tag", {"host": "{% $object.name %}"}), Rung(page="sre")))
CLIMBING = """cases:
  - name: it is never mended
    objects: {host/i-0a: {state: running, labels: {service: checkout}}}
    steps:
      - event: {}
        expect: {run: host_reboot, rung: 0, goal: pursuing}
      - after: 9m
        expect: {object: host/i-0a, nothing: true, goal: pursuing}
      - after: 2m
        expect: {run: host_tag, rung: 1, attempt: 1, verdict: queue}
      - ends: {object: host/i-0a, how: failed, error: NotFound}
      - after: 11m
        expect: {object: host/i-0a, page: sre, rung: 2, goal: escalated}
"""


def climb(cases: str) -> Rehearsal:
    bundle = make_bundle(rules=(make_rule(goal=LADDER),))
    return rehearse_rule(SHARED.lstrip() + cases, "rule.cases.yaml", bundle)


def test_a_case_lets_time_pass_and_climbs_the_ladder() -> None:
    rehearsal = climb(CLIMBING)
    assert [one.fault for one in rehearsal.results] == [None]
    assert (rehearsal.rungs, rehearsal.climbed, rehearsal.missed_rungs) == (2, frozenset({1, 2}), ())


@pytest.mark.parametrize(
    ("was", "wanted", "fault"),
    [
        ("after: 9m", "after: 11m", "step 2: wanted nothing to be decided, and it was: run host_tag"),
        ("after: 2m", "after: 30s", "step 3: wanted a decision, and nothing was decided"),
        ("rung: 1", "rung: 2", "step 3: rung: wanted 2, was 1"),
        ("attempt: 1", "attempt: 2", "step 3: attempt: wanted 2, was 1"),
        ("goal: escalated", "goal: missed", "step 5: goal: wanted missed, was escalated"),
        ("rung: 0", "rung: 1", "step 1: rung: wanted 1, was 0"),
    ],
)
def test_what_differs_from_a_ladders_case_is_told(was: str, wanted: str, fault: str) -> None:
    (result,) = climb(CLIMBING.replace(was, wanted, 1)).results
    assert result.fault == fault


def test_a_rung_that_no_case_climbs_to_is_told() -> None:
    rehearsal = climb(CLIMBING.split("      - ends", maxsplit=1)[0])
    assert rehearsal.missed_rungs == (2,)
    assert "  no case climbs to rung 2" in render_rehearsal("r", rehearsal)
