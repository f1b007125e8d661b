"""AWS Health: whether an event of AWS's own is open."""

from chalicelib.events.contract import Source
from chalicelib.events.model import Event, Observation
from chalicelib.events.observing import find_last, find_text, see

EVENT = "AWS Health Event"


def observe(event: Event) -> tuple[Observation, ...]:
    """Read the status of `health/<event>`: open, closed or upcoming. What is affected is in `$event.detail`."""
    if event.type != EVENT:
        return ()
    detail = event.detail
    labels = {
        "aws_service": find_text(detail, "service"),
        "type": find_text(detail, "eventTypeCode"),
        "category": find_text(detail, "eventTypeCategory"),
    }
    return see(event, "health", find_last(find_text(detail, "eventArn")), find_text(detail, "statusCode"), labels)


SOURCE = Source(name="aws.health", observe=observe)
