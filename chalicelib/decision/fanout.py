"""Which targets a decision is about that runs batch after batch. Pure."""

from collections.abc import Mapping
from typing import Any

from chalicelib.catalog.model import Batch
from chalicelib.decision.expressions import render_value
from chalicelib.decision.model import Fanout
from chalicelib.errors import ExpressionFailed


def make_fanout(batch: Batch, template: Mapping[str, Any], bindings: Mapping[str, object]) -> Fanout:
    """Say which objects a rule means. Raises ExpressionFailed, also for what is neither a text nor null."""
    said = {name: render_value(batch.targets.get(name), bindings) for name in ("kind", "service", "zone")}
    labels = render_value(batch.targets.get("labels") or {}, bindings)
    for name, value in (*said.items(), *labels.items()):
        if value is not None and not isinstance(value, str):
            raise ExpressionFailed(expression=f"targets.{name}", cause=f"it gives {value!r}, which is no text")
    return Fanout(
        said["kind"],
        said["service"],
        said["zone"],
        labels,
        tuple(batch.targets.get("healthy") or ()),
        template,
        bindings,
    )
