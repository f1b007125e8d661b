"""Calendars of freezes: the windows that a recurrence rule means, and every mistake with its place."""

from typing import Any

import pytest

from chalicelib.catalog.model import Calendar, Intent
from dsl.policies.approval import Named
from dsl.policies.control import compile_control
from tests.unit.dsl_policies.examples import CONTROL, KNOWN

WEEKEND = """\
freezes:
  - name: weekend
    starts: "2026-03-27T18:00"
    duration: 2d6h
    rrule: FREQ=WEEKLY;BYDAY=FR
    until: "2026-04-12"
    timezone: Europe/Berlin
    scope: {service: checkout}
    reason: nobody is there
    owner: shop
    exempt_tiers: [P0]
    exempt_intents: [configure]
    held: queue
"""
NAMED = Named(KNOWN, ["P0", "P1"], ["stopped"], ["checkout"])


def compile_freezes(text: str) -> tuple[Any, list[tuple[str, int, int]]]:
    control, found = compile_control(CONTROL + text, "c.yaml", KNOWN, NAMED)
    return control and control.freezes, [
        (one.code, one.span.line - CONTROL.count("\n"), one.span.column) for one in found
    ]


def test_a_rule_gives_windows_of_wall_clock_time_cut_at_the_end() -> None:
    calendars, found = compile_freezes(WEEKEND)
    assert found == []
    windows = (
        "2026-03-27T17:00:00.000Z", "2026-03-29T22:00:00.000Z",  # across the change of the clock: Sunday 18:00, 6 h more
        "2026-04-03T16:00:00.000Z", "2026-04-05T22:00:00.000Z",
        "2026-04-10T16:00:00.000Z", "2026-04-11T22:00:00.000Z",  # `until`
    )  # fmt: skip
    expected = Calendar(
        "weekend", {"service": "checkout"}, "nobody is there", "shop", windows, ("P0",), (Intent.CONFIGURE,), "queue"
    )
    assert calendars == (expected,)


def test_windows_that_touch_are_one_and_a_single_one_needs_no_rule() -> None:
    daily = WEEKEND.replace("FREQ=WEEKLY;BYDAY=FR", "FREQ=DAILY").replace("2d6h", "1d").replace("Europe/Berlin", "UTC")
    assert compile_freezes(daily)[0][0].windows == ("2026-03-27T18:00:00.000Z", "2026-04-12T00:00:00.000Z")
    once = WEEKEND.replace("    rrule: FREQ=WEEKLY;BYDAY=FR\n", "")
    assert len(compile_freezes(once)[0][0].windows) == 2


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ('    until: "2026-04-12"\n', "", ("E202", 2, 5)),
        ('"2026-04-12"', '"2026-03-27T18:00"', ("E917", 6, 12)),
        ("BYDAY=FR", "BYDAY=FR;BYMONTH=12", ("E917", 6, 12)),
        ('"2026-04-12"', '"someday"', ("E917", 6, 12)),
        ('"2026-03-27T18:00"', '"2026-03-27T18:00Z"', ("E916", 3, 13)),
        ("FREQ=WEEKLY", "FREQ=SOMETIMES", ("E916", 5, 12)),
        ("FREQ=WEEKLY;BYDAY=FR", "FREQ=SECONDLY", ("E916", 5, 12)),
        ("FREQ=WEEKLY;BYDAY=FR", "whenever", ("E916", 5, 12)),
        ("Europe/Berlin", "Europe/Berln", ("E916", 7, 15)),
        ("service: checkout", "service: chekout", ("E914", 8, 22)),
        ("service: checkout", "tier: P9", ("E901", 8, 19)),
        ("service: checkout", "workflow: none", ("E903", 8, 23)),
        ("service: checkout", "host: i-0a", ("E201", 8, 13)),
        ("[P0]", "[P9]", ("E901", 11, 20)),
        ("[configure]", "[smash]", ("E204", 12, 22)),
        ("held: queue", "held: maybe", ("E204", 13, 11)),
        ("duration: 2d6h", "duration: 0s", ("E204", 4, 15)),
        ("    reason: nobody is there\n", "", ("E202", 2, 5)),
    ],
)
def test_a_mistake_is_told_with_its_place(right: str, wrong: str, expected: Any) -> None:
    calendars, found = compile_freezes(WEEKEND.replace(right, wrong, 1))
    assert calendars is None
    assert expected in found, found


def test_two_calendars_of_one_name_are_told() -> None:
    twice = WEEKEND + WEEKEND.removeprefix("freezes:\n")
    assert ("E902", 14, 11) in compile_freezes(twice)[1]
