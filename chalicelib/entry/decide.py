"""The Lambda that EventBridge invokes with every routed event: decide, and dispatch what was decided."""

from typing import Any

from chalicelib.control.intake import handle_event
from chalicelib.wiring.core import get_core


def decide(event: Any, _context: object) -> dict[str, Any]:
    """Take one raw event through. An exception makes Lambda try again, which does no harm."""
    core = get_core()
    outcome = handle_event(event, core.bundle, core.home, core.ports)
    return {
        "event": outcome.event_id,
        "outcome": outcome.kind,
        "cause": outcome.cause,
        "verdicts": [
            {
                "dispatch": verdict.dispatch,
                "state": verdict.state,
                "reason": verdict.reason,
                "duplicate": verdict.duplicate,
            }
            for verdict in outcome.verdicts
        ],
    }
