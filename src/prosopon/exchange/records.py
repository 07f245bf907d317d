"""What is exchanged: a face with what is said about it."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TextIO

from prosopon.metadata import Metadata
from prosopon.persons import Person
from prosopon.records import Photo

Box = tuple[float, float, float, float]
"""x, y, width, height in pixels of the upright photo."""

FindPhoto = Callable[[str, str], Photo | None]
"""(sha256 or empty, path or empty) → the photo of this collection, None where it has none."""


@dataclass(frozen=True, slots=True)
class ExportedFace:
    """One face in one photo, and who it is or may be."""

    photo: Photo
    box: Box
    score: float | None = None
    """The detector's confidence; None for a box drawn by hand or brought in from elsewhere."""
    landmarks: tuple[tuple[float, float], ...] = ()
    """Five points in the order of `LANDMARKS_5`, or none."""
    cluster: int | None = None
    person: str = ""
    """The person's name; empty where nobody is named."""
    person_id: str = ""
    confirmed: bool = False
    """A human named it; False: a prediction."""
    certainty: float | None = None
    """0 to 1: how sure the human is, or the prediction's probability."""
    alternatives: tuple[str, ...] = ()
    """Names of the others that it may be instead ("one of these three")."""
    author: str = ""
    """Who named it."""
    decided: str = ""
    """By whom: `person` or `machine`; empty where nobody is named."""
    decided_at: datetime | None = None
    other_paths: tuple[str, ...] = ()
    """Where else the photo is, byte by byte or with other metadata."""
    face: int | None = None
    """Its number in the collection that it comes from; None for a place without one."""

    def __post_init__(self) -> None:
        """Round to a thousandth of a pixel and a millionth of a score, so that text holds all."""
        box = _rounded(self.box, 3)
        if len(box) != 4 or not _finite(box) or min(box[2:]) <= 0:
            raise ValueError(f"box: expected x, y and a positive width, height, got {self.box}")
        landmarks = tuple(_rounded(point, 3) for point in self.landmarks)
        if not all(len(point) == 2 and _finite(point) for point in landmarks):
            raise ValueError(f"landmarks: expected pairs of numbers, got {self.landmarks}")
        for name in ("score", "certainty"):
            value = getattr(self, name)
            if value is not None:
                if not math.isfinite(value) or (name == "certainty" and not 0 <= value <= 1):
                    raise ValueError(f"{name}: {value} is out of range")
                object.__setattr__(self, name, round(float(value), 6))
        object.__setattr__(self, "box", box)
        object.__setattr__(self, "landmarks", landmarks)


@dataclass(frozen=True, slots=True)
class ExportedPhoto:
    """A photograph, and what is said of it."""

    photo: Photo
    paths: Sequence[str]
    """All paths where its bytes are found."""
    said: Metadata
    unnamed: int
    """Faces without a name."""


@dataclass(slots=True)
class Import:
    """What a file says, as far as it makes sense and its photos are known here."""

    faces: list[ExportedFace] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    present: list[tuple[Photo, str]] = field(default_factory=list)
    """Names of persons who are said to be in a photo, nobody says where."""
    problems: list[str] = field(default_factory=list)
    """What was left out, and why; one sentence each, with its place in the file."""
    decisions: list[dict[str, Any]] = field(default_factory=list)
    """Entries of another collection's decision log, as they stand in its JSON."""


@dataclass(frozen=True, slots=True)
class Export:
    """What a collection hands over."""

    faces: Iterable[ExportedFace]
    """Those of one photo following one another."""
    people: Sequence[Person] = ()
    decisions: Iterable[dict[str, Any]] = ()
    """The entries of the decision log, as plain values."""
    base_url: str = ""
    """Where the file and the pictures will have their addresses, for formats that name them."""
    photos: Iterable[ExportedPhoto] = ()
    """All photographs, those too without a face."""
    delimiter: str = ","
    """What divides the cells of tables."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that holds names and faces. Files are opened as UTF-8 text, newline=""."""

    name: str
    ending: str
    """Of the names of its files, lower case, such as `.csv`; the longest that fits tells. Empty:
    the format has to be named."""
    title: str
    """What it is, for help pages."""
    write: Callable[[Export, TextIO], None] | None
    """None: is only read."""
    read: Callable[[TextIO, FindPhoto], Import] | None
    """Leaves out what makes no sense or has no photo here, and says so in `problems`. None: is only
    written."""


def _rounded(values: Iterable[float], digits: int) -> tuple[float, ...]:
    return tuple(round(float(value), digits) for value in values)


def _finite(values: Iterable[float]) -> bool:
    return all(map(math.isfinite, values))


def scaled(photo: Photo, width: float, height: float) -> tuple[float, float]:
    """Factors that take pixels of a copy of that size to the photo's; 1 where it has none."""
    return (photo.width / width if width > 0 else 1.0, photo.height / height if height > 0 else 1.0)
