"""Variables: an inner scope reads those around it and assigns none of them."""

from collections.abc import Mapping
from typing import Any

from chalicelib.errors import InterlockError


class OuterAssigned(InterlockError):
    """An inner scope assigns the outer variable {name!r}: AWS refuses to create such a machine."""


class Scope:
    """The variables of a machine, a branch or an iteration."""

    def __init__(self, outer: Mapping[str, Any] | None = None) -> None:
        """Start with what is around, as it is when the scope begins."""
        self._outer = dict(outer or {})
        self.own: dict[str, Any] = {}

    def read(self) -> dict[str, Any]:
        """Give every variable that can be seen."""
        return {**self._outer, **self.own}

    def assign(self, values: Mapping[str, Any]) -> None:
        """Set own variables."""
        for name, value in values.items():
            if name in self._outer:
                raise OuterAssigned(name=name)
            self.own[name] = value
