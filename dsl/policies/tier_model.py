"""What a tier or a service says of how work on its objects is done; what it leaves out, the next in order says."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from chalicelib.catalog.model import Intent
from dsl.model.approving import MAX_APPROVERS, MAX_EXPIRES_S, Approver, Unanswered
from dsl.model.base import Amount, PositiveDuration, Share, Strict, mistake
from dsl.policies.batch_model import BatchPolicySpec
from dsl.policies.window_model import CorrelateSpec

Text = Annotated[str, Field(min_length=1)]


def refuse_nothing(value: Amount) -> Amount:
    """E913: a bound of 0."""
    if value.count == 0 or value.percent == 0:
        hint = "to forbid work, write a line with `verb: reject` in the conflict list, or freeze it"
        raise mistake("E913", "a budget of 0 would never let anything start", hint)
    return value


class LimitSpec(Strict):
    """How many hosts of a service may be worked on at once, and what becomes of who finds no room."""

    at_most: Annotated[Share, AfterValidator(refuse_nothing)] | None
    """None takes back what the next in order says."""
    verb: Literal["queue", "reject"] = "queue"


NO_LIMIT = LimitSpec.model_construct(at_most=None)


def _expand_limit(value: object) -> object:
    if value == "none":
        return NO_LIMIT
    return value if isinstance(value, dict) else {"at_most": value}


Limit = Annotated[LimitSpec, BeforeValidator(_expand_limit)]
"""Written `2`, `"10%"`, `none`, or with a verb."""


class BudgetsSpec(Strict):
    """Bounds of each service by what is done to its hosts; each counts stronger work, too."""

    configure: Limit | None = None
    disrupt: Limit | None = None
    destroy: Limit | None = None

    def limits(self) -> dict[Intent, LimitSpec]:
        """Give what is said."""
        said = {Intent.CONFIGURE: self.configure, Intent.DISRUPT: self.disrupt, Intent.DESTROY: self.destroy}
        return {intent: one for intent, one in said.items() if one is not None}


class ApprovalDefaults(Strict):
    """Who must approve a plan before it starts, field by field; nobody at all if `from_` is empty."""

    from_: Annotated[tuple[Approver, ...], Field(min_length=1, max_length=MAX_APPROVERS)] | None = Field(
        default=None, alias="from"
    )
    need: Annotated[int, Field(ge=1, le=MAX_APPROVERS)] | None = None
    expires: Annotated[PositiveDuration, Field(le=MAX_EXPIRES_S)] | None = None
    intent: Annotated[tuple[Intent, ...], Field(min_length=1)] | None = None
    on_expiry: Unanswered | None = None

    def fields(self) -> dict[str, Any]:
        """Give what is said, by the names of the file."""
        said = {
            "from": self.from_, "need": self.need, "expires": self.expires, "intent": self.intent,
            "on_expiry": self.on_expiry,
        }  # fmt: skip
        return {name: value for name, value in said.items() if value is not None}


NEVER = ApprovalDefaults.model_construct(from_=(), need=None, expires=None, intent=None, on_expiry=None)


def _expand_never(value: object) -> object:
    if value == "never":
        return NEVER
    if isinstance(value, str):
        raise mistake(
            "E204", f"`approval` cannot be {value!r}", "write `never`, or who is asked: `{from: [role/sre-*]}`"
        )
    return value


Approval = Annotated[ApprovalDefaults, BeforeValidator(_expand_never)]
"""Written with its fields, or `never`."""


def _as_names(value: object) -> object:
    return [value] if isinstance(value, str) else value


class EscalationSpec(Strict):
    """What a rule's goal leaves open: how long each dispatch has, and who is paged when the ladder is used up."""

    page: Annotated[tuple[Text, ...], Field(max_length=5), BeforeValidator(_as_names)] | None = None
    """One after the other; an empty list for nobody."""
    within: PositiveDuration | None = None


class PolicySpec(Strict):
    """What tiers and services may say alike."""

    page: Text | None = None
    batch: BatchPolicySpec | None = None
    budgets: BudgetsSpec | None = None
    approval: Approval | None = None
    correlate: CorrelateSpec | None = None
    escalation: EscalationSpec | None = None
