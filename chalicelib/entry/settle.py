"""The Lambda that ends dispatches: on status events of executions, and on the delayed messages of holds."""

import logging
from typing import Any

from chalicelib.aws.executions import read_execution
from chalicelib.aws.queues import read_message
from chalicelib.control.settle import Settled, UnknownDispatch, release_held, settle_execution
from chalicelib.control.unmatched import record_dead_letter
from chalicelib.wiring.core import Core, get_core

log = logging.getLogger(__name__)


def settle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take a status event, or a batch of hold messages, in. A repeat changes nothing."""
    core = get_core()
    return release_batch(event["Records"], core) if "Records" in event else settle_event(event, core)


def settle_event(event: dict[str, Any], core: Core) -> dict[str, Any]:
    """Settle what a status event ends.

    An execution of our machines that no dispatch owns was started past control: its event is kept as a dead letter.
    """
    name = event["detail"]["name"]
    try:
        return _show(settle_execution(name, read_execution(event["detail"]), core.ports, core.bundle))
    except UnknownDispatch:
        cause = f"the execution {name!r} belongs to no dispatch"
        record_dead_letter(event, cause, core.ports)
        return {"dead_letter": cause}


def release_batch(records: list[dict[str, Any]], core: Core) -> dict[str, Any]:
    """Release what each message says, and give back those that failed: only they are delivered again."""
    failed = []
    for record in records:
        try:
            dispatch, left = read_message(record["body"])
            if left > 0:
                core.ports.delays.send(dispatch, left)
            else:
                release_held(dispatch, core.ports, core.bundle)
        except Exception:
            # Whatever it was, the other messages must not be held up by it, and the queue keeps this one.
            log.exception("the hold message %s failed", record["messageId"])
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _show(settled: Settled) -> dict[str, Any]:
    return {
        "dispatch": settled.dispatch,
        "state": settled.state,
        "changed": settled.changed,
        "promoted": list(settled.promoted),
    }
