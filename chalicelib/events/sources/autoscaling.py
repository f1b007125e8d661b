"""Amazon EC2 Auto Scaling: instances that a group has launched or terminated, with the group as a label.

An unsuccessful launch and a lifecycle action say nothing of an instance's state; rules match them all the same.
"""

from chalicelib.events.contract import Source
from chalicelib.events.model import Event, Observation
from chalicelib.events.observing import find_text, see

_STATES = {
    "EC2 Instance Launch Successful": "running",
    "EC2 Instance Terminate Successful": "terminated",
}


def observe(event: Event) -> tuple[Observation, ...]:
    """Read the state of the instance as `host/<instance id>`, in the words of EC2."""
    detail = event.detail
    labels = {
        "group": find_text(detail, "AutoScalingGroupName"),
        "zone": find_text(detail, "Details", "Availability Zone"),
    }
    return see(event, "host", find_text(detail, "EC2InstanceId"), _STATES.get(event.type), labels)


SOURCE = Source(name="aws.autoscaling", observe=observe)
