"""How a step is taken back."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from dsl.model.base import PositiveDuration, Retries, Strict, mistake


class Undo(Strict):
    """How a step is taken back: by an atom, or not at all, for a stated reason."""

    atom: str | None = None
    with_: dict[str, Any] = Field(default={}, alias="with")
    timeout: PositiveDuration | None = None
    retry: Retries | None = None
    none: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _check_one(self) -> "Undo":
        if (self.atom is None) == (self.none is None):
            raise mistake("E202", "`undo` must say `atom` or `none`", '`none: "why it cannot be taken back"`')
        if self.none is not None and (self.with_ or self.timeout is not None or self.retry is not None):
            raise mistake("E201", "`undo: none` takes a reason only", "remove the other fields")
        return self


def _read_undo(value: object) -> object:
    if value == "none":
        hint = 'write `undo: {none: "why it cannot be taken back"}`'
        raise mistake("E202", "`undo: none` needs a reason", hint)
    return value


UndoField = Annotated[Undo | None, BeforeValidator(_read_undo)]
"""The `undo` of a step."""
