"""The shapes of windows: under `correlate` of a rule, and as what holds by default under a service or a tier."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from dsl.model.base import PositiveDuration, Strict, mistake, read_duration

Text = Annotated[str, Field(min_length=1)]
NONE = "none"
"""What takes back the window that the next in order gives."""
MOST_SETTLE_S = 7 * 24 * 3600


class DedupeSpec(Strict):
    """One event acts, the others like it within a time are only recorded."""

    within: PositiveDuration
    by: Text | None = None


class AccumulateSpec(Strict):
    """So many events within a time act once."""

    count: Annotated[int, Field(ge=2, le=100)]
    within: PositiveDuration
    by: Text | None = None


class StormSpec(Strict):
    """Events of more than so many objects of one place within a time: nothing acts, and a person is paged."""

    per: Text
    more_than: Annotated[int, Field(ge=1, le=200)]
    within: PositiveDuration
    page: Text = "default"


NO_DEDUPE = DedupeSpec.model_construct(within=0)
NO_ACCUMULATE = AccumulateSpec.model_construct(count=0, within=0)
NO_STORM = StormSpec.model_construct(per="", more_than=0, within=0)


def _expand_dedupe(value: object) -> object:
    if value == NONE:
        return NO_DEDUPE
    return value if isinstance(value, dict) else {"within": value}


def _expand_accumulate(value: object) -> object:
    return NO_ACCUMULATE if value == NONE else value


def _expand_storm(value: object) -> object:
    return NO_STORM if value == NONE else value


def _read_settle(value: object) -> object:
    if value == NONE:
        return 0
    seconds = read_duration(value)
    if not isinstance(seconds, int) or not 1 <= seconds <= MOST_SETTLE_S:
        raise mistake("E204", "`settle` must be from 1s to 7d", "write `none` for none at all")
    return seconds


class CorrelateSpec(Strict):
    """What is made of several events; each window may be `none`."""

    dedupe: Annotated[DedupeSpec, BeforeValidator(_expand_dedupe)] | None = None
    settle: Annotated[int, BeforeValidator(_read_settle)] | None = None
    accumulate: Annotated[AccumulateSpec, BeforeValidator(_expand_accumulate)] | None = None
    storm: Annotated[StormSpec, BeforeValidator(_expand_storm)] | None = None

    def off(self) -> tuple[str, ...]:
        """Name the windows that are `none`."""
        nothing = (("dedupe", NO_DEDUPE), ("accumulate", NO_ACCUMULATE), ("settle", 0), ("storm", NO_STORM))
        return tuple(name for name, one in nothing if getattr(self, name) == one)
