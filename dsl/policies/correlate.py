"""`correlate`: what a rule makes of several events."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.catalog.model import Accumulate, Correlate, Dedupe, Storm, Workflow
from chalicelib.events.registry import MODULES
from dsl.diagnostics import Diagnostic, suggest
from dsl.policies.expressions import OF_OBJECT, check_bare
from dsl.policies.model import CorrelateSpec
from dsl.shape import locate, locate_key
from dsl.source import Node

PLACES = ("zone", "service", "tier", "region", "account", "all")
"""What a storm may be counted by, beside `labels.<name>`."""


def build_correlate(spec: CorrelateSpec) -> Correlate:
    """Give what the bundle holds of it."""
    dedupe, accumulate, storm = spec.dedupe, spec.accumulate, spec.storm
    return Correlate(
        dedupe=Dedupe(dedupe.within, dedupe.by) if dedupe is not None else None,
        accumulate=Accumulate(accumulate.count, accumulate.within, accumulate.by) if accumulate is not None else None,
        settle_s=spec.settle,
        storm=Storm(storm.per, storm.more_than, storm.within, storm.page) if storm is not None else None,
    )


def check_correlate(
    root: Node, spec: CorrelateSpec, pattern: Mapping[str, Any], known: Mapping[str, Workflow]
) -> Iterator[Diagnostic]:
    """Check the expressions that say which events belong together, and that each window can do what it is for."""
    for name, one in (("dedupe", spec.dedupe), ("accumulate", spec.accumulate)):
        if one is not None and one.by is not None:
            yield from check_bare(root, ("correlate", name, "by"), OF_OBJECT, known)
    if spec.storm is not None:
        yield from _check_place(root, spec.storm.per)
    if spec.settle is not None:
        yield from _check_observed(root, pattern)
    if not spec.model_fields_set:
        message = "`correlate` names no window"
        hint = "write `dedupe: 15m`, or remove it"
        yield Diagnostic("E712", message, locate_key(root, ("correlate",)), hint)


def _check_place(root: Node, per: str) -> Iterator[Diagnostic]:
    if per in PLACES or (per.startswith("labels.") and per != "labels."):
        return
    hint = suggest(per, PLACES) or f"write one of {', '.join(PLACES)}, or labels.{per}"
    yield Diagnostic(
        "E712", f"a storm cannot be counted per {per!r}", locate(root, ("correlate", "storm", "per")), hint
    )


def _check_observed(root: Node, pattern: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Nothing ends the wait of an event that observes no state: it would only delay."""
    sources = pattern.get("source")
    if not isinstance(sources, list) or not all(isinstance(one, str) for one in sources):
        return
    if not set(sources) & set(MODULES):
        message = f"events of {', '.join(sources)} observe no state, so nothing that happens meanwhile ends this wait"
        hint = "let a branch look at the object as it then is, and ignore what is over; or use `accumulate`"
        yield Diagnostic("W732", message, locate_key(root, ("correlate", "settle")), hint)
