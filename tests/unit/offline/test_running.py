"""What a version of the policies would have running, and what control would keep back because of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from chalicelib.catalog.model import ApprovalLine, Branch, Budget, Bundle, Calendar, Intent, Verb
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.settle import settle_execution
from chalicelib.events.parse import parse
from chalicelib.identity import ObjectId
from infra.offline.backtest import Diff, backtest, list_kept_back
from infra.offline.backtest_report import list_diff, render_markdown, render_text, summarize
from infra.offline.memory import ManualClock
from infra.offline.replay import Found, Known, Side
from infra.offline.running import Breach
from infra.offline.world import World
from tests.builders import HOME, make_bundle, make_event, make_rule

START = datetime(2026, 1, 1, tzinfo=UTC)
REBOOT = Branch(when=None, run="host_reboot", with_={"host": "{% $object.name %}"})
BUDGET = Budget("few", "service", (), "host", Intent.DISRUPT, 1, percent=False, verb=Verb.QUEUE)
RATE = Budget("hourly", "rule", (), "host", Intent.OBSERVE, 2, percent=False, verb=Verb.REJECT, within_s=3600)
FULL, FEW = Breach("budget", "few", "queue"), Breach("budget", "few", "reject")


def make_policies(*budgets: Budget, **control: Any) -> Bundle:
    bundle = make_bundle(rules=(make_rule(branches=(REBOOT,), goal=None),))
    return replace(bundle, control=bundle.control._replace(budgets=budgets, **control))


def at(second: int) -> str:
    return (START + timedelta(seconds=second)).isoformat()


def look(*hosts: str, service: str = "checkout") -> list[dict[str, Any]]:
    return [
        make_event(
            f"see-{host}", source="interlock", time=at(0), **{"detail-type": "Object State Changed"},
            detail={"object": f"host/{host}", "state": "running", "at": at(0), "labels": {"service": service},
                    "root_id": "look", "hops": 0},
        )
        for host in hosts
    ]  # fmt: skip


def stop(host: str, second: int) -> dict[str, Any]:
    return make_event(f"{host}-{second}", host, time=at(second))


def kept_back(diff: Diff) -> dict[Breach, tuple[int, int]]:
    return {breach: (before, after) for breach, before, after in list_kept_back(diff)}


def test_a_new_budget_keeps_back_what_overlaps_and_nothing_else() -> None:
    events = [*look("i-0a", "i-0b", "i-0c"), stop("i-0a", 60), stop("i-0b", 120), stop("i-0c", 1000)]

    diff = backtest(events, make_policies(), make_policies(BUDGET), takes_s=300)

    assert kept_back(diff) == {FULL: (0, 1)}
    assert summarize(diff) == "1 more: budget breach, few: queue."
    assert diff.kept_back_at[FULL][0].after == "1 of 1 hosts disrupted in service checkout: budget few"
    assert kept_back(backtest(events, make_policies(), make_policies(BUDGET), takes_s=30)) == {}
    assert kept_back(backtest(events, make_policies(), make_policies(BUDGET))) == {FULL: (0, 1)}, "expected_s is 300"


def test_a_percentage_is_of_what_was_seen_by_then() -> None:
    half = BUDGET._replace(at_most=50, percent=True, verb=Verb.REJECT)
    events = [*look("i-0a", "i-0b", "i-0c"), stop("i-0a", 60), stop("i-0b", 61)]

    assert kept_back(backtest(events, make_policies(), make_policies(half))) == {FEW: (0, 1)}
    assert kept_back(backtest([*look("i-0d"), *events], make_policies(), make_policies(half))) == {}


def test_who_waited_starts_when_there_is_room_and_keeps_the_next_one_back() -> None:
    events = [*look("i-0a", "i-0b", "i-0c"), stop("i-0a", 60), stop("i-0b", 120), stop("i-0c", 500)]

    assert kept_back(backtest(events, make_policies(), make_policies(BUDGET))) == {FULL: (0, 2)}


def test_rates_freezes_approvals_and_running_work_are_told_apart() -> None:
    events = [*look("i-0a", "i-0b"), *(stop("i-0a", 60 * n) for n in range(1, 3)), stop("i-0b", 180), stop("i-0b", 900)]
    frozen = Calendar("night", {"service": "checkout"}, "", "", (at(890), at(1000)), (), (), "drop")
    asked = ApprovalLine((), (), (), (), ("ana",), 1, 3600)

    found = kept_back(backtest(events, make_policies(), make_policies(RATE)))
    assert found[Breach("rate", "hourly", "reject")] == (0, 1)
    assert found[Breach("conflict", "host_reboot meets host_reboot", "queue")] == (1, 1)
    assert kept_back(backtest(events, make_policies(), make_policies(freezes=(frozen,))))[
        Breach("freeze", "", "held")
    ] == (0, 1)
    assert kept_back(backtest(events, make_policies(), make_policies(approvals=(asked,))))[
        Breach("approval", "", "asked for")
    ] == (0, 4)


def test_the_reports_show_what_control_would_have_said() -> None:
    diff = backtest(
        [*look("i-0a", "i-0b"), stop("i-0a", 60), stop("i-0b", 120)], make_policies(), make_policies(BUDGET)
    )

    assert render_text(diff)[-3:] == [
        "What control would have said to what is not started at once (old, new):",
        "  budget breach, few: queue: 0, 1",
        "    host/i-0b, event i-0b-120: new: 1 of 1 hosts disrupted in service checkout: budget few",
    ]
    assert render_markdown(diff)[-2:] == [
        "|---|---:|---:|---|",
        "| budget breach, few: queue | 0 | 1 | `host/i-0b`: 1 of 1 hosts disrupted in service checkout: budget few |",
    ]
    (listed,) = list_diff(diff)["kept_back"]
    assert (listed["kind"], listed["name"], listed["before"], listed["after"]) == ("budget", "few", 0, 1)


def play(events: list[dict[str, Any]], bundle: Bundle, takes_s: int) -> list[tuple[str, str]]:
    """Take events through control itself, each run ending after its time; give (event, first verdict)."""
    world = World(bundle, ManualClock(START), HOME)
    verdicts: list[tuple[str, str]] = []
    ends: dict[str, datetime] = {}
    for event in events:
        moment = datetime.fromisoformat(event["time"])
        while (first := min(ends, key=lambda one: ends[one], default=None)) is not None and ends[first] <= moment:
            world.pass_time(int((ends[first] - world.clock.at).total_seconds()))
            del ends[first]
            settle_execution(first, world.executions.end(first, ExecutionStatus.SUCCEEDED), world.ports, bundle)
            _note_started(world, ends, takes_s)
        world.pass_time(int((moment - world.clock.at).total_seconds()))
        verdicts += [(event["id"], str(one.kind)) for one in world.send(event).verdicts]
        _note_started(world, ends, takes_s)
    return verdicts


def _note_started(world: World, ends: dict[str, datetime], takes_s: int) -> None:
    for dispatch, execution in world.executions.executions.items():
        if execution.status is ExecutionStatus.RUNNING:
            ends.setdefault(dispatch, world.clock.at + timedelta(seconds=takes_s))


def replay(events: list[dict[str, Any]], bundle: Bundle, takes_s: int) -> list[tuple[str, str]]:
    known: dict[ObjectId, Known] = {}
    side = Side(0, bundle, lambda one: known.setdefault(one, Known()), 1000, takes_s)
    verdicts: list[tuple[str, str]] = []
    for raw in events:
        event = parse(raw, HOME)
        found = [one for one in side.decide(event) if isinstance(one, Found)]
        verdicts += [(event.id, one.breaches[0].verdict if one.breaches else "start") for one in found]
        for seen in event.observations:
            side.see(seen, side.recall(seen.object))
            side.recall(seen.object).see(seen)
    return verdicts


@pytest.mark.parametrize("seed", range(3))
def test_a_backtest_keeps_back_exactly_what_control_does(seed: int) -> None:
    random = Random(seed)
    hosts = ["i-0a", "i-0b", "i-0c", "i-0d", "i-0e", "i-0f"]
    seconds = sorted(random.sample(range(1, 3000), 60))
    seen = [*look(*hosts[:4]), *look(*hosts[4:], service="ledger")]
    events = [*seen, *(stop(random.choice(hosts), second) for second in seconds)]
    bundle = make_policies(BUDGET._replace(at_most=50, percent=True))

    real = play(events, bundle, 240)

    assert replay(events, bundle, 240) == real
    assert {verdict for _, verdict in real} == {"start", "queue", "reject"}, "as queues are full"
