"""`correlate`: what a rule makes of several events."""

from collections.abc import Iterator, Mapping

from chalicelib.catalog.model import Accumulate, Correlate, Dedupe, Workflow
from dsl.diagnostics import Diagnostic
from dsl.policies.expressions import OF_OBJECT, check_bare
from dsl.policies.model import CorrelateSpec
from dsl.shape import locate_key
from dsl.source import Node

_LATER = ("settle", "storm")


def build_correlate(spec: CorrelateSpec) -> Correlate:
    """Give what the bundle holds of it."""
    dedupe, accumulate = spec.dedupe, spec.accumulate
    return Correlate(
        dedupe=Dedupe(dedupe.within, dedupe.by) if dedupe is not None else None,
        accumulate=Accumulate(accumulate.count, accumulate.within, accumulate.by) if accumulate is not None else None,
    )


def check_correlate(root: Node, spec: CorrelateSpec, known: Mapping[str, Workflow]) -> Iterator[Diagnostic]:
    """Check the expressions that say which events belong together, and that there is any window at all."""
    for name, one in (("dedupe", spec.dedupe), ("accumulate", spec.accumulate)):
        if one is not None and one.by is not None:
            yield from check_bare(root, ("correlate", name, "by"), OF_OBJECT, known)
    for name in _LATER:
        if getattr(spec, name) is not None:
            message = f"`{name}` is not supported in this version"
            yield Diagnostic(
                "E709", message, locate_key(root, ("correlate", name)), "remove it: it would not be honored"
            )
    if not spec.model_fields_set:
        message = "`correlate` names no window"
        hint = "write `dedupe: 15m`, or remove it"
        yield Diagnostic("E712", message, locate_key(root, ("correlate",)), hint)
