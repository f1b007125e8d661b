"""Who is who: object ids, dispatch ids and the hashes behind them. Pure and deterministic."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from chalicelib.errors import MalformedObjectId

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_SHORT, _FULL = 2, 4
_HALF = 20
"""Hex digits in each half of a dispatch id: 80 bits a half, so that two events meet by chance once in 10^12."""


class Home(NamedTuple):
    """The account and region that a short object id belongs to."""

    account: str
    region: str


class ObjectId(NamedTuple):
    """The full id of one object: `account/region/kind/name`."""

    account: str
    region: str
    kind: str
    name: str

    def __str__(self) -> str:
        """Give the full id."""
        return f"{self.account}/{self.region}/{self.kind}/{self.name}"

    @property
    def short(self) -> str:
        """`kind/name`, as people write it."""
        return f"{self.kind}/{self.name}"

    @property
    def home(self) -> Home:
        """The account and region of this object."""
        return Home(self.account, self.region)


def parse_object_id(text: str, home: Home) -> ObjectId:
    """Read `kind/name` (in `home`) or `account/region/kind/name`. Raises MalformedObjectId."""
    parts = text.split("/")
    if any(not part for part in parts):
        raise MalformedObjectId(text=text, cause="a part of it is empty")
    if len(parts) == _SHORT:
        return ObjectId(home.account, home.region, *parts)
    if len(parts) == _FULL:
        return ObjectId(*parts)
    raise MalformedObjectId(text=text, cause="write kind/name or account/region/kind/name")


def canonical_json(value: Any) -> str:
    """Serialize to the one text that equal values share: sorted keys, no spaces."""
    return _CANONICAL.encode(value)


def digest(parts: Iterable[str], length: int = _HALF) -> str:
    """Hash a sequence of strings, so that no two sequences share a text by concatenation, to hex digits."""
    text = canonical_json(list(parts))
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def event_digest(event_id: str) -> str:
    """Give the half of a dispatch id that all decisions of one event share: the partition they are stored in."""
    return digest([event_id])


class Origin(NamedTuple):
    """What makes a dispatch the same dispatch: the branch that was taken is not part of it."""

    event_id: str
    rule: str
    object: str
    batch: int = 0
    rung: int = 0
    attempt: int = 0


def dispatch_id(origin: Origin) -> str:
    """Name a dispatch, and with it its execution: `<event half>-<decision half>`, 41 characters of [0-9a-f-]."""
    rest = (origin.rule, origin.object, str(origin.batch), str(origin.rung), str(origin.attempt))
    return f"{event_digest(origin.event_id)}-{digest(rest)}"
