"""EventBridge event patterns: compiled once to a matcher with the semantics of AWS's event-ruler.

A pattern is a set of alternatives (`$or` multiplied out), each a list of terms in the order of their paths. The order
is AWS's and can be observed: `{"exists": false}` looks only at array elements that the terms before it agreed on.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

from chalicelib.decision.fields import MISSING, Fields, Place, Scalar, flatten, read_path
from chalicelib.decision.operators import OPERATORS, Refusal, Test, compile_elements, is_absent
from chalicelib.decision.places import ANY, exclude, forget, join
from chalicelib.errors import InterlockError
from chalicelib.identity import canonical_json

MAX_ALTERNATIVES = 1000
"""How many combinations a pattern's `$or` may multiply out to: a bound of ours, which event-ruler does not have."""

MAX_DEPTH = 100
"""How deep a pattern may nest: an event cannot be deeper."""

_OR = "$or"
_NOT_OR = frozenset({
    *OPERATORS, "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case",
    "date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range",
    "ip-address-in-range", "ip-address-not-in-range",
})  # fmt: skip
"""Names that AWS reserves inside `$or`: with one of them `$or` is the name of a field."""


class PatternInvalid(InterlockError):
    """The event pattern is not valid at {path}: {cause}.

    `keys` holds the path as a tuple.
    """


@dataclass(frozen=True, slots=True)
class Term:
    """One leaf of a pattern: the field at `path` must pass one of the tests, or be absent where that is allowed."""

    path: str
    tests: tuple[Test, ...]
    absent: bool
    elements: tuple[Any, ...]
    """The array as written, for people and for the index."""
    keys: tuple[str, ...]
    """The path as the keys of nested objects."""

    def find_places(self, fields: Fields) -> list[Place]:
        """Give the places where a value passes."""
        tests = self.tests
        return [place for value, place in fields.values.get(self.path, ()) if any(test(value) for test in tests)]


class Matcher(NamedTuple):
    """A compiled pattern."""

    alternatives: tuple[tuple[Term, ...], ...]

    def matches(self, raw: Mapping[str, Any]) -> bool:
        """Match an event as received."""
        return self.matches_fields(flatten(raw))

    def matches_fields(self, fields: Fields) -> bool:
        """Match a flattened event."""
        return any(_find_failure(terms, fields) is None for terms in self.alternatives)

    def holds(self, alternative: int, fields: Fields) -> bool:
        """Match one of the alternatives, by its number."""
        return _find_failure(self.alternatives[alternative], fields) is None

    def holds_plainly(self, alternative: int, raw: Mapping[str, Any]) -> bool:
        """Match one of the alternatives with a plain event: no dot in a key, no object or array inside an array."""
        for term in self.alternatives[alternative]:
            value = read_path(raw, term.keys)
            if value is MISSING:
                if not term.absent:
                    return False
            elif type(value) is list:
                if not any(test(one) for one in value for test in term.tests):
                    return False
            else:
                for test in term.tests:
                    if test(value):
                        break
                else:
                    return False
        return True

    def explain(self, raw: Mapping[str, Any]) -> str | None:
        """Say which term is the first that fails, with both values; None if the event matches.

        Of several alternatives, the one that came furthest is told.
        """
        fields = flatten(raw)
        furthest: tuple[int, tuple[Term, ...]] | None = None
        for terms in self.alternatives:
            index = _find_failure(terms, fields)
            if index is None:
                return None
            if furthest is None or index > furthest[0]:
                furthest = (index, terms)
        return _describe(furthest[1], furthest[0], fields) if furthest else None


def compile_pattern(pattern: object) -> Matcher:
    """Compile an event pattern. Raises PatternInvalid with AWS's own reason where AWS gives one."""
    if not isinstance(pattern, dict):
        raise _refuse((), "Filter is not an object")
    _check_depth(pattern)
    try:
        alternatives = _expand(pattern, (), relation=True)
    except PatternInvalid:
        if not _mentions_or(pattern):
            raise
        legacy = _expand_legacy(pattern)
        if legacy is None:
            raise
        alternatives = legacy
    return Matcher(tuple(tuple(sorted(terms, key=lambda term: term.path)) for terms in alternatives))


_Alternatives = list[tuple[Term, ...]]


def _expand(
    pattern: Mapping[str, Any], path: tuple[str, ...], *, relation: bool, inside_or: bool = False
) -> _Alternatives:
    """Multiply a pattern's object out. `relation`: read `$or` as the relation, not as a field's name."""
    if not pattern:
        raise _refuse(path, "Empty objects are not allowed")
    found: _Alternatives = [()]
    for name, value in pattern.items():
        inner = (*path, name)
        if relation and name == _OR:
            more = _expand_or(value, path)
        elif inside_or and name in _NOT_OR:
            raise _refuse(inner, f"{name} is Ruler reserved fieldName which cannot be used inside {_OR}.")
        elif isinstance(value, dict):
            more = _expand(value, inner, relation=relation, inside_or=inside_or)
        elif isinstance(value, list):
            more = [(_compile_term(value, inner),)]
        else:
            raise _refuse(path, f'"{name}" must be an object or an array')
        found = list(_multiply(found, more, path))
    return found


