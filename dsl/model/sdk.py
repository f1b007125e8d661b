"""`aws`: one API call by Step Functions itself, no function in between."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from chalicelib.catalog.model import Intent
from dsl.expression_tree import Reference
from dsl.expressions import read_expressions
from dsl.model.base import PositiveDuration, Retries, Strict, mistake
from dsl.model.step_base import StepBase, Text
from dsl.model.undo import UndoField

_ARN = r"^arn:[^\s*]*:.+$"
_TASK = ("context", "Task")


def reads_token(one: Reference) -> bool:
    """Whether a reference is to `$states.context.Task`, which only a task that waits for its token has."""
    return one.name == "states" and one.fields[:2] == _TASK


class Anything(Strict):
    """Every resource, for a stated reason: many API calls cannot be limited."""

    any: Annotated[str, Field(min_length=1)]


class AwsStep(StepBase):
    """Call `service:action` with the parameters of `with`; the answer is the result.

    What is not `observe` names the object it acts on, as a `touches` does, and the resources it may reach. One that hands
    out `$states.context.Task.Token` in `with` waits until somebody answers with it, and the answer is the result then.
    """

    kind = "aws"
    has_result = True

    aws: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*:[a-z][A-Za-z0-9]*$")]
    with_: dict[str, Any] = Field(default={}, alias="with")
    intent: Intent
    object: str | None = None
    resources: Annotated[tuple[Annotated[str, Field(pattern=_ARN)], ...], Field(min_length=1)] | Anything
    effect_timeout: PositiveDuration | None = None
    timeout: PositiveDuration = 60
    heartbeat: PositiveDuration | None = None
    retry: Retries | None = None
    undo: UndoField = None
    continue_on_error: bool = False

    @model_validator(mode="after")
    def _check_object(self) -> "AwsStep":
        if self.intent is not Intent.OBSERVE and self.object is None:
            text = f"a call that {self.intent}s something says what: `object` is missing"
            raise mistake("E202", text, 'for example object: "host/{% $input.host %}"', "intent")
        return self

    @property
    def service(self) -> str:
        """The SDK's name of the service."""
        return self.aws.partition(":")[0]

    @property
    def action(self) -> str:
        """The SDK's name of the call, in camel case."""
        return self.aws.partition(":")[2]

    @property
    def waits_for_token(self) -> bool:
        """Whether the call's answer is not the end of it, but that somebody sends back the token it hands out."""
        return any(reads_token(one) for expression in read_expressions(self.with_) for one in expression.references)

    def texts(self) -> tuple[Text, ...]:
        """Give `with`."""
        found = [*super().texts(), Text(("with",), self.with_, bare=False)]
        if self.undo is not None:
            found.append(Text(("undo", "with"), self.undo.with_, bare=False, own=True))
        return tuple(found)
