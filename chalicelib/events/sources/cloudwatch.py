"""Amazon CloudWatch: the state of alarms. Alarms on a metric give its name and dimensions as labels.

This is also how AWS tells of unhealthy targets: load balancers send no event of it, but an alarm on their metric
`UnHealthyHostCount` does, with the target group as a dimension.
"""

from chalicelib.events.contract import Source
from chalicelib.events.model import Event, Observation
from chalicelib.events.observing import find, find_text, find_time, see

ALARM = "CloudWatch Alarm State Change"


def observe(event: Event) -> tuple[Observation, ...]:
    """Read the state of `alarm/<name>`: OK, ALARM or INSUFFICIENT_DATA, at the time of the change."""
    if event.type != ALARM:
        return ()
    detail = event.detail
    at = find_time(detail, "state", "timestamp")
    return see(event, "alarm", find_text(detail, "alarmName"), find_text(detail, "state", "value"), _label(event), at)


def _label(event: Event) -> dict[str, str | None]:
    metrics = find(event.detail, "configuration", "metrics")
    if not isinstance(metrics, list) or len(metrics) != 1:
        return {}
    metric = find(metrics, 0, "metricStat", "metric")
    dimensions = find(metric, "dimensions")
    labels = {name: find_text(dimensions, name) for name in dimensions} if isinstance(dimensions, dict) else {}
    return {**labels, "metric": find_text(metric, "name"), "namespace": find_text(metric, "namespace")}


SOURCE = Source(name="aws.cloudwatch", observe=observe)
