"""The Lambda that works the queue of starts off: few at a time, and each of them so many a second."""

import logging
from collections.abc import Callable
from typing import Any

from chalicelib.aws.clock import Gait
from chalicelib.aws.queues import read_start
from chalicelib.control.pace import STARTS_A_SECOND
from chalicelib.control.paced import take_turn
from chalicelib.wiring.core import Core, get_core

log = logging.getLogger(__name__)
_GAIT = Gait(STARTS_A_SECOND)
"""Of this worker: kept while it is warm, so that a batch does not begin sooner after the last one's end."""


def start(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Start what each message names. A repeat starts nothing."""
    return start_batch(event["Records"], get_core(rest_s=0), _GAIT.wait)


def start_batch(records: list[dict[str, Any]], core: Core, wait: Callable[[], None]) -> dict[str, Any]:
    """Start each, and give back those that failed: only they are delivered again. `wait` keeps the starts apart."""
    failed = []
    for record in records:
        try:
            name, tries = read_start(record["body"])
            wait()
            take_turn(name, tries, core.ports, core.bundle)
        except Exception:
            # Whatever it was, the other messages must not be held up by it, and the queue keeps this one.
            log.exception("the start message %s failed", record["messageId"])
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
