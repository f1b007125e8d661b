"""The checks in the order of their lines."""

from infra.doctor.checks import access, account, bundle, deliveries, dispatches, journal, letters, pagers, quotas, stack
from infra.doctor.finding import Check

CHECKS: tuple[tuple[str, Check], ...] = (
    ("account", account.check),
    ("stack", stack.check_status),
    ("drift", stack.check_drift),
    ("bundle", bundle.check),
    ("access", access.check),
    ("lambda concurrency", quotas.check_concurrency),
    ("event rules", quotas.check_rules),
    ("start pace", quotas.check_starts),
    ("roles", quotas.check_roles),
    ("deliveries", deliveries.check_metrics),
    ("queues", deliveries.check_queues),
    ("journal", journal.check),
    ("dead letters", letters.check),
    ("dispatches", dispatches.check),
    ("pagers", pagers.check),
)
