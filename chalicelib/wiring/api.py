"""What the API works with beside the core: only its function pays for importing that."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.aws.timelines import ExecutionTimelines
from chalicelib.catalog.model import Bundle
from chalicelib.catalog.offers import load_offers
from chalicelib.control.ports import Ports
from chalicelib.control.timeline import Timelines
from chalicelib.events.secrets import Secrets
from chalicelib.identity import Home
from chalicelib.wiring.core import find_place, get_core, warm_clients
from chalicelib.wiring.settings import read_settings


class ApiCore(NamedTuple):
    """Everything that the routes work with."""

    ports: Ports
    bundle: Bundle
    home: Home
    stage: str
    secrets: Secrets
    timelines: Timelines

    @property
    def offers(self) -> Mapping[str, Any]:
        """`{name: {example, estimate}}` of workflows: read when first asked for."""
        return load_offers()


def get_api_core() -> ApiCore:
    """Build it on the one core of the function. Raises MissingSetting and BundleInvalid."""
    core = get_core()
    timelines = ExecutionTimelines(warm_clients(), find_place(read_settings()))
    return ApiCore(core.ports, core.bundle, core.home, core.stage, core.secrets, timelines)
