"""The shape of a cases file."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from dsl.model.base import Duration, Name, PositiveDuration, Strict, mistake

Text = Annotated[str, Field(min_length=1)]


def _as_names(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[Text, ...], BeforeValidator(_as_names), Field(min_length=1)]
"""One name, or a list of them."""


class AnswerSpec(Strict):
    """What a step's atom does when it is called, or what people answer to an `approve` step.

    `given` keeps it for calls whose input holds these fields, `times` is for how many calls it lasts: one, and all that
    are left for the last answer that fits.
    """

    given: dict[str, Any] = Field(default={}, description="Only for calls whose input holds these fields")
    returns: Any = Field(default=None, description="The atom's output; fields left out get a sample")
    approve: Names | None = Field(default=None, description="Who says yes to an `approve` step")
    reject: Text | None = Field(default=None, description="Who says no to it")
    expires: Literal[True] | None = Field(default=None, description="Nobody answers it in time")
    reason: Text | None = Field(default=None, description="Why they say yes or no")
    raises: Text | None = Field(default=None, description="The name of an error")
    cause: str | None = Field(default=None, description="The error in words")
    takes: Duration = Field(default=0, description="How long the call takes")
    heartbeat: PositiveDuration | None = Field(default=None, description="How often it shows until then that it lives")
    times: Annotated[int, Field(ge=1)] | None = Field(default=None, description="How many calls it answers")

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if self.raises is not None and "returns" in self.model_fields_set:
            raise mistake("E958", "an answer cannot both return and raise", "remove one of them", "raises")
        if sum((self.approve is not None, self.reject is not None, self.expires is not None)) > 1:
            raise mistake("E958", "people say yes, or one says no, or it expires", "keep one of them")
        said = self.approve is not None or self.reject is not None
        if (said or self.expires) and (self.raises is not None or "returns" in self.model_fields_set):
            raise mistake("E958", "what people answer gives the result or the error", "remove `returns` or `raises`")
        if self.reason is not None and not said:
            raise mistake("E958", "`reason` goes with `approve` or `reject`", "add one of them", "reason")
        if self.cause is not None and self.raises is None:
            raise mistake("E958", "`cause` goes with `raises`", "add `raises:`", "cause")
        return self


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


Answers = Annotated[tuple[AnswerSpec, ...], BeforeValidator(_as_list), Field(min_length=1)]
"""One answer, or a list of them."""

Script = dict[str, Answers]
"""Answers by step; a step without any returns a sample of its atom's output."""


class ExpectSpec(Strict):
    """How the execution should go. What is left out is not compared; without `error` it must succeed."""

    path: tuple[Text, ...] | None = Field(default=None, description="The states entered, in order")
    output: Any = Field(default=None, description="The output, whole")
    error: Text | None = Field(default=None, description="The name of the error it ends with")
    undone: tuple[Text, ...] | None = Field(default=None, description="The steps that are taken back, in order")
    calls: dict[str, int] | None = Field(default=None, description="How often each of these steps is called")
    duration: Duration | None = Field(default=None, description="In virtual time, to the second")

    @model_validator(mode="after")
    def _check_end(self) -> Self:
        if self.error is not None and "output" in self.model_fields_set:
            raise mistake("E959", "an execution that fails has no output", "remove `output` or `error`", "output")
        return self


class DispatchSpec(Strict):
    """What the case says of the dispatch it runs for."""

    object: Text | None = None
    tier: Text = "P2"


class CaseSpec(Strict):
    """One case. `input` and `answers` are laid over those of the file."""

    name: Text
    input: dict[str, Any] = Field(default={})
    dispatch: DispatchSpec = DispatchSpec()
    answers: Script = Field(default={})
    expect: ExpectSpec


class CasesFile(Strict):
    """One `kind: cases` document."""

    kind: Literal["cases"]
    input: dict[Name, Any] = Field(default={}, description="The input of every case")
    answers: Script = Field(default={}, description="The answers of every case")
    cases: Annotated[tuple[CaseSpec, ...], Field(min_length=1)]
