"""Which names an expression can see, and whether they are sure to hold something there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dsl.expressions import Expression
from dsl.model import WorkflowStep
from dsl.model.trying import CAUGHT_MARK
from dsl.places import Layout, Place, Section
from dsl.sites import Site


class Sight(StrEnum):
    """How a name looks from a place."""

    SURE = "sure"
    MAYBE = "maybe"
    """The step may have been skipped or failed, and is null then."""
    LATER = "later"
    ELSEWHERE = "elsewhere"
    """It lives in a parallel branch or loop that this place is not in."""
    HANDLER_ONLY = "handler only"
    UNKNOWN = "unknown"


class Origin(StrEnum):
    """What a name stands for."""

    INPUT = "input"
    DISPATCH = "dispatch"
    STATES = "states"
    FAILURE = "failure"
    CONSTANTS = "constants"
    STEP = "step"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Declared:
    """A name, and from where on it can be read."""

    name: str
    origin: Origin
    since: int
    """The tick after which it holds something."""
    scopes: tuple[str, ...]
    conditions: tuple[str, ...]
    section: Section
    step: str | None = None
    """The step it comes from."""


@dataclass(frozen=True, slots=True)
class Names:
    """All names of a file and what each condition has looked at."""

    declared: Mapping[str, Declared]
    condition_names: Mapping[str, frozenset[str]]

    def look(self, name: str, site: Site) -> Sight:
        """Tell how a name looks from an expression."""
        found = self.declared.get(name)
        if found is None:
            return Sight.UNKNOWN
        if site.template:
            return Sight.SURE if found.origin is Origin.INPUT else Sight.LATER
        if found.origin is Origin.FAILURE:
            is_caught = any(CAUGHT_MARK in token for token in site.place.conditions)
            return Sight.SURE if is_caught or site.place.section is Section.HANDLER else Sight.HANDLER_ONLY
        if site.after and found.step == site.step:
            return Sight.SURE
        if site.own and found.step == site.step:
            return Sight.MAYBE
        return self._look_step(found, site.place)

    def _look_step(self, found: Declared, place: Place) -> Sight:
        if place.path[0] == "notify" and found.origin is Origin.STEP:
            return Sight.ELSEWHERE
        if found.scopes != place.scopes[: len(found.scopes)]:
            return Sight.ELSEWHERE
        if place.section is Section.HANDLER and found.section is Section.MAIN and found.origin is Origin.STEP:
            return Sight.MAYBE
        if f"{found.name}[gate]" in place.conditions:
            # The gate of a rollout sees what the batches before it gave.
            return Sight.SURE
        if found.since >= place.tick:
            return Sight.LATER
        if found.conditions != place.conditions[: len(found.conditions)]:
            return Sight.MAYBE
        return Sight.SURE

    def is_guarded(self, name: str, site: Site) -> bool:
        """Whether a `when` or case around the expression has looked at the name."""
        return any(name in self.condition_names.get(token, ()) for token in site.place.conditions)

    def visible(self, site: Site) -> tuple[str, ...]:
        """Every name that can be read from an expression."""
        good = {Sight.SURE, Sight.MAYBE}
        return tuple(name for name in self.declared if self.look(name, site) in good)


def declare_names(layout: Layout, sites: Iterable[Site]) -> Names:
    """Build the table. Of two steps with one id the first counts; the clash is reported by its check."""
    declared = {
        "input": _builtin("input", Origin.INPUT),
        "dispatch": _builtin("dispatch", Origin.DISPATCH),
        "states": _builtin("states", Origin.STATES),
        "failure": _builtin("failure", Origin.FAILURE),
        "constants": _builtin("constants", Origin.CONSTANTS),
    }
    for placed in layout.steps:
        step, place = placed.step, placed.inside
        if step.has_result:
            # A caught failure leaves null, as if the step had been skipped.
            lenient = (f"{step.id}!",) if getattr(step, "continue_on_error", False) else ()
            conditions = (*place.conditions, *lenient)
            one = Declared(step.id, Origin.STEP, placed.end, place.scopes, conditions, place.section, step.id)
            declared.setdefault(step.id, one)
        if isinstance(step, WorkflowStep):
            name = step.input_variable
            one = Declared(name, Origin.STEP, place.tick, place.scopes, place.conditions, place.section, step.id)
            declared.setdefault(name, one)
        for block in step.blocks():
            scopes = (*place.scopes, block.scope or "")
            for name in block.variables:
                one = Declared(name, Origin.LOOP, place.tick, scopes, place.conditions, place.section, step.id)
                declared.setdefault(name, one)
    return Names(declared, _condition_names(sites))


def _builtin(name: str, origin: Origin) -> Declared:
    return Declared(name, origin, -1, (), (), Section.MAIN)


def _condition_names(sites: Iterable[Site]) -> dict[str, frozenset[str]]:
    """What each token's expression reads. A switch's default has looked at what all its cases did."""
    found: dict[str, frozenset[str]] = {}
    for site in sites:
        if site.condition is None or not isinstance(site.parsed, Expression):
            continue
        found[site.condition] = found.get(site.condition, frozenset()) | site.parsed.names
        if site.condition.endswith("]"):
            default = f"{site.step}[default]"
            found[default] = found.get(default, frozenset()) | site.parsed.names
    return found
