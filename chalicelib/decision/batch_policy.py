"""Which policy of batches holds: value by value, the rule's word goes before the service's, that before the tier's."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from chalicelib.catalog.model import BatchPolicy, Bundle, Rule

EVERY_TIER = ""
"""The key under which a policy says a bound for whatever tier."""
BUILT_IN = "built in"

DEFAULTS = BatchPolicy(
    steps=("1", "10%", "50%", "100%"),
    spread="zone",
    one_zone_at_a_time=False,
    stop_failures="0",
    pause_for_approval="never",
    progress_deadline_s=6 * 3600,
)
"""What holds where nobody says otherwise: careful, stopped by the first failure, and not bounded by `max_unavailable`."""


class BatchSetting(NamedTuple):
    """A value, and what says so: `rule x`, `service x`, `tier P1` or `built in`."""

    value: Any
    source: str


def find_batching(rule: Rule | None, service: str | None, tier: str, bundle: Bundle) -> dict[str, BatchSetting]:
    """Give every value of the policy for a decision about an object of that service and tier.

    `max_unavailable` is the bound of that tier, or None.
    """
    layers = tuple(_list_layers(rule, service, tier, bundle))
    found = {name: _find(name, layers) for name in BatchPolicy._fields if name != "max_unavailable"}
    return {**found, "max_unavailable": find_bound(rule, service, tier, bundle)}


def find_bound(rule: Rule | None, service: str | None, tier: str, bundle: Bundle) -> BatchSetting:
    """Say how many of a service of that tier may be down at once; None if nobody bounds it."""
    for source, policy in _list_layers(rule, service, tier, bundle):
        said = policy.max_unavailable or {}
        bound = said.get(tier, said.get(EVERY_TIER))
        if bound is not None:
            return BatchSetting(bound, source)
    return BatchSetting(None, BUILT_IN)


def _find(name: str, layers: tuple[tuple[str, BatchPolicy], ...]) -> BatchSetting:
    for source, policy in layers:
        value = getattr(policy, name)
        if value is not None:
            return BatchSetting(value, source)
    return BatchSetting(getattr(DEFAULTS, name), BUILT_IN)


def _list_layers(
    rule: Rule | None, service: str | None, tier: str, bundle: Bundle
) -> Iterator[tuple[str, BatchPolicy]]:
    if rule is not None and rule.batch is not None:
        yield f"rule {rule.name}", rule.batch.policy
    known = next((one for one in bundle.services if one.name == service), None)
    if known is not None and known.batch is not None:
        yield f"service {known.name}", known.batch
    rank = next((one for one in bundle.tiers if one.name == tier), None)
    if rank is not None and rank.batch is not None:
        yield f"tier {rank.name}", rank.batch
