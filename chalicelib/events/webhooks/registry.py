"""Every kind of sender, by the name that a source's secret gives."""

from chalicelib.events.webhooks import alertmanager, github, grafana, pagerduty, plain
from chalicelib.events.webhooks.contract import Adapter

ADAPTERS: tuple[Adapter, ...] = (
    alertmanager.ADAPTER,
    github.ADAPTER,
    grafana.ADAPTER,
    pagerduty.ADAPTER,
    plain.ADAPTER,
)
_BY_NAME = {adapter.name: adapter for adapter in ADAPTERS}


def find_adapter(name: str) -> Adapter | None:
    """Give the adapter of that name, None if there is none."""
    return _BY_NAME.get(name)
