"""The events that EC2 would have sent: the local AWS sends none, so each is made from two DescribeInstances."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from infra.cloud import Cloud
from infra.demo.fleet import read_states


@dataclass
class Feeder:
    """Delivers raw events to the decision function as EventBridge does: asynchronously, in its envelope."""

    cloud: Cloud
    function: str
    states: dict[str, str] = field(default_factory=dict)
    last: list[dict[str, Any]] = field(default_factory=list)
    """The events of the last look."""

    def inject_changes(self) -> list[dict[str, Any]]:
        """Look at EC2 again, deliver an event for each instance whose state is another one, and give those events."""
        seen = read_states(self.cloud)
        events = [
            make_event(instance, state, self.cloud.region, self.cloud.account)
            for instance, state in seen.items()
            if self.states.get(instance, state) != state
        ]
        self.states, self.last = seen, events
        for event in events:
            self.deliver(event)
        return events

    def deliver(self, event: Mapping[str, Any]) -> None:
        """Deliver one event."""
        self.cloud.client("lambda").invoke(
            FunctionName=self.function, InvocationType="Event", Payload=json.dumps(event).encode()
        )


def make_event(instance: str, state: str, region: str, account: str) -> dict[str, Any]:
    """Write the event as EC2 writes it."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "account": account,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [f"arn:aws:ec2:{region}:{account}:instance/{instance}"],
        "detail": {"instance-id": instance, "state": state},
    }
