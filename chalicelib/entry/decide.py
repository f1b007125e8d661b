"""The Lambda that EventBridge invokes with every routed event: decide, and dispatch what was decided.

SNS topics and SQS queues may be its sources, too: then it is given a batch.
"""

from typing import Any

from chalicelib.control.intake import handle_event
from chalicelib.errors import InterlockError
from chalicelib.events.records import Record, read_records
from chalicelib.wiring.core import Core, get_core
from chalicelib.wiring.runtime import accept_depth

accept_depth()


def decide(event: Any, _context: object) -> dict[str, Any]:
    """Take one raw event, or a batch, through. An exception makes Lambda try again, which does no harm."""
    return take_payload(event, get_core())


def take_payload(payload: Any, core: Core) -> dict[str, Any]:
    """Handle what Lambda was given, and say what became of it."""
    records = read_records(payload)
    return _handle(payload, core) if records is None else _handle_batch(records, core)


def _handle_batch(records: tuple[Record, ...], core: Core) -> dict[str, Any]:
    """Handle each record for itself: SQS is told which of its messages must come again, SNS sends all of them again."""
    done, failed = [], []
    for record in records:
        try:
            done.append(_handle(record.raw, core))
        except InterlockError:
            if not record.receipt:
                raise
            failed.append({"itemIdentifier": record.receipt})
    return {"events": done, "batchItemFailures": failed}


def _handle(raw: Any, core: Core) -> dict[str, Any]:
    outcome = handle_event(raw, core.bundle, core.home, core.ports)
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
