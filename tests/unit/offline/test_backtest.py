import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chalicelib.catalog.model import Accumulate, Branch, Bundle, Correlate, Dedupe, RuleMode, Schedule, Storm
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.settle import settle_execution
from dsl.schedules import match_due, write_due
from infra.errors import FileUnreadable
from infra.offline.backtest import Change, backtest
from infra.offline.backtest_report import list_diff, render_markdown, render_text, summarize
from infra.offline.memory import ManualClock
from infra.offline.trees import compile_tree
from infra.offline.world import World
from infra.project import find_project
from tests.builders import HOME, make_bundle, make_event, make_rule

PAGE = Branch(when=None, page="sre")
REBOOT = Branch(when=None, run="host_reboot", with_={"host": "{% $object.name %}"})


def with_branches(*branches: Branch, mode: RuleMode = RuleMode.ACTIVE) -> Bundle:
    return make_bundle(rules=(make_rule(branches=branches, mode=mode),))


def make_events(*hosts: str) -> list[dict[str, object]]:
    return [make_event(f"e{number}", host, time=f"2026-01-01T00:{number:02d}:00Z") for number, host in enumerate(hosts)]


def list_changes(
    events: Iterable[object], old: Bundle, new: Bundle, takes_s: int | None = None
) -> dict[tuple[str, str], int]:
    diff = backtest(events, old, new, takes_s=takes_s)
    return {(change.before, change.after): count for change, count in diff.changes.items()}


def test_equal_policies_differ_in_nothing() -> None:
    diff = backtest(make_events("i-0a", "i-0b"), make_bundle(), make_bundle())

    assert (diff.events, diff.matched, summarize(diff)) == (2, 2, "No decision differs.")


def test_another_branch_another_rule_and_another_input_are_told_apart() -> None:
    events = make_events("i-0a")
    other = REBOOT._replace(with_={"host": "i-0b"})

    assert list_changes(events, with_branches(REBOOT), with_branches(PAGE)) == {("run host_reboot", "page sre"): 1}
    assert list_changes(events, make_bundle(rules=()), with_branches(PAGE)) == {("nothing", "page sre"): 1}
    assert list_changes(events, with_branches(REBOOT), with_branches(other)) == {
        ("run host_reboot", "run host_reboot with another input"): 1
    }
    shadow = with_branches(REBOOT, mode=RuleMode.SHADOW)
    assert list_changes(events, shadow, with_branches(REBOOT)) == {("(run host_reboot)", "run host_reboot"): 1}


def test_each_version_counts_what_it_would_have_started_itself() -> None:
    twice = Branch(when='$runs("host_reboot", "1h") >= 2', page="sre")

    events = make_events(*["i-0a"] * 5)
    old, new = with_branches(REBOOT), with_branches(twice, REBOOT)

    assert list_changes(events, old, new, takes_s=0) == {("run host_reboot", "page sre"): 3}
    assert list_changes(events, old, new, takes_s=180) == {("run host_reboot", "page sre"): 2}, "the third one waits"


def test_labels_seen_on_the_way_decide() -> None:
    seen = make_event(
        "e0",
        source="interlock",
        **{"detail-type": "Object State Changed"},
        detail={
            "object": "host/i-0a", "state": "running", "at": "2026-01-01T00:00:00+00:00",
            "labels": {"service": "ledger"}, "root_id": "e0", "hops": 1,
        },
    )  # fmt: skip
    bundle = make_bundle(rules=())

    diff = backtest([seen, make_event("e1", time="2026-01-01T00:05:00Z")], bundle, make_bundle())

    assert dict(diff.after) == {"page sre": 1}


def test_objects_are_forgotten_beyond_the_bound_and_that_is_said() -> None:
    diff = backtest(make_events("i-0a", "i-0b", "i-0c"), make_bundle(), make_bundle(), objects_kept=2)

    assert diff.forgotten == 1
    assert "1 object(s) forgotten on the way" in render_text(diff)[0]


