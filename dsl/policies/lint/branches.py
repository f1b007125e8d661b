"""Branches that are never taken: never true, or true only where one before them is."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from chalicelib.catalog.model import Bundle, Rule
from chalicelib.decision.expressions import read_ast
from dsl.diagnostics import suggest
from dsl.policies.lint.comparisons import Comparison, exclude, follows, read_choices, read_comparison
from dsl.policies.lint.finding import Finding

Atom = tuple[Any, ...]
Conjunction = frozenset[Atom]
_MAX_CONJUNCTIONS = 64
_PLACES = frozenset({"position", "id"})
_TIER = ("object", "tier")
_SERVICES = frozenset({("object", "service"), ("service", "name")})


def find_dead_branches(bundle: Bundle) -> Iterator[Finding]:
    """Look at every rule's branches in order. What is not seen through is taken for something that can be true."""
    known: dict[tuple[str, ...], frozenset[str]] = {
        _TIER: frozenset(tier.name for tier in bundle.tiers),
        **{path: frozenset(service.name for service in bundle.services) for path in _SERVICES},
    }
    for rule in bundle.rules:
        yield from _check_rule(rule, known)


def _check_rule(rule: Rule, known: Mapping[tuple[str, ...], frozenset[str]]) -> Iterator[Finding]:
    earlier: list[tuple[int, Conjunction]] = []
    for index, branch in enumerate(rule.branches):
        path = ("decide", index, "when" if branch.when is not None else "default")
        ways = _expand(read_ast(branch.when.strip())) if branch.when is not None else [frozenset()]
        if branch.when is None and any(not one for _, one in earlier):
            ways = [frozenset()]
        possible = [way for way in ways if not _is_contradictory(way)]
        unknown = [name for way in possible for name in _list_unknown(way, known)]
        shadows = [next((number for number, one in earlier if _implies(way, one)), None) for way in possible]
        if not possible:
            yield Finding("W721", rule.name, path, "this branch is never taken: its condition is never true", "mend it")
        elif unknown:
            what, name, names = unknown[0]
            dead = all(any(True for _ in _list_unknown(way, known)) for way in possible)
            subject = "this branch is never taken" if dead else "a part of this condition is never true"
            hint = suggest(name, names) or f"see policies/services.yaml; there is: {', '.join(sorted(names)[:8])}"
            yield Finding("W721", rule.name, path, f"{subject}: there is no {what} {name!r}", hint)
        elif None not in shadows:
            numbers = sorted({number + 1 for number in shadows if number is not None})
            message = f"this branch is never taken: branch {', '.join(map(str, numbers))} is true wherever it is"
            yield Finding("W721", rule.name, path, message, "move it up, or remove it")
        earlier += [(index, way) for way in possible]


def _expand(node: Any) -> list[Conjunction]:
    """Write a condition as alternatives, each a set of terms that must all hold."""
    if node.type == "block" and len(node.expressions) == 1:
        return _expand(node.expressions[0])
    if node.type == "value" and node.value is True:
        return [frozenset()]
    if node.type == "value" and node.value is False:
        return []
    if node.type == "binary" and node.value == "or":
        return [*_expand(node.lhs), *_expand(node.rhs)][:_MAX_CONJUNCTIONS]
    if node.type == "binary" and node.value == "and":
        ways = [one | other for one in _expand(node.lhs) for other in _expand(node.rhs)]
        # Beyond the bound nothing is claimed: a term that nothing else has makes no branch look covered.
        return ways if len(ways) <= _MAX_CONJUNCTIONS else [frozenset({("unread", node.position)})]
    choices = read_choices(node, _freeze)
    if choices is not None:
        return [frozenset({one}) for one in choices]
    return [frozenset({read_comparison(node, _freeze) or _freeze(node)})]


def _implies(way: Conjunction, other: Conjunction) -> bool:
    """Whether all terms of another way hold wherever those of this one do."""
    return all(term in way or any(_follows(known, term) for known in way) for term in other)


def _follows(known: Atom, wanted: Atom) -> bool:
    return isinstance(known, Comparison) and isinstance(wanted, Comparison) and follows(known, wanted)


def _freeze(value: Any) -> Any:
    """Give a syntax tree as a value that is equal for equal expressions, wherever they stand."""
    if isinstance(value, list | tuple):
        return tuple(_freeze(one) for one in value)
    if not hasattr(value, "type"):
        return value if isinstance(value, str | int | float | bool) else None
    kept = {name: inner for name, inner in vars(value).items() if name not in _PLACES and not name.startswith("_")}
    return tuple(
        (name, _freeze(inner))
        for name, inner in sorted(kept.items())
        if isinstance(inner, str | int | float | list | tuple) or hasattr(inner, "type")
    )


def _is_contradictory(way: Conjunction) -> bool:
    """Whether two of its comparisons never hold together."""
    compared = [one for one in way if isinstance(one, Comparison)]
    return any(exclude(one, other) for one, other in combinations(compared, 2))


def _list_unknown(
    way: Conjunction, known: Mapping[tuple[str, ...], frozenset[str]]
) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Give (tier or service, its name, the names there are) of what does not exist."""
    for one in way:
        if not isinstance(one, Comparison) or one.operator != "=" or not isinstance(one.literal, str):
            continue
        path = _read_path(one.left)
        if path is not None and path in known and one.literal not in known[path]:
            yield "tier" if path == _TIER else "service", one.literal, known[path]


def _read_path(frozen: Any) -> tuple[str, ...] | None:
    """Read `$a.b` off a frozen syntax tree."""
    node = dict(one for one in frozen if isinstance(one, tuple) and len(one) == 2) if isinstance(frozen, tuple) else {}  # noqa: PLR2004
    if node.get("type") != "path":
        return None
    steps = [dict(step) for step in node["steps"]]
    if not all(step.get("type") in {"variable", "name"} and not _has_more(step) for step in steps):
        return None
    return tuple(str(step["value"]) for step in steps)


def _has_more(step: Mapping[str, Any]) -> bool:
    """Whether a step of a path filters or sorts, so that two of the same name may mean different elements."""
    return bool(step.keys() - {"type", "value"} and any(step[name] for name in step.keys() - {"type", "value"}))
