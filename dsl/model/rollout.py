"""`rollout`: the same steps for many items, in batches, with a gate after each."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from dsl.model.approving import Pause
from dsl.model.base import Amount, Name, Share, Strict
from dsl.model.step_base import Block, StepBase, Text

if TYPE_CHECKING:
    from dsl.model.steps import Step

_ALL_AT_ONCE = 40


class Stop(Strict):
    """When it is given up: as soon as more than this has failed, of all items."""

    failures: Share = Amount(count=0)


class Rollout(Strict):
    """What is rolled out. `batches` says how many are done after each; what is left then is the last."""

    items: str
    as_: Name = Field(alias="as")
    max_items: Annotated[int, Field(ge=1)]
    max_concurrency: Annotated[int, Field(ge=1)] = _ALL_AT_ONCE
    batches: Annotated[tuple[Share, ...], Field(min_length=1, max_length=100)]
    steps: "Annotated[tuple[Step, ...], Field(min_length=1)]"
    output: Any = None
    gate: "tuple[Step, ...]" = ()
    stop: Stop = Stop()
    approval: Pause | None = None


class RolloutStep(StepBase):
    """Run steps for every item, batch after batch; `$id` is the list of what they gave, null for one that failed."""

    kind = "rollout"
    has_result = True

    rollout: Rollout

    @property
    def loop(self) -> Rollout:
        """What every kind of loop has."""
        return self.rollout

    def blocks(self) -> tuple[Block, ...]:
        """Give the steps for one item, then those after each batch."""
        loop = self.rollout
        variables = (loop.as_, f"{loop.as_}_index")
        output = (("rollout", "output"), loop.output)
        body = Block(("rollout", "steps"), loop.steps, scope=self.id, variables=variables, output=output)
        return (body, Block(("rollout", "gate"), loop.gate, condition=f"{self.id}[gate]"))

    def texts(self) -> tuple[Text, ...]:
        """Give `items`, and who is asked about going on."""
        found = [*super().texts(), Text(("rollout", "items"), self.rollout.items, bare=True)]
        pause = self.rollout.approval
        if pause is not None:
            found.append(Text(("rollout", "approval", "from"), pause.from_, bare=False))
            found.append(Text(("rollout", "approval", "reason"), pause.reason, bare=False, own=True))
        return tuple(found)