def test_what_is_no_event_is_counted() -> None:
    diff = backtest(["{", 7, make_event(source=7)], make_bundle(), make_bundle())

    assert (diff.events, diff.malformed) == (3, 3)


def test_the_reports_say_how_many_where_and_why() -> None:
    diff = backtest(make_events("i-0a", "i-0b"), with_branches(REBOOT), with_branches(PAGE))

    assert summarize(diff) == "2 more: page sre; 2 fewer: run host_reboot."
    assert render_text(diff)[2:7] == [
        "",
        "2 x host_stopped: run host_reboot -> page sre",
        "    host/i-0a, event e0",
        "      old: branch 1: the default",
        "      new: branch 1: the default",
    ]
    assert render_markdown(diff)[-1] == (
        "| `host_stopped` | run host_reboot | page sre | 2 | `host/i-0a` in event `e0` |"
    )
    listed = list_diff(diff)
    assert json.loads(json.dumps(listed))["changes"][0]["count"] == 2
    assert next(iter(diff.changes)) == Change("host_stopped", "run host_reboot", "page sre")


def test_a_tree_is_a_checkout_or_a_folder_of_policies(tmp_path: Path) -> None:
    project = find_project()

    whole, alone = compile_tree(project.root, project)[0], compile_tree(project.policies, project)[0]

    assert whole is not None
    assert whole == alone
    with pytest.raises(FileUnreadable, match="no tree of policies"):
        compile_tree(tmp_path, project)


def with_windows(**correlate: Any) -> Bundle:
    return make_bundle(rules=(make_rule(branches=(REBOOT,), correlate=Correlate(**correlate)),))


def at(event_id: str, minute: int, host: str = "i-0a", state: str = "stopped") -> dict[str, object]:
    return make_event(event_id, host, state, time=f"2026-01-01T00:{minute:02d}:00Z")


def test_windows_are_replayed_at_the_events_own_times() -> None:
    events = [at("e1", 0), at("e2", 3), at("e3", 20)]
    changes = list_changes(events, with_branches(REBOOT), with_windows(dedupe=Dedupe(900)))
    assert changes == {("run host_reboot", "deduplicated"): 1}
    counted = list_changes(events, with_branches(REBOOT), with_windows(accumulate=Accumulate(2, 600)))
    assert counted == {("run host_reboot", "accumulated"): 2}


def test_what_settles_is_compared_once_it_has_and_acts_only_if_it_stayed_so() -> None:
    events = [at("e1", 0), at("up", 1, state="running"), at("e2", 10), at("e3", 11)]
    diff = backtest(events, with_branches(REBOOT), with_windows(settle_s=120))
    changes = {(change.before, change.after): count for change, count in diff.changes.items()}
    assert changes == {("run host_reboot", "dropped"): 1, ("run host_reboot", "deduplicated"): 1}
    assert diff.after["run host_reboot"] == 1
    (example,) = diff.examples[Change("host_stopped", "run host_reboot", "dropped")]
    assert example.after == "host/i-0a is running, and no longer stopped"


def test_a_storm_is_replayed_with_its_page() -> None:
    events = [at(f"e{n}", n, f"i-{n}") for n in range(5)]
    diff = backtest(events, with_branches(REBOOT), with_windows(storm=Storm("all", 2, 600, "sre")))
    assert dict(diff.after) == {"run host_reboot": 2, "held, page sre": 1, "held": 2}


def test_windows_are_forgotten_beyond_the_bound_and_that_is_said() -> None:
    bundle = with_windows(dedupe=Dedupe(900))
    diff = backtest(make_events("i-0a", "i-0b", "i-0c"), bundle, bundle, objects_kept=2)
    assert diff.forgotten_windows == 2
    assert "2 window(s) forgotten on the way" in render_text(diff)[0]


