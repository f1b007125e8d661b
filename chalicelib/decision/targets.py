"""Which of the known objects a selector means, as targets for batches. Pure."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from chalicelib.decision.batching import NO_ZONE, Bound, Size, Target
from chalicelib.decision.model import ObjectView

HEALTHY = frozenset({"running", "healthy", "in_service", "registered", "available", "RUNNING", "OK"})
"""States in which an object is taken for serving, unless the caller knows better. Never observed is not healthy."""

GONE = frozenset({"terminated", "shutting-down", "deleted", "DELETED", "DEPROVISIONING", "STOPPED"})
"""States of what is no more: no selector means it, and no share is reckoned with it."""


class Selector(NamedTuple):
    """What must be equal on an object; None and no labels fit anything."""

    kind: str | None = None
    service: str | None = None
    zone: str | None = None
    labels: Mapping[str, str] = MappingProxyType({})

    def fits(self, view: ObjectView) -> bool:
        """Whether an object is meant."""
        return (
            view.state not in GONE
            and (self.kind is None or view.id.kind == self.kind)
            and (self.service is None or view.service == self.service)
            and (self.zone is None or view.zone == self.zone)
            and all(view.labels.get(name) == value for name, value in self.labels.items())
        )


def select_targets(
    views: Iterable[ObjectView],
    selector: Selector,
    ranks: Mapping[str, int] | None = None,
    healthy: Iterable[str] = HEALTHY,
) -> tuple[Target, ...]:
    """Give the objects that are meant, by full id. `ranks` orders by tier, the highest number first to be touched.

    What matters least is tried first: a tier's own rank is 0 for what matters most, so it is turned round here.
    """
    states, order = frozenset(healthy), ranks or {}
    chosen = (view for view in views if selector.fits(view))
    return tuple(
        Target(str(view.id), view.zone or NO_ZONE, view.service or "", -order.get(view.tier, 0), view.state in states)
        for view in sorted(chosen, key=lambda one: one.id)
    )


def measure_bounds(
    views: Iterable[ObjectView],
    targets: Iterable[Target],
    kind: str,
    most: Mapping[str, Size],
    healthy: Iterable[str] = HEALTHY,
) -> dict[str, Bound]:
    """Count the objects of a kind in each service that `most` bounds: how many, and how many non-targets are down."""
    chosen, states = {target.id for target in targets}, frozenset(healthy)
    sizes, down = dict.fromkeys(most, 0), dict.fromkeys(most, 0)
    for view in views:
        name = view.service or ""
        if name in sizes and view.id.kind == kind and view.state not in GONE:
            sizes[name] += 1
            down[name] += view.state not in states and str(view.id) not in chosen
    return {name: Bound(size, sizes[name], down[name]) for name, size in most.items()}
