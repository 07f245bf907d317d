"""What is suggested at the moment, in records that can be handed from process to process.

Suggestions are worked out beside the pages (see `advisor`) and may lag behind the log; `proposals`
leaves out what has been decided since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Hint:
    """Who a face or a cluster may be."""

    person: str
    """Identifier."""
    probability: float
    nearest: int
    """The face of that person that is nearest."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: are these that person, or (without one) who are these?"""

    faces: tuple[int, ...]
    """The most probable first."""
    person: str
    probability: float
    unticked: frozenset[int] = frozenset()
    """Faces not sure enough to be ticked beforehand."""


@dataclass(frozen=True, slots=True)
class Hints:
    """All suggestions for a collection."""

    faces: Mapping[int, Hint] = field(default_factory=dict)
    """By face, of those that wait for a name."""
    clusters: Mapping[int, Hint] = field(default_factory=dict)
    """By a cluster's lasting identifier."""
    questions: Sequence[Asked] = ()
    """The one that settles most faces for an answer first."""
