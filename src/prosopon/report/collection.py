"""The page of a collection: numbers, clusters as contact sheets, faces alone, failures."""

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
    """Name of the file."""


@dataclass(frozen=True, slots=True)
class Card:
    """One figure of the overview."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture that sums something up."""

    picture: bytes
    """PNG, JPEG or SVG."""
    caption: str
    """What it shows, in words."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One group of faces."""

    identifier: int
    size: int
    faces: Sequence[Face]
    """The first few."""
    name: str = ""
    """Who it is, where somebody said so."""
    quality: float | None = None
    """0 to 1: how likely its faces are one person."""
    charts: Sequence[Chart] = ()
    """Pictures that sum it up."""


@dataclass(frozen=True, slots=True)
class Collection:
    """All that the page says."""

    title: str
    made: str
    """Date and time."""
    cards: Sequence[Card]
    clusters: Sequence[Cluster]
    clusters_left_out: int
    """Clusters that there are beyond those listed."""
    alone: Sequence[Face]
    """Faces in no cluster or alone in theirs."""
    alone_left_out: int
    failures: Mapping[str, str]
    """Path → reason."""
    recipe: str
    """How the clusters were made."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Against the truth, where it is known."""
    cautions: Mapping[str, str] = field(default_factory=dict)
    """Attribute → what to mind, of those in the charts."""


def collection_page(collection: Collection) -> str:
    """The page as HTML."""
    return render("collection.html", page=collection)
