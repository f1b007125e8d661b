"""One level of the index: the probes of all paths, and the one walk through an event that asks them."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.decision.fields import Fields
from chalicelib.decision.probes import Found, Probe

_SCALARS = frozenset({int, float, bool, type(None)})
_BLIND = Probe({})
"""Finds nothing."""


class _Node:
    """One key of a path."""

    __slots__ = ("below", "probe")

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.probe = _BLIND


class Level:
    """The probes by path, as a tree and flat."""

    def __init__(self, data: Mapping[str, Any], terms: Iterable[str]) -> None:
        """Read one level of `access.Data`; `terms` are further paths where an event must be plain to be walked."""
        self._always: Found = data["always"]
        self._probes = {path: Probe(kinds) for path, kinds in data["paths"].items()}
        root = _Node()
        for path in (*terms, *self._probes):
            node = root
            for key in path.split("."):
                node = node.below.setdefault(key, _Node())
            node.probe = self._probes.get(path, _BLIND)
        self._below = root.below

    def walk(self, raw: Mapping[str, Any], found: Found) -> bool:
        """Add the hits of an event, and say whether it is plain; if not, what was added is not complete."""
        found += self._always
        return _walk(self._below, raw, found)

    def look_up(self, fields: Fields, found: Found) -> None:
        """Add the hits of an event that need not be plain."""
        found += self._always
        probes = self._probes
        for path, values in fields.values.items():
            probe = probes.get(path)
            if probe is not None:
                for value, _ in values:
                    probe.find(value, found)


def _walk(below: Mapping[str, _Node], values: Mapping[str, Any], found: Found) -> bool:
    """Walk one object. This is the inner loop of matching: what every event does is written out here."""
    for key, value in values.items():
        node = below.get(key)
        if node is None:
            if "." in key:
                return False
        elif type(value) is str:
            probe = node.probe
            if value in probe.texts:
                found += probe.texts[value]
            for find in probe.finders:
                find(value, found)
        elif type(value) is dict:
            if node.below and not _walk(node.below, value, found):
                return False
        elif not _find_other(node.probe, value, found):
            return False
    return True


def _find_other(probe: Probe, value: Any, found: Found) -> bool:
    """Add the hits of what is neither a text nor an object; an array must hold scalars only."""
    values = value if type(value) is list else (value,)
    for one in values:
        if type(one) is not str and type(one) not in _SCALARS:
            return False
        probe.find(one, found)
    return True
