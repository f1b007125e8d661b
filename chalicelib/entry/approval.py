"""The Lambda that a waiting task hands its token to: it asks people, and whoever answers lets the task go on."""

import logging
from collections.abc import Mapping
from typing import Any

from chalicelib.control.approvals.approve import Ask, ask
from chalicelib.wiring.core import get_core

log = logging.getLogger(__name__)


def approval(payload: Any, _context: object) -> dict[str, str]:
    """Ask, once for each dispatch and step; what it returns is for the log, since the task waits for its token."""
    asked = read_ask(payload)
    action = ask(asked, get_core().ports)
    log.info("approval %s.%s: %s", asked.dispatch, asked.step, action)
    return {"approval": f"{asked.dispatch}.{asked.step}", "action": action}


def read_ask(payload: Mapping[str, Any]) -> Ask:
    """Read the payload of a compiled `approve` state."""
    return Ask(str(payload["dispatch"]["id"]), str(payload["step"]), str(payload["token"]), payload["ask"])
