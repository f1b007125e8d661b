"""What executions did, from Step Functions."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.executions import Place
from chalicelib.aws.history import list_history
from chalicelib.aws.ports import Clients
from chalicelib.control.timeline import TimelineEvent

_CAUSE = 1000
"""Characters of a cause that are kept: an exception's holds its stack trace."""


class ExecutionTimelines:
    """Their timelines, without inputs and outputs: those may hold what is not everybody's."""

    def __init__(self, clients: Clients, place: Place) -> None:
        self._clients = clients
        self._place = place

    def read(self, workflow: str, name: str) -> tuple[TimelineEvent, ...] | None:
        """Give the whole history; None if there is no such execution, or no longer."""
        client, arn = self._clients.get("stepfunctions"), self._place.execution_arn(workflow, name)
        try:
            return tuple(_read_event(one) for one in list_history(client, arn, data=False))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
                return None
            raise


def _read_event(event: Mapping[str, Any]) -> TimelineEvent:
    """Read an event: what it is about is under a name of its own for each type."""
    details: Mapping[str, Any] = next((one for key, one in event.items() if key.endswith("EventDetails")), {})
    return TimelineEvent(
        id=event["id"],
        previous=event.get("previousEventId") or 0,
        type=event["type"],
        at=event["timestamp"],
        state=details.get("name") or "" if "State" in event["type"] else "",
        error=details.get("error") or "",
        cause=_read_cause(details.get("cause") or "")[:_CAUSE],
    )


def _read_cause(text: str) -> str:
    """Give what a function's exception says, without the stack trace that Lambda puts beside it."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return str(found["errorMessage"]) if isinstance(found, dict) and "errorMessage" in found else text
