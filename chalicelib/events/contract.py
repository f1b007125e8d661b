"""What a source of events is: a name, and how to read observations out of its events."""

from collections.abc import Callable
from typing import NamedTuple

from chalicelib.events.model import Event, Observation


class Source(NamedTuple):
    """One producer of events, by the `source` of its envelope."""

    name: str
    observe: Callable[[Event], tuple[Observation, ...]]
    """Gives what the event says about objects, nothing for a detail type it does not know. Raises MalformedEvent."""
    carries_lineage: bool = False
    """Whether `detail.root_id` and `detail.hops` are to be believed: of Interlock's own events only."""
