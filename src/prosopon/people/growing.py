"""Mappings and lists that grow, and what they were at one moment, without copying them.

Several threads may read a `Snapshot` or a `Prefix` while its origin goes on growing.
"""

from collections.abc import (
    Callable,
    ItemsView,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
    ValuesView,
)
from math import isqrt
from typing import TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")


class _Layered(Mapping[K, V]):
    """Entries that many share, and the few that differ. No value is None."""

    def __init__(self, shared: Mapping[K, V], differing: dict[K, V | None]) -> None:
        """differing : None stands for what is not there any more."""
        self._shared = shared
        self._differing = differing

    def __getitem__(self, key: K) -> V:
        if key not in self._differing:
            return self._shared[key]
        found = self._differing[key]
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        if key in self._differing:
            return self._differing[key] is not None
        return key in self._shared

    def __iter__(self) -> Iterator[K]:
        return iter(self._together())

    def __len__(self) -> int:
        return len(self._together())

    def items(self) -> ItemsView[K, V]:
        """As a dictionary has it, which is quicker."""
        return self._together().items()

    def values(self) -> ValuesView[V]:
        """As a dictionary has it, which is quicker."""
        return self._together().values()

    def __repr__(self) -> str:
        return repr(self._together())

    def _together(self) -> Mapping[K, V]:
        if not self._differing:
            return self._shared
        there = {key: value for key, value in self._differing.items() if value is not None}
        shared = self._shared
        whole = {**(shared._together() if isinstance(shared, _Layered) else shared), **there}
        for gone in self._differing.keys() - there.keys():
            whole.pop(gone, None)
        return whole


class Snapshot(_Layered[K, V]):
    """A mapping that never changes."""

    def _together(self) -> Mapping[K, V]:
        if self._differing:
            self._shared, self._differing = super()._together(), {}
        return self._shared


class Stored(_Layered[K, V]):
    """A mapping that is kept elsewhere: entries are looked up one by one, or all at once."""

    def __init__(
        self, length: int, find: Callable[[K], V | None], everything: Callable[[], Mapping[K, V]]
    ) -> None:
        """find : the value of a key, None for a key that is not there."""
        super().__init__({}, {})
        self._length = length
        self._find = find
        self._everything = everything
        self._read = False

    def __getitem__(self, key: K) -> V:
        found = self._shared.get(key) if self._read else self._find(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        return self.get(key) is not None  # type: ignore[arg-type]

    def __len__(self) -> int:
        return self._length

    def _together(self) -> Mapping[K, V]:
        if not self._read:
            self._shared = self._everything()
            self._read = True
        return self._shared


class Growing(_Layered[K, V], MutableMapping[K, V]):
    """A mapping of which snapshots can be taken; one costs no more than the root of its size."""

    def __init__(self, start: Mapping[K, V] | None = None) -> None:
        """start : what is there from the beginning; never changed."""
        super().__init__({} if start is None else start, {})

    def __setitem__(self, key: K, value: V) -> None:
        self._differing[key] = value

    def __delitem__(self, key: K) -> None:
        self[key]
        self._differing[key] = None

    def snapshot(self) -> Snapshot[K, V]:
        """What is there now."""
        if len(self._differing) > 64 + 4 * isqrt(len(self._shared)):
            self._shared, self._differing = self._together(), {}
        return Snapshot(self._shared, dict(self._differing))


class Chosen(Sequence[V]):
    """A list of which each member is looked up when it is asked for."""

    def __init__(self, length: int, find: Callable[[int], V]) -> None:
        self._places = range(length)
        self._find = find

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> V: ...
    @overload
    def __getitem__(self, place: slice) -> list[V]: ...
    def __getitem__(self, place: int | slice) -> V | list[V]:
        if isinstance(place, slice):
            return [self._find(one) for one in self._places[place]]
        return self._find(self._places[place])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


class Prefix(Chosen[V]):
    """What a list held before others were appended."""

    def __init__(self, growing: Sequence[V]) -> None:
        super().__init__(len(growing), lambda place: growing[place])
