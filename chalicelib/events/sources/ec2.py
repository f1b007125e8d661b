"""Amazon EC2: the state of instances."""

from chalicelib.errors import MalformedEvent
from chalicelib.events.contract import Source
from chalicelib.events.fields import take_object, take_text
from chalicelib.events.model import Event, Observation

STATE_CHANGE = "EC2 Instance State-change Notification"


def observe(event: Event) -> tuple[Observation, ...]:
    """Read the state of the instance as `host/<instance id>` in the event's account and region."""
    if event.type != STATE_CHANGE:
        return ()
    path = "detail.instance-id"
    name = take_text(event.detail, path)
    if "/" in name:
        # Behind `host/` it could be read as another object's full id.
        raise MalformedEvent(cause=f"{path}: {name!r} is no instance: it holds a slash")
    instance = take_object(f"host/{name}", event.home, path)
    return (Observation(instance, take_text(event.detail, "detail.state"), event.time),)


SOURCE = Source(name="aws.ec2", observe=observe)
