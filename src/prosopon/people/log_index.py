"""The entries of a log, and where it speaks of what: of which photographs, persons, kinds.

The beginning of a log may be kept as arrays (`KeptIndex`): its entries are read when they are
asked for.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

from prosopon.people.decisions import Decision, Region
from prosopon.people.growing import Growing, Stored
from prosopon.people.kinds import Kind
from prosopon.records import Int32, Int64

Arrays = Mapping[str, NDArray[Any]]
Read = Callable[[range], Sequence[Decision]]
"""Gives the entries at these places of the log."""
_BLOCK = 64
"""Entries that are read at a time."""
_KINDS = tuple(Kind)


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """What is noted under each of many texts."""

    keys: NDArray[np.bytes_]
    """(k,) ascending."""
    starts: Int64
    """(k + 1,) where in `values` those of each begin."""
    values: Int32
    """(v, c) under each text in the order in which they were noted."""

    @classmethod
    def of(cls, texts: Sequence[str], values: Sequence[Sequence[int]], columns: int) -> Self:
        """Note (v,) values of `columns` numbers each under (v,) texts."""
        every = np.array([_key(text) for text in texts], np.bytes_)
        order = np.argsort(every, kind="stable")
        keys, starts = np.unique(every[order], return_index=True)
        table = np.array(values, np.int32).reshape(-1, columns)[order]
        return cls(keys, np.append(starts, len(every)).astype(np.int64), table)

    @classmethod
    def loaded(cls, name: str, arrays: Arrays) -> Self:
        """What `arrays` gave."""
        return cls(*(arrays[f"{name}_{part}"] for part in ("keys", "starts", "values")))

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """To be kept."""
        return {
            f"{name}_keys": self.keys,
            f"{name}_starts": self.starts,
            f"{name}_values": self.values,
        }

    def find(self, text: str) -> list[list[int]]:
        """What is noted under a text."""
        key = _key(text)
        if not len(self.keys) or len(key) > self.keys.itemsize:
            return []
        place = int(np.searchsorted(self.keys, np.array(key, self.keys.dtype)))
        if place == len(self.keys) or self.keys[place] != key:
            return []
        found: list[list[int]] = self.values[self.starts[place] : self.starts[place + 1]].tolist()
        return found


def _key(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass") + b"."  # NumPy takes zeros off the end


@dataclass(frozen=True, slots=True, eq=False)
class KeptIndex:
    """Where the beginning of a log speaks of what. Contributions are in `ids` and `kinds` only."""

    kinds: NDArray[np.uint8]
    """(n,) of each entry."""
    ids: Postings
    """Identifier → place in the log."""
    photos: Postings
    """SHA-256 → place in the log, and place among the entry's `faces`."""
    persons: Postings
    """Identifier → place in the log."""
    read: Read

    @classmethod
    def loaded(cls, arrays: Arrays, read: Read) -> Self:
        """What `arrays` gave."""
        ids, photos, persons = (Postings.loaded(n, arrays) for n in ("ids", "photos", "persons"))
        return cls(arrays["kinds"], ids, photos, persons, read)

    @staticmethod
    def arrays(log: Sequence[Decision]) -> dict[str, NDArray[Any]]:
        """The index of a whole log, to be kept."""
        numbered = [(n, entry) for n, entry in enumerate(log) if not entry.contributed]
        places = [(r.photo, n, i) for n, entry in numbered for i, r in enumerate(entry.faces)]
        persons = [(person, n) for n, entry in numbered for person in entry.persons]
        return {
            "kinds": np.array([_KINDS.index(entry.kind) for entry in log], np.uint8),
            **Postings.of([e.id for e in log], range_of(len(log)), 1).arrays("ids"),
            **Postings.of([p for p, *_ in places], [p[1:] for p in places], 2).arrays("photos"),
            **Postings.of([p for p, _ in persons], [p[1:] for p in persons], 1).arrays("persons"),
        }


