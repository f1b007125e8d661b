"""`POST /v1/events/{source}`: events from senders that have no IAM identity, and prove themselves by a shared secret."""

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.api.core import Core
from chalicelib.api.problems import InvalidRequest, Problem, TooLarge
from chalicelib.control.intake import handle_event
from chalicelib.errors import MalformedEvent
from chalicelib.events.parse import MAX_BYTES
from chalicelib.events.webhooks.contract import Request
from chalicelib.events.webhooks.receive import Sender, Unproven, read_sender, receive

_SOURCE = re.compile(r"[a-z][a-z0-9-]{0,39}")


class NotProven(Problem):
    """The request is not signed as this source must sign, or there is no such source."""

    status, slug, title = 401, "not-proven", "Not signed"


def take_webhook(core: Core, source: str, headers: Mapping[str, str], body: bytes) -> list[str]:
    """Take the events of a request the way of every event, and give their ids.

    Raises NotProven whatever is wrong with source, secret, signature or time: who is not proven learns nothing else.
    Raises TooLarge, and InvalidRequest for a proven body that cannot be read.
    """
    if len(body) > MAX_BYTES:
        raise TooLarge(size=len(body), limit=MAX_BYTES)
    sender = _find_sender(core, source)
    if sender is None:
        raise NotProven
    request = Request(headers, body, core.ports.clock.now())
    try:
        events: list[dict[str, Any]] = receive(source, sender, request, core.home)
    except Unproven:
        raise NotProven from None
    except MalformedEvent as error:
        raise InvalidRequest(cause=str(error).rstrip(".")) from None
    return [handle_event(event, core.bundle, core.home, core.ports).event_id for event in events]


def _find_sender(core: Core, source: str) -> Sender | None:
    if not _SOURCE.fullmatch(source):
        return None
    text = core.secrets.read(source)
    return None if text is None else read_sender(source, text)
