"""What became of a dispatch: its own moments, and every state of its execution."""

from collections.abc import Iterator
from typing import Literal

from chalicelib.api.core import Core
from chalicelib.api.rows import read_row, show_resumed
from chalicelib.api.schemas.dispatches import Moment, StateVisit, Timeline, TimelineQuery
from chalicelib.control.journal.journal import read_journal, trace_state
from chalicelib.control.journal.transitions import UNTOLD
from chalicelib.control.records import render_time
from chalicelib.control.resumption import find_machine
from chalicelib.control.timeline import Visit, make_timeline
from chalicelib.control.transaction import Item


def show_timeline(core: Core, dispatch: str, query: TimelineQuery) -> Timeline:
    """Give a page of the states, in the order in which they were entered. Raises UnknownId.

    The whole history is read for each page: its events come in another order than the states that they make.
    """
    row = read_row(core, dispatch)
    visits = read_visits(core, row)
    entries = read_journal(dispatch, core.ports.store)
    untold = row["state"] in UNTOLD
    listed = visits or ()
    end = query.after + query.limit
    return Timeline(
        id=dispatch,
        state=row["state"],
        workflow=row.get("workflow"),
        resumes=show_resumed(row),
        moments=[_read_moment(one) for one in entries] or list(_list_moments(row)),
        caught_up=trace_state(entries) == ("" if untold else row["state"]),
        states=[_show(one) for one in listed[query.after : end]],
        known=visits is not None,
        next=end if len(listed) > end else None,
    )


def read_visits(core: Core, row: Item) -> tuple[Visit, ...] | None:
    """Read what the execution of a dispatch did; None if there is none (yet, or any more)."""
    runs = row.get("workflow") and row.get("execution_input")
    events = core.timelines.read(find_machine(row), row["id"]) if runs else None
    return None if events is None else make_timeline(events)


def _read_moment(entry: Item) -> Moment:
    facts = entry["facts"]
    return Moment(
        at=entry["at"],
        what=entry["kind"],
        before=entry["from"] or None,
        after=entry["to"] or None,
        reason=entry["reason"] or None,
        by=entry["by"] or None,
        freed_by=facts.get("freed_by"),
        fence=facts.get("fence"),
        step=facts.get("step"),
    )


def _list_moments(row: Item) -> Iterator[Moment]:
    """Give what the row itself says, of a dispatch whose journal is empty (yet)."""
    times: tuple[tuple[Literal["created", "queued", "started", "ended"], str], ...] = (
        ("created", "created_at"),
        ("queued", "queued_at"),
        ("started", "started_at"),
        ("ended", "ended_at"),
    )
    for what, name in times:
        if row.get(name):
            yield Moment(
                at=row[name],
                what=what,
                before=None,
                after=None,
                reason=None,
                by=None,
                freed_by=None,
                fence=None,
                step=None,
            )


def _show(one: Visit) -> StateVisit:
    spent = (one.left_at - one.entered_at).total_seconds() if one.left_at is not None else None
    return StateVisit(
        state=one.state,
        step=one.step,
        role=one.role,
        kind=one.kind,
        status=one.status,
        entered_at=render_time(one.entered_at),
        left_at=render_time(one.left_at) if one.left_at is not None else None,
        duration_s=round(spent, 3) if spent is not None else None,
        attempts=one.attempts,
        error=one.error or None,
        cause=one.cause or None,
    )
