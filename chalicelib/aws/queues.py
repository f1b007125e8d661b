"""Messages to oneself through SQS: of holds, chained where the delay is longer than a queue's 15 minutes, and of starts."""

import json

from chalicelib.aws.ports import Clients

LONGEST_S = 900
"""DelaySeconds takes no more."""


class OwnQueues:
    """The queue whose messages say that a hold may be over, and the one of starts that AWS throttled."""

    def __init__(self, clients: Clients, holds: str, starts: str) -> None:
        """Take the URLs of both."""
        self._clients = clients
        self._holds = holds
        self._starts = starts

    def send(self, dispatch: str, seconds: int) -> None:
        """Have the hold looked at once the seconds have passed: each link of the chain carries what is left.

        The queue measures the delay, so no two clocks are compared.
        """
        delay = min(seconds, LONGEST_S)
        self._put(self._holds, {"dispatch": dispatch, "left": seconds - delay}, delay)

    def pace(self, name: str, tries: int, seconds: int) -> None:
        """Have an execution started in its turn."""
        self._put(self._starts, {"start": name, "tries": tries}, seconds)

    def _put(self, url: str, message: dict[str, object], delay: int) -> None:
        self._clients.get("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(message), DelaySeconds=delay)


def read_message(body: str) -> tuple[str, int]:
    """Read (dispatch id, seconds still to wait) from a hold's message."""
    message = json.loads(body)
    return str(message["dispatch"]), int(message["left"])


def read_start(body: str) -> tuple[str, int]:
    """Read (name of the execution, how often it was tried) from a start's message."""
    message = json.loads(body)
    return str(message["start"]), int(message["tries"])
