"""`approve`: the workflow waits until people have said yes, or one has said no."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from dsl.model.base import PositiveDuration, Strict, mistake
from dsl.model.step_base import StepBase, Text

MAX_EXPIRES_S = 30 * 24 * 3600
"""Thirty days: what waits longer for a person has been forgotten."""
MAX_APPROVERS = 20

Approver = Annotated[str, Field(min_length=1, max_length=256)]
"""A pattern of `chalicelib.control.approvals.approvers`: `ana`, `role/sre-*`, a whole ARN."""
Answer = Literal["fail", "continue"]
Unanswered = Literal["reject", "continue"]
"""What becomes of a plan of which nobody has said anything in time."""


class Approvers(Strict):
    """Who may answer, how many of them must say yes, and until when."""

    from_: Annotated[tuple[Approver, ...], Field(min_length=1, max_length=MAX_APPROVERS)] = Field(alias="from")
    need: Annotated[int, Field(ge=1, le=MAX_APPROVERS)] = 1
    expires: Annotated[PositiveDuration, Field(le=MAX_EXPIRES_S)]

    @model_validator(mode="after")
    def _check_need(self) -> "Approvers":
        if self.need > len(self.from_) and not any(names_many(one) for one in self.from_):
            text = f"{self.need} must approve, and `from` names {len(self.from_)}"
            raise mistake("E541", text, "name more people, or lower `need`", "need")
        return self


def names_many(pattern: str) -> bool:
    """Whether more than one person can fit a pattern; what an expression gives is not known."""
    return any(mark in pattern for mark in ("*", "?", "[", "{%")) or pattern.startswith("role/")


class Question(Approvers):
    """What is asked, and what an answer other than yes means: an error, or a result that says `approved: false`."""

    reason: Annotated[str, Field(min_length=1)]
    on_expiry: Answer = "fail"
    on_reject: Answer = "fail"


class ApproveStep(StepBase):
    """Ask people; `$id` is `{approved, by, reason, at}`."""

    kind = "approve"
    has_result = True

    approve: Question

    def texts(self) -> tuple[Text, ...]:
        """Give who is asked, and why."""
        said: tuple[tuple[str, Any], ...] = (("from", self.approve.from_), ("reason", self.approve.reason))
        return (*super().texts(), *(Text(("approve", name), value, bare=False) for name, value in said))


class Pause(Approvers):
    """When a rollout asks before it goes on: after its first batch, or after every one but the last."""

    after: Literal["first", "every"] = "first"
    reason: Annotated[str, Field(min_length=1)] | None = None
