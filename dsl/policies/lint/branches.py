"""Branches that are never taken: never true, or true only where one before them is."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.catalog.model import Bundle, Rule
from chalicelib.decision.expressions import read_ast
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
        shadows = [next((number for number, one in earlier if one <= way), None) for way in possible]
        if not possible:
            yield Finding("W721", rule.name, path, "this branch is never taken: its condition is never true", "mend it")
        elif unknown and all(any(True for _ in _list_unknown(way, known)) for way in possible):
            message = f"this branch is never taken: there is no {unknown[0]}"
            yield Finding("W721", rule.name, path, message, "see policies/services.yaml")
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
    return [frozenset({_freeze(node)})]


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
    """Whether one field would have to equal two different literals."""
    wanted: dict[Any, set[Any]] = {}
    for left, right in filter(None, map(_read_equality, way)):
        wanted.setdefault(left, set()).add(right)
    return any(len(values) > 1 for values in wanted.values())


def _list_unknown(way: Conjunction, known: Mapping[tuple[str, ...], frozenset[str]]) -> Iterator[str]:
    for left, right in filter(None, map(_read_equality, way)):
        if left in known and isinstance(right, str) and right not in known[left]:
            yield f"{'tier' if left == _TIER else 'service'} {right!r}"


def _read_equality(term: Atom) -> tuple[tuple[str, ...], Any] | None:
    """Read `$a.b = "literal"`, either way round, to its path and literal."""
    parts = dict(one for one in term if isinstance(one, tuple) and len(one) == 2)  # noqa: PLR2004
    if parts.get("value") != "=" or parts.get("type") != "binary":
        return None
    sides = [dict(parts.get(name, ())) for name in ("lhs", "rhs")]
    for one, other in (sides, reversed(sides)):
        if one.get("type") == "path" and other.get("type") in {"string", "number", "value"}:
            names = [dict(step) for step in one["steps"]]
            if all(step.get("type") in {"variable", "name"} and not _has_more(step) for step in names):
                return tuple(str(step["value"]) for step in names), other.get("value")
    return None


def _has_more(step: Mapping[str, Any]) -> bool:
    """Whether a step of a path filters or sorts, so that two of the same name may mean different elements."""
    return bool(step.keys() - {"type", "value"} and any(step[name] for name in step.keys() - {"type", "value"}))
