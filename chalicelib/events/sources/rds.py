"""Amazon RDS: what the events of instances and clusters say of their state, by AWS's own event ids."""

from chalicelib.events.contract import Source
from chalicelib.events.model import Event, Observation
from chalicelib.events.observing import find_text, find_time, see

_KINDS = {"RDS DB Instance Event": "db", "RDS DB Cluster Event": "db_cluster"}
_STATES = {
    "RDS-EVENT-0003": "deleted",
    "RDS-EVENT-0004": "shutdown",
    "RDS-EVENT-0005": "available",
    "RDS-EVENT-0006": "available",
    "RDS-EVENT-0087": "stopped",
    "RDS-EVENT-0088": "available",
    "RDS-EVENT-0150": "stopped",
    "RDS-EVENT-0151": "available",
}
"""Instances: deleted, shut down, created, restarted, stopped, started. Clusters: stopped, started."""


def observe(event: Event) -> tuple[Observation, ...]:
    """Read the state of `db/<identifier>` or `db_cluster/<identifier>`; most events are about something else."""
    kind = _KINDS.get(event.type)
    if kind is None:
        return ()
    detail = event.detail
    state = _STATES.get(find_text(detail, "EventID") or "")
    return see(event, kind, find_text(detail, "SourceIdentifier"), state, {}, find_time(detail, "Date"))


SOURCE = Source(name="aws.rds", observe=observe)
