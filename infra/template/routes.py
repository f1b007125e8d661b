"""The routes: which events EventBridge hands to the decision Lambda at all.

EventBridge allows 300 rules a bus and 2,048 characters a pattern, so the deployed patterns are only the union of
(source, detail-type) over the bundle's rules. The decision Lambda matches the rules' own patterns.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.catalog.model import Rule, RuleMode
from chalicelib.identity import canonical_json

PATTERN_LIMIT = 2048
"""Characters that EventBridge allows in one pattern."""
_ROOM = 1900
"""Left for the branches of one `$or`, so that AWS's own way of writing the JSON fits too."""

OWN_SOURCE = "interlock"
OWN_CHANGES = "Object State Changed"
DOORS = ("webhook.", "sns.", "sqs.")
"""How the sources begin whose events come through a door of their own: by a bus they could be made up."""
DUE = "interlock."
"""How the sources begin of what schedules say, to the decision function alone."""

Pattern = dict[str, Any]


@dataclass(slots=True)
class _Branch:
    """The detail types wanted of one source matcher; `any_type` when a rule did not say."""

    source: Any
    types: dict[str, Any] = field(default_factory=dict)
    any_type: bool = False

    @property
    def wanted(self) -> tuple[str, ...]:
        """What makes two branches mergeable."""
        return ("*",) if self.any_type else tuple(sorted(self.types))


def route_default_bus(rules: Iterable[Rule]) -> tuple[Pattern, ...]:
    """Give the patterns for the default bus: the rules' and EC2's state changes, never our own source.

    Anyone in the account may put events on the default bus, and only Interlock's bus is trusted to say `interlock`.
    What other sources observe comes in the very events that rules about them match: no route is only for that.
    """
    observed = {"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"]}
    return _pack(_collect([*_routes(rules), observed], excluded=(OWN_SOURCE, *DOORS)))


def route_own_bus(rules: Iterable[Rule]) -> tuple[Pattern, ...]:
    """Give the patterns for Interlock's bus: the rules' and the state changes that atoms publish."""
    own = {"source": [OWN_SOURCE], "detail-type": [OWN_CHANGES]}
    return _pack(_collect([*_routes(rules), own], excluded=(*DOORS, DUE)))


def route_other_bus(rules: Iterable[Rule]) -> tuple[Pattern, ...]:
    """Give the patterns for a bus of somebody else, such as a partner's: the rules', and never our own source."""
    return _pack(_collect(_routes(rules), excluded=(OWN_SOURCE, *DOORS)))


def _routes(rules: Iterable[Rule]) -> list[Mapping[str, Any]]:
    return [branch for rule in rules if rule.mode is not RuleMode.DISABLED for branch in _expand(rule.match)]


def _expand(pattern: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Resolve a top-level `$or`, whose branches may name sources of their own."""
    rest = {key: value for key, value in pattern.items() if key != "$or"}
    return [{**rest, **branch} for branch in pattern["$or"]] if "$or" in pattern else [rest]


def _collect(routes: Iterable[Mapping[str, Any]], excluded: tuple[str, ...]) -> list[_Branch]:
    """Gather the types wanted of each source; `excluded` are beginnings of names that are not let in."""
    branches: dict[str, _Branch] = {}
    any_source = {"anything-but": {"prefix": list(excluded)}}
    for route in routes:
        for named in route.get("source", [any_source]):
            source = any_source if named == {"exists": True} else named
            if isinstance(source, str) and source.startswith(excluded):
                continue
            branch = branches.setdefault(canonical_json(source), _Branch(source))
            branch.any_type |= "detail-type" not in route
            branch.types |= {canonical_json(one): one for one in route.get("detail-type", [])}
    return list(branches.values())


def _pack(branches: Sequence[_Branch]) -> tuple[Pattern, ...]:
    """Merge branches that want the same types, then fill patterns up to AWS's limit, in a stable order."""
    groups: dict[tuple[str, ...], list[_Branch]] = {}
    for branch in sorted(branches, key=lambda one: canonical_json(one.source)):
        groups.setdefault(branch.wanted, []).append(branch)
    patterns: list[list[Pattern]] = [[]]
    for part in (part for wanted in sorted(groups) for part in _split(groups[wanted])):
        if patterns[-1] and len(canonical_json([*patterns[-1], part])) > _ROOM:
            patterns.append([])
        patterns[-1].append(part)
    return tuple(parts[0] if len(parts) == 1 else {"$or": parts} for parts in patterns if parts)


def _split(group: Sequence[_Branch]) -> list[Pattern]:
    """Write one group as one pattern, or as several if it alone would pass the limit."""
    types = [group[0].types[key] for key in group[0].wanted] if not group[0].any_type else None
    chunks = _chunk([one.source for one in group], _ROOM // 2)
    if types is None:
        return [{"source": sources} for sources in chunks]
    kinds = _chunk(types, _ROOM // 2)
    return [{"source": sources, "detail-type": some} for sources in chunks for some in kinds]


def _chunk(values: Sequence[Any], room: int) -> list[list[Any]]:
    chunks: list[list[Any]] = [[]]
    for value in values:
        if chunks[-1] and len(canonical_json([*chunks[-1], value])) > room:
            chunks.append([])
        chunks[-1].append(value)
    return chunks
