"""A workflow inside a workflow: compiled in, so that its parent's locks cover it and an abort reaches it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field, PrivateAttr

from dsl.model.base import Name
from dsl.model.step_base import Block, StepBase, Text

if TYPE_CHECKING:
    from dsl.model.steps import Step
    from dsl.model.workflow import WorkflowFile


@dataclass(frozen=True, slots=True)
class Inlined:
    """The steps of the other workflow under names of their own, and where they come from."""

    workflow: "WorkflowFile"
    """As it is written in its own file."""
    steps: "tuple[Step, ...]"
    output: Any = None


class WorkflowStep(StepBase):
    """Run another workflow's steps here; `$id` is its output."""

    kind = "workflow"
    has_result = True

    workflow: Name
    with_: dict[str, Any] = Field(default={}, alias="with")
    _inlined: Inlined | None = PrivateAttr(default=None)

    @property
    def inlined(self) -> Inlined | None:
        """The other workflow, once `dsl.inline` has found it."""
        return self._inlined

    @property
    def input_variable(self) -> str:
        """Name the variable that its steps read in place of `$input`; no id has capitals."""
        return f"{self.id}Input"

    def inline(self, inlined: Inlined) -> "WorkflowStep":
        """Give the same step with the other workflow in it."""
        step = self.model_copy()
        step._inlined = inlined  # noqa: SLF001 - a copy of its own
        return step

    def blocks(self) -> tuple[Block, ...]:
        """Give the other workflow's steps."""
        if self._inlined is None:
            return ()
        output = (("workflow", "output"), self._inlined.output)
        return (Block(("workflow", "steps"), self._inlined.steps, output=output),)

    def texts(self) -> tuple[Text, ...]:
        """Give `with`."""
        return (*super().texts(), Text(("with",), self.with_, bare=False))