class Entries(Sequence[Decision]):
    """The log. Those at the beginning may be kept elsewhere."""

    def __init__(self, kept: int = 0, read: Read | None = None) -> None:
        self._kept = kept
        self._read = read
        self._blocks: dict[int, Sequence[Decision]] = {}
        self._fresh: list[Decision] = []

    def append(self, entry: Decision) -> None:
        """Add one at the end."""
        self._fresh.append(entry)

    def __len__(self) -> int:
        return self._kept + len(self._fresh)

    @overload
    def __getitem__(self, place: int) -> Decision: ...
    @overload
    def __getitem__(self, place: slice) -> list[Decision]: ...
    def __getitem__(self, place: int | slice) -> Decision | list[Decision]:
        if isinstance(place, slice):
            return [self[one] for one in range(len(self))[place]]
        place = range(len(self))[place]
        if place >= self._kept:
            return self._fresh[place - self._kept]
        number, within = divmod(place, _BLOCK)
        if number not in self._blocks:
            assert self._read is not None
            start = number * _BLOCK
            self._blocks[number] = self._read(range(start, min(start + _BLOCK, self._kept)))
        return self._blocks[number][within]


class LogIndex:
    """A log that grows, and where it speaks of what."""

    def __init__(self, kept: KeptIndex | None = None) -> None:
        self._kept = kept
        self.entries = Entries(len(kept.kinds), kept.read) if kept else Entries()
        self.by_id: Growing[str, Decision] = Growing()
        if kept:
            length, entries = len(self.entries), self.entries
            self.by_id = Growing(
                Stored(length, self._kept_entry, lambda: {e.id: e for e in entries[:length]})
            )
        self._place: dict[str, int] = {}
        """Entry → its place in the log."""
        self._of_kind: dict[Kind, list[int]] = defaultdict(list)
        self._on_photo: dict[str, list[tuple[Decision, list[Region]]]] = defaultdict(list)
        self._on_person: dict[str, list[Decision]] = defaultdict(list)

    @property
    def is_kept(self) -> bool:
        """Whether the beginning of the log is read only where it is asked for."""
        return self._kept is not None

    def add(self, entry: Decision) -> None:
        """Take the next entry."""
        place = self._place[entry.id] = len(self.entries)
        self.entries.append(entry)
        self._of_kind[entry.kind].append(place)
        self.by_id[entry.id] = entry
        if entry.contributed:
            return
        regions: dict[str, list[Region]] = defaultdict(list)
        for region in entry.faces:
            regions[region.photo].append(region)
        for photo, there in regions.items():
            self._on_photo[photo].append((entry, there))
        for person in entry.persons:
            self._on_person[person].append(entry)

    def place(self, identifier: str) -> int:
        """Where in the log an entry is. Raises KeyError."""
        if identifier not in self._place:
            found = self._kept.ids.find(identifier) if self._kept else ()
            if not found:
                raise KeyError(identifier)
            self._place[identifier] = found[0][0]
        return self._place[identifier]

    def in_order(self, entries: Iterable[Decision]) -> list[Decision]:
        """Entries in the order of the log."""
        return sorted(entries, key=lambda entry: self.place(entry.id))

    def of_kinds(self, *kinds: Kind) -> list[Decision]:
        """The entries of these kinds, contributions too, in the order of the log."""
        kept = self._kept
        here = [_KINDS.index(kind) for kind in kinds]
        places = np.flatnonzero(np.isin(kept.kinds, here)).tolist() if kept else []
        fresh = sorted(place for kind in kinds for place in self._of_kind[kind])
        return [self.entries[place] for place in chain(places, fresh)]

    def on_photo(self, photo: str) -> list[tuple[Decision, list[Region]]]:
        """Decisions on a photograph, and on which places there; no contributions."""
        fresh = self._on_photo.get(photo, [])
        return [*self._kept_on(photo), *fresh] if self._kept else fresh

    def on_person(self, person: str) -> list[Decision]:
        """Decisions that speak of a person, in the order of the log; no contributions."""
        fresh = self._on_person.get(person, [])
        kept = self._kept.persons.find(person) if self._kept else ()
        return [*(self.entries[place] for (place,) in kept), *fresh] if kept else fresh

    def _kept_on(self, photo: str) -> list[tuple[Decision, list[Region]]]:
        found: dict[int, list[Region]] = defaultdict(list)
        for place, region in self._kept.photos.find(photo) if self._kept else ():
            found[place].append(self.entries[place].faces[region])
        return [(self.entries[place], regions) for place, regions in found.items()]

    def _kept_entry(self, identifier: str) -> Decision | None:
        found = self._kept.ids.find(identifier) if self._kept else ()
        return self.entries[found[0][0]] if found else None


def range_of(length: int) -> list[tuple[int]]:
    """Places as `Postings.of` takes them."""
    return [(place,) for place in range(length)]
