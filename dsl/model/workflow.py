"""The workflow file itself."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from chalicelib.catalog.model import Intent
from dsl.model.base import Name, PositiveDuration, Retries, Strict, mistake
from dsl.model.inputs import Input
from dsl.model.steps import Step


class TouchSpec(Strict):
    """What control must hold before the workflow starts. `object` is a template such as `host/{% $input.host %}`."""

    object: str
    intent: Intent


class Defaults(Strict):
    """What holds for every step that does not say otherwise."""

    retry: Retries | None = None


def _check_mode(value: object) -> object:
    if isinstance(value, str) and value not in {"undo", "keep"}:
        raise mistake("E204", f"`on_failure` cannot be {value!r}", "write undo, keep, or a list of steps")
    return value


class WorkflowFile(Strict):
    """One `kind: workflow` document."""

    kind: Literal["workflow"]
    name: Name
    description: Annotated[str, Field(min_length=1)]
    input: dict[Name, Input] = Field(default={})
    touches: tuple[TouchSpec, ...] = ()
    excludes: tuple[Name, ...] = ()
    timeout: PositiveDuration
    expected: PositiveDuration | None = None
    defaults: Defaults = Defaults()
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    on_failure: Annotated[
        Literal["undo", "keep"] | Annotated[tuple[Step, ...], Field(min_length=1)], BeforeValidator(_check_mode)
    ] = "keep"
    output: Any = None

    @property
    def handler(self) -> tuple[Step, ...]:
        """The steps of `on_failure`, empty for undo and keep."""
        return () if isinstance(self.on_failure, str) else self.on_failure

    @property
    def undoes(self) -> bool:
        """Whether a failure takes back what finished."""
        return self.on_failure == "undo"
