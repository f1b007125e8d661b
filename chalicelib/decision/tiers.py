"""How much an object matters: its labels select its service, and the service has a tier."""

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.catalog.model import Bundle, Rule
from chalicelib.decision.selectors import select

DEFAULT_PAGE = "default"
"""What a branch says under `page` to leave who is paged to the rule, the service or the tier."""


class Setting(NamedTuple):
    """A value, and what says so: `rule x`, `service x`, `tier P1`, or nothing at all."""

    value: str | None
    source: str


def find_page(rule: Rule | None, service: str | None, tier: str, bundle: Bundle) -> Setting:
    """Say who is paged by default about an object: the rule's word goes before the service's, that before the tier's."""
    if rule is not None and rule.page is not None:
        return Setting(rule.page, f"rule {rule.name}")
    known = next((one for one in bundle.services if one.name == service), None)
    if known is not None and known.page is not None:
        return Setting(known.page, f"service {known.name}")
    rank = next((one for one in bundle.tiers if one.name == tier), None)
    if rank is not None and rank.page is not None:
        return Setting(rank.page, f"tier {rank.name}")
    return Setting(None, "nothing")


def classify(labels: Mapping[str, str], bundle: Bundle) -> tuple[str | None, str]:
    """Give the service that an object belongs to and its tier; None and the default tier if none selects it.

    Where several services select it, the first one in the file counts.
    """
    service = next((one for one in bundle.services if select(one, labels)), None)
    return (None, bundle.default_tier) if service is None else (service.name, service.tier)


def find_tier(service: str, bundle: Bundle) -> tuple[str, str] | None:
    """Give the name and the tier of a service that is called so, None if none is."""
    return next(((one.name, one.tier) for one in bundle.services if one.name == service), None)
