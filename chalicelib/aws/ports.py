"""What the adapters in this package are made of."""

from typing import Any, Protocol


class Clients(Protocol):
    """Makes and keeps AWS clients; an adapter asks when it needs one, so that what is not used is never made."""

    def get(self, service: str) -> Any:
        """Give the client of a botocore service name such as `dynamodb`."""
