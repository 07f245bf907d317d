"""Where the photographs of a collection are: worked out once, for pages that list a million."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import PurePath
from typing import Self

import numpy as np
from numpy.typing import NDArray

from prosopon.collection.text_index import TextIndex
from prosopon.metadata import Date, Metadata, Source, date_in_path, from_json
from prosopon.paths import address, file_of, is_remote, separator
from prosopon.records import Int64
from prosopon.store import Store, catalogue, descriptions


@dataclass(frozen=True, eq=False)
class PhotoFiles:
    """The files of all photographs, by photograph."""

    places: Sequence[tuple[str, int]]
    """Every path with its photograph, by path: copies, byte by byte, have several."""
    first: Mapping[int, str]
    """The first path of each."""
    folder: Mapping[int, str]
    """The folder of that path."""
    order: Int64
    """All photographs, by folder, then by path."""

    @classmethod
    def of(cls, places: Sequence[tuple[str, int]]) -> Self:
        """From every path with its photograph, by path."""
        first = {number: path for path, number in reversed(places)}
        folder = {
            number: path[: path.rfind(separator(path))] or os.sep for number, path in first.items()
        }
        order = sorted(first, key=lambda number: (folder[number], first[number]))
        return cls(places, first, folder, np.array(order, np.int64))

    @cached_property
    def folders(self) -> list[str]:
        """All folders, sorted."""
        return sorted(set(self.folder.values()))

    @cached_property
    def _by_number(self) -> tuple[Int64, Int64]:
        """Photographs ascending, and where each stands in `order`."""
        rows = np.argsort(self.order)
        return self.order[rows], rows

    def places_of(self, numbers: Iterable[int]) -> Int64:
        """(m,) where in `order` these photographs stand; -1 for one that is nowhere."""
        wanted = numbers if isinstance(numbers, np.ndarray) else np.fromiter(numbers, np.int64)
        known, rows = self._by_number
        if not len(known):
            return np.full(len(wanted), -1, np.int64)
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        return np.where(known[at] == wanted, rows[at], -1)

    def mask(self, numbers: Iterable[int]) -> NDArray[np.bool_]:
        """(photographs,) which of them, in `order`, these are; others are passed over."""
        return self.mask_at(self.places_of(numbers))

    def mask_at(self, places: Int64) -> NDArray[np.bool_]:
        """The same for places as `places_of` gives them."""
        mask = np.zeros(len(self.order) + 1, bool)
        mask[places] = True  # the last is for those that are nowhere
        return mask[:-1]

    @cached_property
    def text_index(self) -> TextIndex:
        """All `places`, to look for parts of paths."""
        return TextIndex([path for path, _ in self.places])

    def named(self, text: str) -> Int64:
        """Photographs with the text in a path, in any case, with accents or without."""
        return self._numbers[self.text_index.holding(text)]

    @cached_property
    def _numbers(self) -> Int64:
        return np.fromiter((number for _, number in self.places), np.int64)

    def below(self, folder: str) -> set[int]:
        """The photographs in a folder or below it."""
        folder = folder if is_remote(folder) else str(PurePath(folder))
        inside = folder.rstrip(separator(folder)) + separator(folder)
        return {number for path, number in self.places if path.startswith(inside)}


@dataclass(frozen=True, eq=False)
class PhotoDays:
    """When photographs were taken, as days counted from the first of January of the year 1; in the
    order of `PhotoFiles.order`.
    """

    first: Int64
    """The first day that each date means; those without one have a day after all others."""
    span: Int64
    """(2, photographs) the first and last day on which it may have been; none without a date."""

    @classmethod
    def of(cls, places: Int64, dates: Iterable[Date], length: int) -> Self:
        """From dates of the photographs at these places."""
        days = cls(np.full(length, _NEVER), np.repeat([[_NEVER], [0]], length, axis=1))
        return days.corrected(places, dates)

    def corrected(self, places: Int64, dates: Iterable[Date]) -> Self:
        """The same with other dates at these places; -1 is passed over."""
        said = [(date.first, *date.span) for date in dates]
        days = np.array([[day.toordinal() for day in one] for one in said], np.int64).reshape(-1, 3)
        days, places = days[places >= 0], places[places >= 0]
        first, span = self.first.copy(), self.span.copy()
        first[places], span[:, places] = days[:, 0], days[:, 1:].T
        return type(self)(first, span)

    def within(self, span: tuple[date, date]) -> NDArray[np.bool_]:
        """(photographs,) which may have been taken on one of these days."""
        since, until = (day.toordinal() for day in span)
        return np.asarray((self.span[0] <= until) & (self.span[1] >= since))


_NEVER = date.max.toordinal() + 1


def gone_folders(addresses: Iterable[str]) -> list[str]:
    """The folders of photographs that are not there any more: of each the outermost, sorted.
    Stores and servers are not asked."""
    outermost = set()
    for folder in {path[: path.rfind(os.sep)] for path in addresses if not is_remote(path)}:
        gone = None
        for place in (file_of(folder), *file_of(folder).parents):
            if os.path.isdir(place):  # noqa: PTH112 (says False where it may not look)
                break
            gone = place
        if gone is not None:
            outermost.add(address(gone))
    return sorted(outermost)


def told_of_gone(store: Store) -> list[str]:
    """For every folder that is gone, a sentence that says what to do."""
    with store.read() as connection:
        places = catalogue.all_paths(connection)
    return [
        f"{folder} is not there; if it was moved, index its new place, or say  "
        f"prosopon relocate {folder} NEW"
        for folder in gone_folders(path for path, _ in places)
    ]


def read_dates(store: Store, first_paths: Mapping[int, str]) -> dict[int, Date]:
    """Photo id → when it was taken by what catalogues, files and their names say.

    first_paths : the first path of every photograph.
    """
    with store.read() as connection:
        said = descriptions.load(connection)
    found = {}
    for number, path in first_paths.items():
        sources = said.get(number, {})
        known = [
            pair
            for source in descriptions.SOURCES
            for pair in from_json(sources.get(source, {})).dates
        ]
        if (in_name := date_in_path(path)) is not None:
            known.append((in_name.edtf, Source.NAME.value))
        if (taken := Metadata(dates=tuple(known)).taken) is not None:
            found[number] = taken.date
    return found
