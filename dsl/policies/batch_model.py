"""The shapes of `batch`: under a rule with its targets, under a service or a tier as what holds by default."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from dsl.model.approving import Approvers
from dsl.model.base import Amount, PositiveDuration, Share, Strict

Text = Annotated[str, Field(min_length=1)]


def _read_bounds(value: object) -> object:
    return value if isinstance(value, dict) else {"": value}


class BatchStopSpec(Strict):
    """When it is given up: as soon as more than this has failed, of all targets."""

    failures: Share


class BatchPolicySpec(Strict):
    """How targets are cut, and when the next batch may begin; what is left out, somebody else says."""

    steps: Annotated[tuple[Share, ...], Field(min_length=1, max_length=100)] | None = None
    canary: Share | None = None
    spread: Literal["zone", "none"] | None = None
    one_zone_at_a_time: bool | None = None
    max_unavailable: Share | None = None
    pause_for_approval: Literal["first", "every", "never"] | None = None
    approval: Approvers | None = None
    stop: BatchStopSpec | None = None
    progress_deadline: PositiveDuration | None = None


class TargetsSpec(Strict):
    """Which objects are acted on: all that is said must fit. Texts, or whole `{% … %}` expressions."""

    kind: Text = "host"
    service: Text | None = None
    zone: Text | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    healthy: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """States in which a target serves, where the usual ones do not fit."""


class BatchSpec(BatchPolicySpec):
    """What a rule's branches run on instead of its object."""

    targets: TargetsSpec
    max_unavailable: Annotated[dict[str, Share], BeforeValidator(_read_bounds)] | None = None  # type: ignore[assignment]
    """For every tier, or by the tier of each service."""


def show_share(amount: Amount) -> str:
    """Write a share as it was written."""
    return f"{amount.percent}%" if amount.percent is not None else str(amount.count)
