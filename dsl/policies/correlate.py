"""`correlate`: what a rule makes of several events."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.catalog.model import Accumulate, Correlate, Dedupe, Rule, Storm, Workflow
from chalicelib.events.registry import MODULES
from dsl.diagnostics import Diagnostic, suggest
from dsl.policies.expressions import OF_OBJECT, check_bare
from dsl.policies.window_model import CorrelateSpec
from dsl.shape import Path, locate, locate_key
from dsl.source import Node

PLACES = ("zone", "service", "tier", "region", "account", "all")
"""What a storm may be counted by, beside `labels.<name>`."""


def build_correlate(spec: CorrelateSpec) -> Correlate:
    """Give what the bundle holds of it."""
    dedupe, accumulate, storm = spec.dedupe, spec.accumulate, spec.storm
    return Correlate(
        dedupe=Dedupe(dedupe.within, dedupe.by) if dedupe and dedupe.within else None,
        accumulate=Accumulate(accumulate.count, accumulate.within, accumulate.by)
        if accumulate and accumulate.within
        else None,
        settle_s=spec.settle or None,
        storm=Storm(storm.per, storm.more_than, storm.within, storm.page) if storm and storm.within else None,
        off=spec.off(),
    )


def check_correlate(
    root: Node, spec: CorrelateSpec, pattern: Mapping[str, Any], known: Mapping[str, Workflow]
) -> Iterator[Diagnostic]:
    """Check the expressions that say which events belong together, and that each window can do what it is for."""
    for name, one in (("dedupe", spec.dedupe), ("accumulate", spec.accumulate)):
        if one is not None and one.by is not None:
            yield from check_bare(root, ("correlate", name, "by"), OF_OBJECT, known)
    yield from check_windows(root, (), spec)
    if spec.settle:
        yield from _check_observed(root, pattern)


def check_windows(root: Node, path: Path, spec: CorrelateSpec) -> Iterator[Diagnostic]:
    """Check what may be wrong with the windows of anybody: a rule, a service or a tier at this path."""
    if spec.storm is not None and spec.storm.within:
        yield from _check_place(root, (*path, "correlate", "storm", "per"), spec.storm.per)
    if not spec.model_fields_set:
        message = "`correlate` names no window"
        hint = "write `dedupe: 15m`, or remove it"
        yield Diagnostic("E712", message, locate_key(root, (*path, "correlate")), hint)


def check_inherited(root: Node, path: Path, spec: CorrelateSpec) -> Iterator[Diagnostic]:
    """Check the windows of a service or a tier: what its events are, only a rule can know."""
    yield from check_windows(root, path, spec)
    for name, one in (("dedupe", spec.dedupe), ("accumulate", spec.accumulate)):
        if one is not None and one.by is not None:
            message = "`by` is about the events of one rule, and this holds for the rules of all kinds of events"
            hint = "leave it out, then events about one object are alike; or write it in the rule"
            yield Diagnostic("E712", message, locate_key(root, (*path, "correlate", name, "by")), hint)


def refuse_settle(rule: Rule) -> Rule:
    """Have a rule whose events observe no state inherit no `settle`: what settles is such a state."""
    said = rule.correlate or Correlate()
    if said.settle_s is not None or "settle" in said.off or not observes_nothing(rule.match):
        return rule
    return rule._replace(correlate=said._replace(off=(*said.off, "settle")))


def observes_nothing(pattern: Mapping[str, Any]) -> bool:
    """Whether no event that a pattern matches can observe a state."""
    sources = pattern.get("source")
    if not isinstance(sources, list) or not all(isinstance(one, str) for one in sources):
        return False
    return not set(sources) & set(MODULES)


def _check_place(root: Node, path: Path, per: str) -> Iterator[Diagnostic]:
    if per in PLACES or (per.startswith("labels.") and per != "labels."):
        return
    hint = suggest(per, PLACES) or f"write one of {', '.join(PLACES)}, or labels.{per}"
    yield Diagnostic("E712", f"a storm cannot be counted per {per!r}", locate(root, path), hint)


def _check_observed(root: Node, pattern: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Nothing ends the wait of an event that observes no state: it would only delay."""
    if observes_nothing(pattern):
        sources = ", ".join(pattern["source"])
        message = f"events of {sources} observe no state, so nothing that happens meanwhile ends this wait"
        hint = "let a branch look at the object as it then is, and ignore what is over; or use `accumulate`"
        yield Diagnostic("W732", message, locate_key(root, ("correlate", "settle")), hint)
