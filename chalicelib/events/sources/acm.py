"""AWS Certificate Manager: certificates that expire, have expired, or are there."""

from chalicelib.events.contract import Source
from chalicelib.events.model import Event, Observation
from chalicelib.events.observing import find, find_last, find_text, see

_STATES = {
    "ACM Certificate Approaching Expiration": "expiring",
    "ACM Certificate Expired": "expired",
    "ACM Certificate Available": "available",
}


def observe(event: Event) -> tuple[Observation, ...]:
    """Read the state of `certificate/<id>`, with its domain and the days that are left as labels."""
    detail = event.detail
    days = find(detail, "DaysToExpiry")
    labels = {
        "domain": find_text(detail, "CommonName") or find_text(detail, "DomainName"),
        "days_to_expiry": str(days) if isinstance(days, int) else None,
    }
    name = find_last(find_text(event.raw, "resources", 0))
    return see(event, "certificate", name, _STATES.get(event.type), labels)


SOURCE = Source(name="aws.acm", observe=observe)
