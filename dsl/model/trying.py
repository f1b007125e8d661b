"""`try`: steps whose failure is caught, and steps that follow in any case."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from dsl.model.base import Strict, mistake
from dsl.model.step_base import Block, StepBase

if TYPE_CHECKING:
    from dsl.model.steps import Step


class Clause(Strict):
    """What to do about some errors, or all that no clause before has named."""

    errors: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    steps: "Annotated[tuple[Step, ...], Field(min_length=1)]"

    @property
    def catches_all(self) -> bool:
        """Whether nothing gets past it."""
        return self.errors is None or "States.ALL" in self.errors


class TryStep(StepBase):
    """Run steps; if one fails, those of the first clause that names the error; then `finally`, whatever happened."""

    kind = "try"

    try_: "Annotated[tuple[Step, ...], Field(min_length=1)]" = Field(alias="try")
    catch: tuple[Clause, ...] = ()
    finally_: "tuple[Step, ...]" = Field(default=(), alias="finally")

    @model_validator(mode="after")
    def _check(self) -> "TryStep":
        if not self.catch and not self.finally_:
            raise mistake("E202", "`try` has neither `catch` nor `finally`", "add one, or drop the `try`", "try")
        for index, clause in enumerate(self.catch[:-1]):
            if clause.catches_all:
                text = f"nothing gets past clause {index + 1}, which catches every error"
                raise mistake("E204", text, "put it last", "catch")
        return self

    def blocks(self) -> tuple[Block, ...]:
        """Give what is tried, the clauses, and what follows in any case."""
        body = Block(("try",), self.try_, condition=f"{self.id}[try]")
        clauses = (
            Block(("catch", index, "steps"), clause.steps, condition=f"{self.id}[catch {index}]")
            for index, clause in enumerate(self.catch)
        )
        return (body, *clauses, Block(("finally",), self.finally_))


CAUGHT_MARK = "[catch "
"""In the condition of steps that may read `$failure`."""
