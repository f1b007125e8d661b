"""Messages to oneself through SQS, chained where the delay is longer than the queue's 15 minutes."""

import json

from chalicelib.aws.ports import Clients

LONGEST_S = 900
"""DelaySeconds takes no more."""


class HoldQueue:
    """The queue whose messages say that a hold may be over."""

    def __init__(self, clients: Clients, url: str) -> None:
        self._clients = clients
        self._url = url

    def send(self, dispatch: str, seconds: int) -> None:
        """Have the hold looked at once the seconds have passed: each link of the chain carries what is left.

        The queue measures the delay, so no two clocks are compared.
        """
        delay = min(seconds, LONGEST_S)
        body = json.dumps({"dispatch": dispatch, "left": seconds - delay})
        self._clients.get("sqs").send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=delay)


def read_message(body: str) -> tuple[str, int]:
    """Read (dispatch id, seconds still to wait) from a message."""
    message = json.loads(body)
    return str(message["dispatch"]), int(message["left"])
