"""What an adapter of a sender is: how a request proves itself, and the events in its body."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

WINDOW = timedelta(minutes=5)
"""How far a signed time may be from ours, either way."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came in. Header names are lower case; nothing of it is to be believed before it has proven itself."""

    headers: Mapping[str, str]
    body: bytes
    now: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """One event of a body. The same `key` from the same source is the same event, however often it is sent.

    The key is taken from what is signed: else a copied request would be a new event under another header.
    """

    type: str
    key: tuple[str, ...]
    detail: Mapping[str, Any] = field(default_factory=dict)
    time: str | None = None
    """ISO 8601 with an offset; None: when it arrived."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """One kind of sender."""

    name: str
    proves: Callable[[Request, bytes], bool]
    """Whether the request was made by somebody who knows the secret."""
    read: Callable[[Request, Mapping[str, Any]], tuple[Draft, ...]]
    """Gives the events in the body of a proven request. Raises MalformedEvent."""


def sign(secret: bytes, *parts: bytes) -> str:
    """Give the hex HMAC-SHA256 of the parts one after the other."""
    return hmac.new(secret, b"".join(parts), hashlib.sha256).hexdigest()


def is_same(given: str, expected: str) -> bool:
    """Compare in a time that does not tell how much is right."""
    return hmac.compare_digest(given.encode(), expected.encode())


def is_fresh(stamp: str, now: datetime) -> bool:
    """Whether a time in seconds since 1970 is inside the window."""
    return stamp.isascii() and stamp.isdigit() and abs(int(stamp[:15]) - now.timestamp()) <= WINDOW.total_seconds()


def hash_body(request: Request) -> str:
    """Give what stands for a body that has no id of its own."""
    return hashlib.sha256(request.body).hexdigest()
