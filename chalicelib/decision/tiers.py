"""How much an object matters: its labels select its service, and the service has a tier."""

from collections.abc import Mapping

from chalicelib.catalog.model import Bundle, Service


def classify(labels: Mapping[str, str], bundle: Bundle) -> tuple[str | None, str]:
    """Give the service that an object belongs to and its tier; None and the default tier if none selects it.

    Where several services select it, the first one in the file counts.
    """
    service = next((one for one in bundle.services if _selects(one, labels)), None)
    return (None, bundle.default_tier) if service is None else (service.name, service.tier)


def _selects(service: Service, labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in service.labels.items())
