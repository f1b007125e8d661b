"""The Lambda of the one-minute tick: rolls forward, asks about the overdue, resumes what was cut off."""

from typing import Any

from chalicelib.control.approvals.approve import reconcile_approvals
from chalicelib.control.reconcile import reconcile as reconcile_due
from chalicelib.wiring.core import get_core


def reconcile(_event: Any, _context: object) -> list[dict[str, str]]:
    """Look at what is due, and say what was done."""
    core = get_core()
    done = (*reconcile_due(core.ports, core.bundle), *reconcile_approvals(core.ports, core.bundle))
    return [{"dispatch": dispatch, "found": found, "action": action} for dispatch, found, action in done]