@pytest.mark.parametrize(
    "correlate",
    [
        Correlate(settle_s=120, dedupe=Dedupe(900)),
        Correlate(accumulate=Accumulate(2, 600), dedupe=Dedupe(1200)),
        Correlate(settle_s=60, storm=Storm("all", 3, 600, "sre")),
    ],
)
def test_a_backtest_comes_to_what_production_does(correlate: Correlate) -> None:
    """The same events through control in memory, with time going by between them."""
    bundle = make_bundle(rules=(make_rule(branches=(REBOOT,), correlate=correlate, goal=None),))
    hosts = ["i-0a", "i-0b", "i-0c", "i-0d"]
    random = Random(7)
    minutes = sorted(random.choices(range(59), k=40))
    events = [
        at(f"e{n}", minute, random.choice(hosts), random.choice(["stopped", "stopped", "running"]))
        for n, minute in enumerate(minutes)
    ]
    world = World(bundle, ManualClock(datetime(2026, 1, 1, tzinfo=UTC)), HOME)
    for event in events:
        moment = datetime.fromisoformat(str(event["time"]))
        world.pass_time(int((moment - world.clock.at).total_seconds()))
        world.send(event)
        for dispatch, execution in list(world.executions.executions.items()):
            if execution.status is ExecutionStatus.RUNNING:
                ended = world.executions.end(dispatch, ExecutionStatus.SUCCEEDED)
                settle_execution(dispatch, ended, world.ports, bundle)
    world.pass_time(600)
    rows = [row for key, row in world.store.rows.items() if key.sk.startswith("dispatch#")]
    real = Counter("run host_reboot" if row["state"] not in STOPPED else row["state"] for row in rows)
    replayed = Counter[str]()
    for deed, count in backtest(events, bundle, bundle, takes_s=0).after.items():
        replayed[deed.partition(",")[0]] += count
    assert replayed == real
    assert len(real) > 1


STOPPED = {"deduplicated", "accumulated", "dropped", "held"}


def with_schedule(expression: str, *, zone: str = "UTC", mode: RuleMode = RuleMode.ACTIVE) -> Bundle:
    rule = make_rule(name="window", match=match_due("window"), object="host/i-0a", branches=(PAGE,), mode=mode)
    return make_bundle(rules=(rule._replace(schedule=Schedule(expression, zone)),))


def test_schedules_decide_at_their_own_times_from_the_first_event_to_the_last() -> None:
    events = [
        make_event("e1", "i-0a", time="2026-01-01T00:30:00Z"),
        make_event("e2", "i-0a", time="2026-01-01T04:30:00Z"),
    ]
    hourly, every_other = with_schedule("rate(1 hour)"), with_schedule("rate(2 hours)")

    assert list_changes(events, make_bundle(rules=()), hourly) == {("nothing", "page sre"): 4}
    assert list_changes(events, hourly, every_other) == {("page sre", "nothing"): 2}
    assert list_changes(events, hourly, hourly) == {}
    assert list_changes(events[:1], make_bundle(rules=()), hourly) == {}
    diff = backtest(events, hourly, every_other)
    assert (diff.events, diff.scheduled) == (2, 4)
    assert render_text(diff)[0] == "2 event(s) and 4 time(s) of schedules, 4 matched a rule."


def test_a_recorded_occurrence_is_not_decided_a_second_time_and_the_zone_counts() -> None:
    recorded = {**write_due("window", "2026-01-01T03:00:00Z"), "account": "123456789012", "region": "us-east-1"}
    ends = [
        make_event("e1", "i-0a", time="2026-01-01T00:00:00Z"),
        make_event("e2", "i-0a", time="2026-01-02T00:00:00Z"),
    ]
    daily = with_schedule("cron(0 3 * * ? *)")
    berlin = with_schedule("cron(0 3 * * ? *)", zone="Europe/Berlin")

    assert list_changes([ends[0], recorded, ends[1]], make_bundle(rules=()), daily) == {("nothing", "page sre"): 1}
    assert list_changes(ends, daily, berlin) == {("page sre", "nothing"): 1, ("nothing", "page sre"): 1}
