"""Every source that is read for observations. An event of another source is an event like any other, without them."""

from chalicelib.events.contract import Source
from chalicelib.events.sources import ec2, interlock

SOURCES: tuple[Source, ...] = (ec2.SOURCE, interlock.SOURCE)


def find_source(name: str) -> Source | None:
    """Give the source of that name, None if it is not registered."""
    return next((source for source in SOURCES if source.name == name), None)