def _check_depth(pattern: Mapping[str, Any]) -> None:
    level: list[Any] = [pattern]
    for _ in range(MAX_DEPTH):
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
        level = [one for one in level if isinstance(one, dict | list)]
        if not level:
            return
    raise _refuse((), f"it nests deeper than {MAX_DEPTH} levels")


def _expand_legacy(pattern: Mapping[str, Any]) -> _Alternatives | None:
    """Expand with `$or` as a field's name, as AWS does where it cannot be the relation."""
    try:
        return _expand(pattern, (), relation=False)
    except PatternInvalid:
        return None


def _expand_or(value: object, path: tuple[str, ...]) -> _Alternatives:
    if not isinstance(value, list):
        raise _refuse(path, f"It must be an Array followed with {_OR}.")
    if not all(isinstance(one, dict) for one in value):
        raise _refuse(path, f"Only JSON object is allowed in array of {_OR} relationship")
    if len(value) < 2:  # noqa: PLR2004
        raise _refuse(path, f"There must have at least 2 Objects in {_OR} relationship")
    return [terms for one in value for terms in _expand(one, path, relation=True, inside_or=True)]


def _multiply(left: _Alternatives, right: _Alternatives, path: tuple[str, ...]) -> Iterator[tuple[Term, ...]]:
    if len(left) * len(right) > MAX_ALTERNATIVES:
        raise _refuse(path, f"{_OR} multiplies out to more than {MAX_ALTERNATIVES} combinations")
    for one, other in product(left, right):
        twice = {term.path for term in one} & {term.path for term in other}
        if twice:
            raise _refuse(path, f"Path `{min(twice)}` cannot be allowed multiple times")
        yield one + other


def _compile_term(elements: list[Any], path: tuple[str, ...]) -> Term:
    if not elements:
        raise _refuse(path, "Empty arrays are not allowed")
    dotted = ".".join(path)
    if all(type(element) is str for element in elements):
        return _share_term(dotted, tuple(elements))
    try:
        tests = compile_elements([element for element in elements if not is_absent(element)])
    except Refusal as refusal:
        raise _refuse(path, str(refusal)) from None
    absent = any(is_absent(element) for element in elements)
    return Term(dotted, tests, absent, tuple(elements), _split_path(dotted))


@lru_cache(maxsize=2048)
def _share_term(path: str, texts: tuple[str, ...]) -> Term:
    """Compile a term of plain strings. Thousands of rules have the same ones, and one object stays in the CPU's cache."""
    return Term(path, compile_elements(texts), absent=False, elements=texts, keys=_split_path(path))


@lru_cache(maxsize=2048)
def _split_path(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def _refuse(path: Iterable[str], cause: str) -> PatternInvalid:
    keys = tuple(path)
    return PatternInvalid(path=".".join(keys) or "the top", cause=cause, keys=keys)


def _mentions_or(pattern: Any) -> bool:
    if isinstance(pattern, dict):
        return _OR in pattern or any(_mentions_or(value) for value in pattern.values())
    return isinstance(pattern, list) and any(_mentions_or(value) for value in pattern)


def _find_failure(terms: tuple[Term, ...], fields: Fields) -> int | None:
    """Give the index of the first term that no consistent choice of array elements gets past, None if all do."""
    choices = ANY
    for index, term in enumerate(terms):
        hits = term.find_places(fields)
        if hits and not term.absent and not any(hits):
            continue
        extended = join(choices, hits)
        if term.absent:
            extended |= exclude(choices, [place for _, place in fields.values.get(term.path, ())])
        if not extended:
            return index
        choices = forget(extended, fields.arrays, [later.path for later in terms[index + 1 :]])
    return None


def _describe(terms: tuple[Term, ...], index: int, fields: Fields) -> str:
    term = terms[index]
    if term.find_places(fields):
        others = ", ".join(one.path for one in terms[:index] if any(one.find_places(fields)))
        return f"no one element of a list has what is wanted of {term.path} together with what is wanted of {others}"
    values = [value for value, _ in fields.values.get(term.path, ())]
    return f"{term.path} is {_render_values(values)}, wanted one of {canonical_json(term.elements)}"


def _render_values(values: list[Scalar]) -> str:
    if not values:
        return "missing"
    shown = ", ".join(canonical_json(value) for value in values[:5])
    return f"{shown}, …" if len(values) > 5 else shown  # noqa: PLR2004
