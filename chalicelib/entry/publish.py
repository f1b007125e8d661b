"""The Lambda behind the table's stream: what each change means is told on the bus and kept in the journal."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.aws.journal import read_changes
from chalicelib.control.journal.journal import Outlets, publish_changes
from chalicelib.control.journal.transitions import Change
from chalicelib.wiring.publish import get_outlets

log = logging.getLogger(__name__)
TOGETHER = 10
"""Changes that are told in one request, and done again together if it fails."""


def publish(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Take a batch of the stream through. An exception makes Lambda try the batch again, which adds nothing twice."""
    return publish_batch(read_changes(event["Records"]), get_outlets())


def publish_batch(changes: Sequence[Change], outlets: Outlets) -> dict[str, Any]:
    """Publish the changes in order, and say from which one on they must come again.

    If that is the first one there is nothing to say but the failure itself.
    """
    for start in range(0, len(changes), TOGETHER):
        try:
            publish_changes(changes[start : start + TOGETHER], outlets)
        except Exception:
            if not start:
                raise
            log.exception("from %s on the changes must come again", changes[start].sequence)
            return {"batchItemFailures": [{"itemIdentifier": changes[start].sequence}]}
    return {"batchItemFailures": []}
