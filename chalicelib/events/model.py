"""The one Event that everything inside Interlock sees, whatever its source."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from chalicelib.identity import Home, ObjectId


class Observation(NamedTuple):
    """An object was seen in a state at a time; `labels` are merged into those already known."""

    object: ObjectId
    state: str
    at: datetime
    labels: Mapping[str, str] = MappingProxyType({})


class Event(NamedTuple):
    """Something that happened. `raw` is the EventBridge envelope as received: what patterns and `$event` see."""

    id: str
    source: str
    type: str
    time: datetime
    """Always aware; the producer's clock, used to order observations of one object and for nothing else."""
    home: Home
    detail: Mapping[str, Any]
    raw: Mapping[str, Any]
    root_id: str
    """The id of the event that started the causal chain; its own id for an event from outside."""
    hops: int
    """How many dispatches lie between the root event and this one."""
    observations: tuple[Observation, ...] = ()
