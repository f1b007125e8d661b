"""`batch`: what a rule, a service or a tier says of batches."""

from collections.abc import Iterator, Mapping

from chalicelib.catalog.model import Batch, BatchPolicy, Workflow
from chalicelib.decision.batch_policy import EVERY_TIER
from dsl.diagnostics import Diagnostic
from dsl.model.base import Amount
from dsl.policies.batch_model import BatchPolicySpec, BatchSpec, show_share
from dsl.policies.expressions import OF_BRANCH, check_value
from dsl.shape import Path, locate, locate_key
from dsl.source import Node


def build_policy(spec: BatchPolicySpec) -> BatchPolicy:
    """Give what the bundle holds of it."""
    said, said_by = spec.max_unavailable, spec.approval
    bounds: Mapping[str, Amount] | None = {EVERY_TIER: said} if isinstance(said, Amount) else said
    return BatchPolicy(
        steps=tuple(map(show_share, spec.steps)) if spec.steps is not None else None,
        canary=show_share(spec.canary) if spec.canary is not None else None,
        spread=spec.spread,
        one_zone_at_a_time=spec.one_zone_at_a_time,
        max_unavailable={tier: show_share(one) for tier, one in bounds.items()} if bounds is not None else None,
        stop_failures=show_share(spec.stop.failures) if spec.stop is not None else None,
        pause_for_approval=spec.pause_for_approval,
        approval={"approvers": list(said_by.from_), "need": said_by.need, "expires_s": said_by.expires}
        if said_by is not None
        else None,
        progress_deadline_s=spec.progress_deadline,
    )


def build_batch(spec: BatchSpec) -> Batch:
    """Give what the bundle holds of a rule's."""
    said = spec.targets
    targets = {
        "kind": said.kind,
        "service": said.service,
        "zone": said.zone,
        "labels": said.labels,
        "healthy": list(said.healthy) if said.healthy is not None else None,
    }
    return Batch(targets, build_policy(spec))


def check_batch(root: Node, spec: BatchSpec, runs: bool, known: Mapping[str, Workflow]) -> Iterator[Diagnostic]:  # noqa: FBT001
    """Check a rule's: that it narrows what is meant, that something runs on it, and its sizes."""
    for name in ("kind", "service", "zone", "labels"):
        if name in spec.targets.model_fields_set:
            yield from check_value(root, ("batch", "targets", name), OF_BRANCH, known)
    narrow = (spec.targets.service, spec.targets.zone, spec.targets.labels)
    if not any(narrow):
        message = f"`targets` means every {spec.targets.kind} there is"
        hint = 'name a `service`, a `zone` or `labels`, for example `service: "{% $object.name %}"`'
        yield Diagnostic("E716", message, locate_key(root, ("batch", "targets")), hint)
    if not runs:
        message = "`batch` is about what a branch runs, and no branch runs anything"
        yield Diagnostic("E716", message, locate_key(root, ("batch",)), "remove it, or write a branch with `run`")
    yield from check_sizes(root, ("batch",), spec)


def check_sizes(root: Node, path: Path, spec: BatchPolicySpec) -> Iterator[Diagnostic]:
    """Check what any `batch` may say wrong."""
    for index, size in enumerate(spec.steps or ()):
        if not (size.count or size.percent):
            message = "a batch of nothing would never end"
            yield Diagnostic("E716", message, locate(root, (*path, "steps", index)), "write at least 1 or 1%")
