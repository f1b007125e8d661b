"""The body that Alertmanager and Grafana share: a group of alerts, each of which becomes one event."""

from collections.abc import Mapping
from typing import Any

from chalicelib.errors import MalformedEvent
from chalicelib.events.fields import take_text
from chalicelib.events.observing import find, find_text
from chalicelib.events.webhooks.contract import Draft

TYPE = "Alert"
MAX_ALERTS = 50
_GROUP = ("receiver", "groupKey", "groupLabels", "commonLabels", "commonAnnotations", "externalURL")


def read_alerts(body: Mapping[str, Any]) -> tuple[Draft, ...]:
    """Give an event for each alert, at its start or, when resolved, its end. Raises MalformedEvent."""
    alerts = body.get("alerts")
    if not isinstance(alerts, list):
        raise MalformedEvent(cause="alerts must be a list")
    if len(alerts) > MAX_ALERTS:
        raise MalformedEvent(cause=f"there are {len(alerts)} alerts and {MAX_ALERTS} are taken: set max_alerts")
    group = {name: body[name] for name in _GROUP if name in body}
    return tuple(_read_alert(alert, group) for alert in alerts)


def _read_alert(alert: Any, group: Mapping[str, Any]) -> Draft:
    if not isinstance(alert, dict):
        raise MalformedEvent(cause="an alert must be an object")
    status = take_text(alert, "alerts.status")
    start = take_text(alert, "alerts.startsAt")
    end = find_text(alert, "endsAt") if status == "resolved" else None
    key = (take_text(alert, "alerts.fingerprint"), status, start, end or "")
    name = find(alert, "labels", "alertname")
    return Draft(TYPE, key, {**alert, "alertname": name, "group": group}, end or start)
