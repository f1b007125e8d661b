"""The workflow file itself."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from chalicelib.catalog.model import Intent
from dsl.diagnostics import suggest
from dsl.model.base import Name, PositiveDuration, Retries, Strict, mistake
from dsl.model.inputs import Input
from dsl.model.steps import AtomStep, Step
from dsl.types import kind_of_value, name_kinds

NOTIFY = "notify"
"""The step and the state that tell of a failure."""


class TouchSpec(Strict):
    """What control must hold before the workflow starts. `object` is a template such as `host/{% $input.host %}`."""

    object: str
    intent: Intent


class Defaults(Strict):
    """What holds for every step that does not say otherwise."""

    retry: Retries | None = None


class PerStage(Strict):
    """A constant that differs between stages, and not in its kind: what reads it is checked once for all of them."""

    stages: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,11}$")], Any]
    default: Any

    @model_validator(mode="after")
    def _check_kinds(self) -> "PerStage":
        usual = kind_of_value(self.default)
        for stage, value in self.stages.items():
            kind = kind_of_value(value)
            if {kind, usual} - {"null"} not in ({kind}, {usual}, {"integer", "number"}, set()):
                text = f"`{stage}` gives {name_kinds(frozenset({kind}))}, the default {name_kinds(frozenset({usual}))}"
                raise mistake("E204", text, "give every stage the same kind of value", "stages")
        return self


def _read_constant(value: object) -> object:
    """Take a mapping with `stages` for a constant that differs between them, anything else as it is."""
    return PerStage.model_validate(value) if isinstance(value, dict) and "stages" in value else value


Constant = Annotated[Any, BeforeValidator(_read_constant)]
"""A value, or one for each stage."""


class Notification(Strict):
    """Whom to tell of a failure, after everything that follows from it is done."""

    atom: str
    with_: dict[str, Any] = Field(default={}, alias="with")
    retry: Retries | None = None


def _check_mode(value: object) -> object:
    if isinstance(value, str) and value not in {"undo", "keep"}:
        hint = suggest(value, ("undo", "keep")) or "write undo, keep, or a list of steps"
        raise mistake("E204", f"`on_failure` cannot be {value!r}", hint)
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
    constants: dict[Name, Constant] = Field(default={})
    notify: Notification | None = None
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    on_failure: Annotated[
        Literal["undo", "keep"] | Annotated[tuple[Step, ...], Field(min_length=1)], BeforeValidator(_check_mode)
    ] = "keep"
    output: Any = None

    @property
    def notifier(self) -> tuple[Step, ...]:
        """The step that tells of a failure, if there is one."""
        if self.notify is None:
            return ()
        given = {"id": NOTIFY, "atom": self.notify.atom, "with": self.notify.with_, "retry": self.notify.retry}
        return (AtomStep.model_validate(given),)

    @property
    def handler(self) -> tuple[Step, ...]:
        """The steps of `on_failure`, empty for undo and keep."""
        return () if isinstance(self.on_failure, str) else self.on_failure

    @property
    def undoes(self) -> bool:
        """Whether a failure takes back what finished."""
        return self.on_failure == "undo"
