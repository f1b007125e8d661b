"""The secrets of webhooks' sources, in Secrets Manager under `interlock/<stage>/webhooks/<source>`."""

from botocore.exceptions import ClientError

from chalicelib.aws.ports import Clients
from chalicelib.control.ports import Clock
from chalicelib.errors import StoreUnavailable

KEPT_S = 60
"""How long an answer is kept: a changed secret counts after that, and a flood asks once."""
_ABSENT = ("ResourceNotFoundException", "InvalidRequestException", "ValidationException")
"""InvalidRequest: it is being deleted."""
_MOST_KEPT = 200


class WebhookSecrets:
    """Reads them, and keeps each for a minute, one that is not there as well."""

    def __init__(self, clients: Clients, stage: str, clock: Clock) -> None:
        self._clients = clients
        self._stage = stage
        self._clock = clock
        self._kept: dict[str, tuple[float, str | None]] = {}

    def read(self, source: str) -> str | None:
        """Give the text of a source's secret, None if there is none. Raises StoreUnavailable."""
        now = self._clock.now().timestamp()
        if source in self._kept and now - self._kept[source][0] < KEPT_S:
            return self._kept[source][1]
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[source] = (now, self._fetch(source))
        return self._kept[source][1]

    def _fetch(self, source: str) -> str | None:
        name = f"interlock/{self._stage}/webhooks/{source}"
        try:
            answer = self._clients.get("secretsmanager").get_secret_value(SecretId=name)
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise StoreUnavailable(cause="the secret could not be read") from error
        text = answer.get("SecretString")
        return text if isinstance(text, str) else None
