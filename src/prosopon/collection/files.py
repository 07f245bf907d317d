"""Where the photographs of a collection are: worked out once, for pages that list a million."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Self


@dataclass(frozen=True, slots=True)
class PhotoFiles:
    """The files of all photographs, by photograph."""

    places: Sequence[tuple[str, int]]
    """Every path with its photograph, by path: copies, byte by byte, have several."""
    first: Mapping[int, str]
    """The first path of each."""
    folder: Mapping[int, str]
    """The folder of that path."""
    folders: Sequence[str]
    """All folders, sorted."""
    order: Sequence[int]
    """All photographs, by folder, then by path."""

    @classmethod
    def of(cls, places: Sequence[tuple[str, int]]) -> Self:
        """From every path with its photograph, by path."""
        first = {number: path for path, number in reversed(places)}
        folder = {number: path[: path.rfind(os.sep)] or os.sep for number, path in first.items()}
        order = sorted(first, key=lambda number: (folder[number], first[number]))
        return cls(places, first, folder, sorted(set(folder.values())), order)

    def below(self, folder: str) -> set[int]:
        """The photographs in a folder or below it."""
        inside = str(PurePath(folder)).rstrip(os.sep) + os.sep
        return {number for path, number in self.places if path.startswith(inside)}
