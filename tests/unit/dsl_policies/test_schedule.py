from datetime import UTC, datetime
from itertools import islice, pairwise

import pytest

from chalicelib.catalog.model import Rule, Schedule
from chalicelib.decision.patterns import compile_pattern
from dsl.policies.rules import compile_rule
from dsl.schedules import walk_occurrences, write_due, write_rate

RULE = """\
kind: rule
name: patch_window
mode: active
schedule: {cron: "0 3 ? * sun  *", timezone: Europe/Berlin}
object: service/checkout
decide:
  - default: true
    ignore: nothing to do
"""
GOOD = '{cron: "0 3 ? * sun  *", timezone: Europe/Berlin}'


def compile_good(schedule: str = GOOD) -> Rule:
    rule, found = compile_rule(RULE.replace(GOOD, schedule), "r.yaml", {})
    assert rule is not None, found
    return rule


def test_a_schedule_compiles_to_what_eventbridge_takes_and_the_rule_matches_its_own_occurrences_only() -> None:
    rule = compile_good()
    assert rule.schedule == Schedule("cron(0 3 ? * SUN *)", "Europe/Berlin")
    mine = compile_pattern(rule.match)
    assert mine.matches(write_due("patch_window", "2026-03-29T01:00:00Z"))
    assert not mine.matches(write_due("reboot_window", "2026-03-29T01:00:00Z"))


@pytest.mark.parametrize(
    ("schedule", "compiled"),
    [
        ("{rate: 15m}", Schedule("rate(15 minutes)")),
        ("{rate: 1m}", Schedule("rate(1 minute)")),
        ("{rate: 90m}", Schedule("rate(90 minutes)")),
        ("{rate: 6h}", Schedule("rate(6 hours)")),
        ("{rate: 24h}", Schedule("rate(1 day)")),
        ('{cron: "0 3 ? * SUN *"}', Schedule("cron(0 3 ? * SUN *)", "UTC")),
    ],
)
def test_rates_are_written_in_the_largest_unit_and_utc_is_where_nothing_else_is_said(
    schedule: str, compiled: Schedule
) -> None:
    assert compile_good(schedule).schedule == compiled


@pytest.mark.parametrize(("seconds", "step"), [(60, 60), (5400, 5400), (21_600, 21_600), (86_400, 86_400)])
def test_a_rate_comes_due_again_and_again(seconds: int, step: int) -> None:
    after = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
    found = list(islice(walk_occurrences(Schedule(write_rate(seconds)), after), 3))
    assert found[0] > after
    assert [(later - earlier).total_seconds() for earlier, later in pairwise(found)] == [step, step]


@pytest.mark.parametrize(
    ("schedule", "code", "column", "message", "hint"),
    [
        ("{}", "E715", 1, "says neither `cron` nor `rate`", "write one of them"),
        ('{cron: "0 3 ? * SUN *", rate: 6h}', "E715", 1, "says both", "write one of them"),
        ('{cron: "0 3 * * 0"}', "E715", 18, "six fields are wanted", "write 0 3 ? * SUN *"),
        ("{rate: 90s}", "E715", 18, "count whole minutes", "for example 15m"),
        ("{rate: 6h, timezone: Europe/Berlin}", "E715", 32, "the same in every time zone", "leave `timezone` out"),
        (
            '{cron: "0 3 ? * SUN *", timezone: Europe/Bremen}',
            "E715",
            45,
            "no time zone 'Europe/Bremen'",
            "Europe/Berlin",
        ),
        ('{crn: "0 3 ? * SUN *"}', "E201", 12, "unknown field `crn`", "did you mean 'cron'"),
        ("{rate: 6}", "E203", 18, "6 has no unit", "6m for minutes"),
    ],
)
def test_a_wrong_schedule_is_told_with_its_place_and_the_way_out(
    schedule: str, code: str, column: int, message: str, hint: str
) -> None:
    rule, found = compile_rule(RULE.replace(GOOD, schedule), "r.yaml", {})
    assert rule is None
    [one] = found
    assert (one.code, one.span.line, one.span.column) == (code, 4, column)
    assert message in one.message
    assert hint in (one.hint or "")


def test_a_rule_decides_on_events_or_at_times() -> None:
    both = RULE.replace("object:", "match: {source: [aws.ec2]}\nobject:")
    _, (one,) = compile_rule(both, "r.yaml", {})
    assert (one.code, one.span.line) == ("E714", 4)
    neither = RULE.replace(f"schedule: {GOOD}\n", "")
    _, (one,) = compile_rule(neither, "r.yaml", {})
    assert (one.code, one.span.line, one.hint) == ("E202", 1, "add `match:` with an event pattern, or `schedule:`")
