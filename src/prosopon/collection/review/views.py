"""What the pages show, in records that hold no more than that."""

from collections.abc import Sequence
from dataclasses import dataclass

from prosopon.collection.person_list import PersonSummary
from prosopon.languages import gettext as _
from prosopon.metadata import Metadata, Taken
from prosopon.people.suggestion import Suggestion
from prosopon.persons import Person


@dataclass(frozen=True, slots=True)
class Face:
    """One face on a sheet."""

    id: int
    photo: int
    file: str
    """Name of the photograph's file."""
    folder: str = ""
    taken: str = ""
    """Date in words, where it is known."""
    source: str = ""
    """Where the date comes from."""
    caption: str = ""
    age: tuple[int, int] | None = None
    """Least and greatest age at that date of who it is, or may be."""
    beside: Sequence[Person] = ()
    """Who else is named in the photograph."""
    person: Person | None = None
    others: Sequence[Person] = ()
    """Where it is one of several."""
    doubtful: bool = False
    mark: str = ""
    """Ignored, not a face, statue or painting."""
    warning: str = ""
    """What speaks against the name: the photograph's date against the life dates."""
    suggestion: Suggestion | None = None

    @property
    def label(self) -> str:
        """For those who can't see the picture."""
        told = _("Face %(number)s in %(file)s", number=self.id, file=self.file)
        return f"{told}, {self.taken}" if self.taken else told


@dataclass(frozen=True, slots=True)
class Cluster:
    """A group of faces that should be one person."""

    identifier: int
    size: int
    open: int
    """Faces without a name."""
    faces: Sequence[Face]
    """The first few of those without a name."""
    known: Sequence[tuple[Person, int]] = ()
    """Who some of its faces are, and how many."""
    suggestion: Suggestion | None = None


@dataclass(frozen=True, slots=True)
class QuestionCard:
    """Something to decide."""

    key: str
    groups: Sequence[Sequence[Face]]
    """The faces, those of one cluster together; the odd ones first."""
    suggestion: Suggestion | None = None
    """None: who is this? Else: is it this person?"""
    known: Sequence[Face] = ()
    """Faces of the proposed person, to compare with."""

    @property
    def faces(self) -> list[Face]:
        """All faces asked about."""
        return [face for group in self.groups for face in group]


Box = tuple[float, float, float, float]
"""x, y, width, height in pixels of the photograph as it is shown."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A face in its photograph."""

    face: Face
    box: Box


@dataclass(frozen=True, slots=True)
class Photograph:
    """One photograph with its faces, from left to right."""

    id: int
    file: str
    path: str
    width: int
    height: int
    faces: Sequence[Placed]
    about: Metadata
    """What the file, its sidecar and the catalogue say."""
    taken: Taken | None = None
    gone: bool = False
    """Whether its file is not where it was found."""
    copies: Sequence[tuple[int, str]] = ()
    """Other files of the same picture: identifier and path."""
    present: Sequence[tuple[Person, Box | None]] = ()
    """Those who are there without a face that was found, and where, if anybody said so."""
    withheld: int = 0
    """Faces that are painted over."""
    background: int = 0
    """Faces in the background that are left out."""
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far we are."""

    photos: int = 0
    faces: int = 0
    named: int = 0
    doubtful: int = 0
    set_aside: int = 0
    clusters: int = 0
    """Those with faces to name."""
    in_clusters: int = 0
    """Faces to name in them."""
    alone: int = 0
    people: int = 0
    conflicts: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found."""

    people: Sequence[PersonSummary] = ()
    clusters: Sequence[Cluster] = ()
    photos: Sequence["PhotoCard"] = ()
    """Those in whose path, title, caption or keywords it stands."""
    more: int = 0
    """How many photographs there are, where these are not all."""


@dataclass(frozen=True, slots=True)
class PhotoCard:
    """A photograph in a grid."""

    id: int
    file: str
    heading: str
    """Its folder or year, where it begins a new one; else empty."""
    people: Sequence[Person] = ()
    """Those who are named in it."""
    unnamed: int = 0
    """Faces without a name."""
    copies: int = 0
    """Other files of the same picture."""


@dataclass(frozen=True, slots=True)
class PhotoSheet:
    """Photographs that fit a filter."""

    photos: Sequence[PhotoCard]
    total: int
    folders: Sequence[str]
    """All folders of the collection."""
    persons: Sequence[Person] = ()
    """Whose photographs they are."""
