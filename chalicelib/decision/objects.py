"""An object as a decision sees it, from what is stored of it and what the event says."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.catalog.model import Bundle
from chalicelib.decision.model import ObjectView
from chalicelib.decision.tiers import classify, find_tier
from chalicelib.events.model import Observation
from chalicelib.identity import ObjectId

ZONE_LABEL = "zone"
SERVICE_KIND = "service"
"""An object of this kind is the service of its name itself."""


def view_object(
    object_id: ObjectId, *, state: str | None, state_at: datetime | None, labels: Mapping[str, str], bundle: Bundle
) -> ObjectView:
    """Complete what is stored of an object with its service, zone and tier. `state` is None if none is stored."""
    service, tier = classify(labels, bundle)
    if object_id.kind == SERVICE_KIND:
        service, tier = find_tier(object_id.name, bundle) or (service, tier)
    return ObjectView(
        id=object_id,
        state=state,
        state_at=state_at,
        labels=dict(labels),
        service=service,
        zone=labels.get(ZONE_LABEL),
        tier=tier,
        exists=state is not None or bool(labels),
    )


def observe_object(view: ObjectView, observations: Iterable[Observation], bundle: Bundle) -> ObjectView:
    """Apply what an event says about the object: labels are merged, and a newer state replaces an older one."""
    for seen in observations:
        if seen.object != view.id:
            continue
        newer = view.state_at is None or seen.at >= view.state_at
        labels = {**view.labels, **seen.labels} if newer else {**seen.labels, **view.labels}
        state, state_at = (seen.state, seen.at) if newer else (view.state, view.state_at)
        view = view_object(view.id, state=state, state_at=state_at, labels=labels, bundle=bundle)
    return view


def render_view(view: ObjectView) -> dict[str, Any]:
    """Give `$object`: what is not known is null."""
    return {
        "id": str(view.id),
        "name": view.id.name,
        "kind": view.id.kind,
        "account": view.id.account,
        "region": view.id.region,
        "state": view.state,
        "state_at": view.state_at.isoformat() if view.state_at else None,
        "labels": dict(view.labels),
        "service": view.service,
        "zone": view.zone,
        "tier": view.tier,
    }
