"""Dispatches that do not go on, or take much longer than usual."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from chalicelib.control.lifecycle import LIVE
from infra.doctor.finding import Finding, Level, Patient

_MOST = 1000


def check(patient: Patient) -> Iterator[Finding]:
    """Look at every live dispatch: stuck ones fail, overdue ones warn."""
    live = list(takewhile(lambda one: one["state"] in LIVE, patient.api.list_dispatches(_MOST)))
    usual = {name: one.expected_s for name, one in patient.build.bundle.workflows.items()}
    stuck = [one for one in live if one["stuck"]]
    overdue = [one for one in live if one not in stuck and _is_overdue(one, usual, patient.now)]
    for one in stuck:
        yield Finding(Level.FAIL, "stuck", f"{one['id']} ({one['workflow']}): {one['stuck']}",
                      f"interlock dispatches {one['id']}; interlock break takes it back")  # fmt: skip
    for one in overdue:
        found = f"{one['id']} ({one['workflow']}) runs since {one['started_at'] or one['created_at']}"
        advice = f"interlock timeline {one['id']}; interlock break stops it"
        yield Finding(Level.WARN, "overdue", found, advice)
    if not stuck and not overdue:
        yield Finding(Level.OK, "dispatches", f"{len(live)} live, none stuck, none overdue")


def _is_overdue(one: dict[str, Any], usual: dict[str, int], now: datetime) -> bool:
    """Twice as long as usual is when reconcile begins to ask, so a little later something should have happened."""
    if one["state"] not in {"running", "reserved"} or one["workflow"] not in usual:
        return False
    since = datetime.fromisoformat(one["started_at"] or one["created_at"])
    return now - since > 2 * timedelta(seconds=usual[one["workflow"]]) + timedelta(minutes=5)
