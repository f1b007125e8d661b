"""`aws`: one API call by Step Functions itself, no function in between."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from chalicelib.catalog.model import Intent
from dsl.model.base import PositiveDuration, Retries, Strict, mistake
from dsl.model.step_base import StepBase, Text
from dsl.model.undo import UndoField

_ARN = r"^arn:[^\s*]*:.+$"


class Anything(Strict):
    """Every resource, for a stated reason: many API calls cannot be limited."""

    any: Annotated[str, Field(min_length=1)]


class AwsStep(StepBase):
    """Call `service:action` with the parameters of `with`; the answer is the result.

    What is not `observe` names the object it acts on, as a `touches` does, and the resources it may reach.
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

    def texts(self) -> tuple[Text, ...]:
        """Give `with`."""
        found = [*super().texts(), Text(("with",), self.with_, bare=False)]
        if self.undo is not None:
            found.append(Text(("undo", "with"), self.undo.with_, bare=False, own=True))
        return tuple(found)
