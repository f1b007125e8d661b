"""Every source that is read for observations. An event of another source is an event like any other, without them."""

from chalicelib.events.contract import Source
from chalicelib.events.sources import acm, autoscaling, cloudwatch, ec2, ecs, health, interlock, rds

SOURCES: tuple[Source, ...] = (
    acm.SOURCE,
    autoscaling.SOURCE,
    cloudwatch.SOURCE,
    ec2.SOURCE,
    ecs.SOURCE,
    health.SOURCE,
    interlock.SOURCE,
    rds.SOURCE,
)
_BY_NAME = {source.name: source for source in SOURCES}


def find_source(name: str) -> Source | None:
    """Give the source of that name, None if it is not registered."""
    return _BY_NAME.get(name)
