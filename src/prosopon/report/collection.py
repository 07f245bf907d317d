"""The page of a collection: who is in it, who is not named yet, what is left, how sure it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from prosopon.report.page import render


@dataclass(frozen=True, slots=True)
class Face:
    """One face on a contact sheet."""

    id: int
    thumbnail: bytes
    """JPEG; empty where it can't be made."""
    photo: str
    """Address of the photograph, for a link."""
    caption: str
    """Name of the file, and what else tells the face."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture that sums something up."""

    picture: bytes
    """PNG, JPEG or SVG."""
    caption: str
    """What it shows, in words."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is named."""

    name: str
    life: str
    """Dates; empty where none is known."""
    note: str
    size: int
    """Faces."""
    doubtful: int
    """Of these, named in doubt."""
    years: str
    """When the photographs were taken, such as 1903–1925; empty where nobody knows."""
    beside: Sequence[tuple[str, int]]
    """With whom in how many photographs."""
    faces: Sequence[Face]
    """The first few."""


@dataclass(frozen=True, slots=True)
class Group:
    """Faces without a name that should be one person."""

    identifier: int
    size: int
    faces: Sequence[Face]
    """The first few."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster, for specialists."""

    identifier: int
    size: int
    name: str = ""
    quality: float | None = None
    """0 to 1: how likely its faces are one person."""
    quality_range: tuple[float, float] = (0.0, 1.0)
    """From where to where that is expected of any collection."""
    charts: Sequence[Chart] = ()
    """Pictures that sum it up."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How many names are right, by a sample."""

    checked: int
    right: int
    low: float
    high: float
    """Bounds of the share of right names, 95 %."""


@dataclass(frozen=True, slots=True)
class Collection:
    """All that the page says."""

    title: str
    made: str
    """Date and time."""
    photos: int
    faces: int
    named: int
    """Faces with a name."""
    years: str
    """When the photographs were taken; empty where nobody knows."""
    without_faces: int
    """Photographs in which no face was found."""
    people: Sequence[Person]
    people_count: int
    groups: Sequence[Group]
    groups_count: int
    alone: Sequence[Face]
    """Faces without a name that resemble no other."""
    alone_count: int
    failures: Mapping[str, str]
    """Path → reason."""
    quality: Quality
    recipe: str
    """How the clusters were made."""
    clusters: Sequence[Cluster] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    """Against the truth, where it is known."""
    cautions: Mapping[str, str] = field(default_factory=dict)
    """Attribute → what to mind, of those in the charts."""


def collection_page(collection: Collection) -> str:
    """The page as HTML."""
    return render("collection.html", page=collection)
