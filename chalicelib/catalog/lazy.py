"""Collections that are read entry by entry when they are asked for: an event needs few of a bundle's rules."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class LazyMap(Mapping[str, T], Generic[T]):
    """A mapping whose values are made from raw ones when they are first looked up."""

    __slots__ = ("_made", "_raw", "_read")

    def __init__(self, raw: Mapping[str, Any], read: Callable[[Any], T]) -> None:
        self._raw, self._read = raw, read
        self._made: dict[str, T] = {}

    def __getitem__(self, key: str) -> T:
        """Give a value. Raises KeyError."""
        if key not in self._made:
            self._made[key] = self._read(self._raw[key])
        return self._made[key]

    def __contains__(self, key: object) -> bool:
        """Look a key up without reading its value."""
        return key in self._raw

    def __iter__(self) -> Iterator[str]:
        """Walk the keys."""
        return iter(self._raw)

    def __len__(self) -> int:
        """Count the entries."""
        return len(self._raw)


class LazyList(Sequence[T], Generic[T]):
    """A sequence whose members are made from raw ones when they are first looked up."""

    __slots__ = ("_made", "_read", "raw")

    def __init__(self, raw: Sequence[Any], read: Callable[[Any], T]) -> None:
        self.raw, self._read = raw, read
        self._made: dict[int, T] = {}

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        """Give a member, or a part. Raises IndexError."""
        if isinstance(index, slice):
            return tuple(self[at] for at in range(*index.indices(len(self.raw))))
        at = range(len(self.raw))[index]
        if at not in self._made:
            self._made[at] = self._read(self.raw[at])
        return self._made[at]

    def __len__(self) -> int:
        """Count the members."""
        return len(self.raw)

    def find(self, field: str, value: object) -> T | None:
        """Give the first member whose raw one has that value, and make no other; None if none has."""
        at = next((at for at, one in enumerate(self.raw) if isinstance(one, Mapping) and one.get(field) == value), None)
        return None if at is None else self[at]
