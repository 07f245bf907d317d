"""What is suggested and what is asked, in the records that leave this room."""

from dataclasses import dataclass

from prosopon.languages import gettext as _
from prosopon.languages import share_text


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A possible name of a face, or of the faces of a cluster, and why."""

    person: str
    """Identifier."""
    name: str
    probability: float = 1.0
    reason: str = ""
    """In a few words."""
    band: str = "ask"
    """tick, ask or hide."""
    face: int = 0
    """The face, or the one of the cluster that speaks for it most; 0: all of them."""
    evidence_face: int | None = None
    """The face of that person that is nearest."""
    cosine: float | None = None
    """Of the two."""
    votes: float = 0.0
    """Near faces with that name; predicted ones count by their probability."""
    cluster: int = 0
    """The face's cluster, by its lasting identifier; 0 for none."""
    warning: str = ""
    """What the photograph's date says against it."""


@dataclass(frozen=True, slots=True)
class Question:
    """Are these that person, or (without one) who are these?"""

    faces: tuple[int, ...]
    """The odd ones first: those least like all of them together."""
    person: str = ""
    """Who it probably is, by identifier; empty where nobody is suggested."""
    name: str = ""
    probability: float = 1.0
    """Of that person, or of the faces' being one person."""
    gain: float = 0.0
    """Faces settled for each answer, as expected."""


def sure(probability: float) -> str:
    """A probability in words."""
    return _("%(share)s sure", share=share_text(min(probability, 0.99)))
