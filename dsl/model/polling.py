"""`wait` until an observing atom says so."""

from typing import Any

from pydantic import Field

from dsl.model.base import PositiveDuration, Retries, Strict
from dsl.model.step_base import StepBase, Text


class Poll(Strict):
    """Ask `atom` every `interval` until it no longer raises NotYet and `until` holds, for `deadline` at most."""

    atom: str
    with_: dict[str, Any] = Field(default={}, alias="with")
    until: str | None = None
    """A bare expression over the step's own result."""
    interval: PositiveDuration = 15
    deadline: PositiveDuration
    timeout: PositiveDuration | None = None
    retry: Retries | None = None

    @property
    def polls(self) -> int:
        """How often it is asked again at most."""
        return -(-self.deadline // self.interval)


class UntilStep(StepBase):
    """Wait until an atom says that something is so; its last answer is the result."""

    kind = "wait"
    has_result = True

    wait: Poll

    def texts(self) -> tuple[Text, ...]:
        """Give `with` and `until`."""
        found = [*super().texts(), Text(("wait", "with"), self.wait.with_, bare=False)]
        if self.wait.until is not None:
            token = f"{self.id}.until"
            found.append(Text(("wait", "until"), self.wait.until, bare=True, condition=token, after=True))
        return tuple(found)
