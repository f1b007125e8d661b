"""What the routes work with. `wiring.core.Core` is one; tests make their own from fakes."""

from collections.abc import Mapping
from typing import Any, Protocol

from chalicelib.catalog.model import Bundle
from chalicelib.control.ports import Ports
from chalicelib.control.timeline import Timelines
from chalicelib.events.secrets import Secrets
from chalicelib.identity import Home


class Core(Protocol):
    """The ports, the bundle, and the account and region that short object ids belong to."""

    @property
    def ports(self) -> Ports:
        """Every port."""

    @property
    def bundle(self) -> Bundle:
        """What was compiled."""

    @property
    def home(self) -> Home:
        """Where `host/i-0ab` is."""

    @property
    def secrets(self) -> Secrets:
        """The secrets of webhooks."""

    @property
    def offers(self) -> Mapping[str, Any]:
        """`{name: {example, estimate}}` of workflows, beside the bundle."""

    @property
    def timelines(self) -> Timelines:
        """What executions did."""
