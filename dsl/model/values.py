"""Steps that neither act nor contain others: `set`, `emit` and `succeed`."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from dsl.model.base import Name, Retries, Strict, mistake
from dsl.model.step_base import StepBase, Text

LINEAGE = ("dispatch", "root_id", "hops", "workflow")
"""Fields that every emitted event has: they tell whose it is, and end endless chains of events."""


class SetStep(StepBase):
    """Give names to values; `$id.<name>` afterwards."""

    kind = "set"
    has_result = True

    set: Annotated[dict[Name, Any], Field(min_length=1)]

    def texts(self) -> tuple[Text, ...]:
        """Give the values."""
        return (*super().texts(), Text(("set",), self.set, bare=False))


class Emission(Strict):
    """An event on Interlock's own bus: its detail type, and what it says."""

    type: Annotated[str, Field(min_length=1, max_length=128)]
    detail: dict[str, Any] = Field(default={})

    @model_validator(mode="after")
    def _keep_lineage(self) -> "Emission":
        for name in LINEAGE:
            if name in self.detail:
                raise mistake("E204", f"`{name}` is set by Interlock", "choose another name", "detail")
        if self.type == "Object State Changed":
            text = "`Object State Changed` is what atoms say of a state that they have observed"
            raise mistake("E204", text, "choose a type of your own", "type")
        return self


class EmitStep(StepBase):
    """Send an event, one hop further than the dispatch's own."""

    kind = "emit"

    emit: Emission
    retry: Retries | None = None
    continue_on_error: bool = False

    def texts(self) -> tuple[Text, ...]:
        """Give type and detail."""
        said = (("type", self.emit.type), ("detail", self.emit.detail))
        return (*super().texts(), *(Text(("emit", name), value, bare=False) for name, value in said))


class SucceedStep(StepBase):
    """End the workflow as succeeded, with this output."""

    kind = "succeed"

    succeed: Any

    def texts(self) -> tuple[Text, ...]:
        """Give the output."""
        return (*super().texts(), Text(("succeed",), self.succeed, bare=False))
