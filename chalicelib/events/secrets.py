"""The port to the secrets that webhooks prove themselves by."""

from typing import Protocol


class Secrets(Protocol):
    """The secrets that webhooks prove themselves by."""

    def read(self, source: str) -> str | None:
        """Give the text of a source's secret, None if there is none. Raises StoreUnavailable."""


class NoSecrets:
    """There are no webhooks."""

    def read(self, source: str) -> str | None:  # noqa: ARG002 - the port's signature
        """Give None."""
        return None
