"""Asking for a person: an event on Interlock's bus, owed from the moment the decision is recorded until it is sent."""

from collections.abc import Mapping
from typing import Any

from chalicelib.control.debts import pay_debt
from chalicelib.control.ports import Ports

PAGE_REQUESTED = "Page Requested"
"""The detail type of the event."""


def send_page(dispatch: str, record: Mapping[str, Any], ports: Ports) -> None:
    """Publish the page of a recorded decision, then note that it is sent.

    A crash before the note leaves it owed, and a second delivery or reconcile sends it again: twice at worst, never
    not at all.
    """
    publish_page(dispatch, record, ports)
    pay_debt({**record, "id": dispatch, "page_owed": True}, "page_owed", ports)


def publish_page(dispatch: str, record: Mapping[str, Any], ports: Ports) -> None:
    """Publish a page, and note nothing."""
    ports.publisher.publish(PAGE_REQUESTED, _write_page(dispatch, record))


def _write_page(dispatch: str, record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "page": record["page"],
        "reason": record.get("alarm") or record["why"],
        "rule": record["rule"],
        "object": record["object"],
        "tier": record["tier"],
        "service": record["service"],
        "dispatch": dispatch,
        "root_id": record["root_id"],
        "hops": record["hops"] + 1,
    }
