"""A collection at one moment: what was found, and what was decided of it so far.

`FaceIndex` is what the machine found; `CollectionView` adds what people decided, as arrays beside
the faces; after a decision the next one is made from it in a few milliseconds. Several threads
may read one.

Row numbers are positions in `FaceIndex.face_ids`. Faces of restricted persons, and boxes that were
taken back, are `hidden`: no list, no count and no picture has them. What is no face, or to be
ignored, is `set_aside`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from prosopon.collection.faces import FaceIndex
from prosopon.collection.roster import NOBODY, Roster
from prosopon.collection.standing import Mask, Standing
from prosopon.errors import FacesGone
from prosopon.people import Changes, Decision, DecisionLog, Kind, Region, State
from prosopon.people.face_locator import FaceLocator
from prosopon.people.telling import UNKNOWN, WITHHELD, tell
from prosopon.persons import Person
from prosopon.records import Float32, Int32, Int64, Photo
from prosopon.store.clusterings import Run
from prosopon.store.faces import FaceTable

if TYPE_CHECKING:
    from prosopon.clustering import Constraints


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Which clusters the visible faces are in."""

    run: Run
    face_ids: Int64
    """(n,) ascending."""
    identifiers: Int64
    """(n,) what the cluster is called, now and after the next run; 0 for none."""
    membership: Float32
    """(n,) 0 to 1, how firmly each face belongs to its cluster."""

    def __len__(self) -> int:
        return len(self.face_ids)


@dataclass(frozen=True, eq=False)
class CollectionView:
    """The faces and what is decided of them after the decisions in `log`."""

    faces: FaceIndex
    state: State
    log: Sequence[Decision]
    """The decisions, the oldest first; not to be changed."""
    holds: Mapping[str, bool]
    """Whether each decision that was ever taken back holds now, by identifier."""
    locator: FaceLocator
    by_id: Mapping[str, Decision]
    """The log by identifier, perhaps with later entries."""

    names_given: Mapping[str, str]
    """Person → the name given last, of those too who are not there any more."""
    names_suggested: Mapping[str, str]
    """The same of persons whom contributors would add."""
    roster: Roster
    standing: Standing

    @classmethod
    def of(cls, faces: FaceIndex, log: DecisionLog) -> Self:
        """After all that a log has."""
        state = log.state()
        roster = Roster.of(state.people.values())
        return cls._made(faces, log, state, roster, Standing.of(faces.face_ids, state, roster))

    @classmethod
    def kept(cls, faces: FaceIndex, log: DecisionLog, standing: Standing) -> Self:
        """The same where it is known already what is decided of each face."""
        state = log.state()
        return cls._made(faces, log, state, Roster.of(state.people.values()), standing)

    def after(self, log: DecisionLog, changes: Changes) -> Self:
        """The same when the log has grown: a few milliseconds, however much is decided."""
        state, roster, standing = log.state(), self.roster, self.standing
        turned = any(
            (before := self.state.people.get(one))
            and (now := state.people.get(one))
            and before.restricted != now.restricted
            for one in changes.persons
        )
        if turned:  # their faces are withheld now, or no more
            return self.of(self.faces, log)
        if changes.persons:
            roster, places = roster.after(state.people, changes.persons)
            standing = standing.moved(places)
        if changes.faces:
            standing = standing.after(self.faces.face_ids, state, roster, changes.faces)
        return self._made(self.faces, log, state, roster, standing)

    @classmethod
    def _made(
        cls, faces: FaceIndex, log: DecisionLog, state: State, roster: Roster, standing: Standing
    ) -> Self:
        return cls(
            faces,
            state,
            log.log,
            log.outcome.holds,
            log.locator,
            log.by_id,
            log.outcome.names_given,
            log.outcome.names_suggested,
            roster,
            standing,
        )

    @property
    def length(self) -> int:
        """How many decisions."""
        return len(self.log)

    @property
    def persons(self) -> list[Person]:
        """Those who may be shown, by name."""
        return self.roster.persons

    @property
    def number(self) -> Mapping[str, int]:
        """Person → place in `persons`."""
        return self.roster.number

    @property
    def who(self) -> Int32:
        """(n,) the one person that each face is said to be, perhaps with doubt; else NOBODY."""
        return self.standing.who

    @property
    def doubtful(self) -> Mask:
        """(n,) named, but not surely: with doubt, or "one of these"."""
        return self.standing.doubtful

    @property
    def withheld(self) -> Mask:
        """(n,) faces that may be a restricted person: painted over wherever they are."""
        return self.standing.withheld

    @property
    def set_aside(self) -> Mask:
        """(n,) ignored, or no faces."""
        return self.standing.set_aside

    @cached_property
    def hidden(self) -> Mask:
        """(n,) faces that are nowhere shown: withheld, or drawn by hand and taken back."""
        drawn = np.fromiter(self.state.drawn, np.int64, len(self.state.drawn))
        by_hand = np.flatnonzero(self.faces.by_hand)
        mask = self.withheld.copy()
        mask[by_hand] |= ~np.isin(self.faces.face_ids[by_hand], drawn)
        return mask

    @cached_property
    def shown(self) -> Mask:
        """(n,) neither hidden nor set aside."""
        mask: Mask = ~self.hidden & ~self.set_aside
        return mask

    @cached_property
    def open(self) -> Mask:
        """(n,) faces that nobody has named yet."""
        unnamed: Mask = self.shown & (self.who == NOBODY) & ~self.doubtful
        return unnamed

    @cached_property
    def to_ask(self) -> Mask:
        """(n,) open faces but for those about which decisions contradict each other."""
        mask = self.open.copy()
        mask[self.faces.rows([face for one in self.state.conflicts for face in one.faces])] = False
        return mask

    @cached_property
    def cluster_sizes(self) -> Int64:
        """(clusters,) faces that are shown."""
        return self._per_cluster(self.shown)

    @cached_property
    def cluster_open(self) -> Int64:
        """(clusters,) faces that nobody has named yet."""
        return self._per_cluster(self.open)

    @cached_property
    def cluster_unwanted(self) -> Mask:
        """(clusters,) whose open faces are in the background, all of them."""
        mask: Mask = self._per_cluster(self.open & ~self.faces.unwanted) == 0
        return mask

    @cached_property
    def to_name(self) -> Int64:
        """Labels of the clusters of two or more with open faces: most open faces first, and those
        of background faces alone last."""
        labels = np.flatnonzero((self.cluster_open > 0) & (self.cluster_sizes > 1))
        identifiers = self.faces.identifiers[labels]
        keys = (identifiers, -self.cluster_open[labels], self.cluster_unwanted[labels])
        return labels[np.lexsort(keys)]

    @cached_property
    def alone(self) -> Int64:
        """Rows of the open faces that no cluster brings together with others."""
        sizes = np.append(self.cluster_sizes, 1)  # label -1 takes the last
        return np.flatnonzero(self.open & (sizes[self.faces.labels] <= 1))

    @cached_property
    def faces_of(self) -> Int64:
        """(persons,) how many faces each person has."""
        named = self.who[self.shown & (self.who >= 0)]
        return np.bincount(named, minlength=len(self.persons))

    def person(self, identifier: str) -> Person | None:
        """The person, who may have been merged into another; None if not to be shown."""
        place = self.number.get(self.state.merged_into(identifier))
        return None if place is None else self.persons[place]

    def faces_named(self, identifier: str) -> list[int]:
        """Faces that are said to be this person, surely or not, alone or among several."""
        return sorted(self.state.faces_of.get(identifier, ()))

    def known_as(self, label: int) -> dict[int, int]:
        """Person's place → how many faces of the cluster have that name; the most first."""
        rows = self.faces.members(label)
        places, counts = np.unique(self.who[rows][self.shown[rows]], return_counts=True)
        named = [(p, c) for p, c in zip(places.tolist(), counts.tolist(), strict=True) if p >= 0]
        return dict(sorted(named, key=lambda pair: -pair[1]))

    def portrait(self, place: int) -> int | None:
        """The face to show for a person: sure, and in the firmest place of a cluster."""
        rows = self.faces.rows(self.state.faces_of.get(self.persons[place].id, ()))
        rows = rows[self.shown[rows] & (self.who[rows] == place)]
        order = np.lexsort((-self.faces.membership[rows], self.doubtful[rows]))
        return int(self.faces.face_ids[rows[order[0]]]) if len(rows) else None

    @cached_property
    def portraits(self) -> list[int | None]:
        """(persons,) `portrait` of each, all at once."""
        rows = np.flatnonzero(self.shown & (self.who >= 0))
        keys = (-self.faces.membership[rows], self.doubtful[rows], self.who[rows])
        rows = rows[np.lexsort(keys)]
        places, first = np.unique(self.who[rows], return_index=True)
        found: list[int | None] = [None] * len(self.persons)
        for place, face in zip(
            places.tolist(), self.faces.face_ids[rows[first]].tolist(), strict=True
        ):
            found[place] = face
        return found

    @cached_property
    def visible(self) -> FaceTable:
        """The faces that may be shown."""
        return self.faces.table.of(self.shown)

    @cached_property
    def clusters(self) -> "Clusters | None":
        """Which clusters the visible faces are in; None where nothing is clustered yet."""
        if self.faces.run is None:
            return None
        labels = self.faces.labels[self.shown]
        named = np.append(self.faces.identifiers, 0)  # label -1 takes the last
        return Clusters(
            self.faces.run,
            self.faces.face_ids[self.shown],
            named[labels],
            self.faces.membership[self.shown],
        )

    @cached_property
    def constraints(self) -> "Constraints":
        """What is known of pairs of faces, by row of the embeddings; what is in conflict doesn't
        count."""
        from prosopon.clustering import Constraints

        found, state = self.faces.embeddings.face_ids, self.state
        rows = {face: row for row, face in enumerate(found.tolist())}
        numbers = {person: number for number, person in enumerate(state.people)}
        names = np.full(len(found), -1, np.int32)
        for face, person in state.hard_labels().items():
            if face in rows:
                names[rows[face]] = numbers[person]

        def pairs(said: Sequence[tuple[int, int]]) -> Int64:
            known = [(rows[a], rows[b]) for a, b in said if a in rows and b in rows]
            return np.array(known, np.int64).reshape(-1, 2)

        here = np.searchsorted(self.faces.face_ids, found)
        return Constraints(
            found,
            pairs(state.must_link),
            pairs(state.cannot_link),
            self.faces.photo_ids[here],
            (1 + self.faces.threshold) / 2,
            names,
            self.set_aside[here],
        )

    @cached_property
    def mixed(self) -> list[Int64]:
        """Faces that are not all one person, together each time, by row of the embeddings."""
        found = self.faces.embeddings.face_ids
        return [np.flatnonzero(np.isin(found, faces)) for faces in self.state.mixed]

    def photos_of(self, identifiers: Sequence[int]) -> dict[int, Photo]:
        """Photographs by identifier; those whose files are gone are left out."""
        return self.faces.photos_of(identifiers)

    def photo(self, identifier: int) -> Photo | None:
        """A photograph, None if it is not there."""
        return self.photos_of([identifier]).get(identifier)

    def regions(self, face_ids: Iterable[int], *, hidden: bool = False) -> list[Region]:
        """Where faces are, as decisions hold it. Raises FacesGone for one that is not there.

        hidden : also those that are not shown.
        """
        wanted = list(dict.fromkeys(face_ids))
        rows = self.faces.rows(wanted)
        rows = rows if hidden else rows[~self.hidden[rows]]
        if len(rows) < len(wanted):
            raise FacesGone(
                "some of these faces are not there any more; prosopon export faces.csv lists all"
            )
        photos = self.photos_of(np.unique(self.faces.photo_ids[rows]).tolist())
        return [
            Region(photo.sha256, _fractions(photo, self.faces.boxes[row].tolist()))
            for row in rows.tolist()
            if (photo := photos.get(int(self.faces.photo_ids[row]))) is not None
        ]

    def rows_at(self, regions: Iterable[Region]) -> Int64:
        """Rows of the faces that are now at these places."""
        places = list(regions)
        self.locator.look_up(place.photo for place in places)
        found = [self.locator.place(place.photo, [place.box])[place.box] for place in places]
        return self.faces.rows(face for face in found if face is not None)

    def tell(self, entry: Decision) -> str:
        """A decision in a sentence; of restricted persons only that there was one."""
        if (entry.text or entry.evidence) and self._is_withheld(entry):
            entry = replace(entry, text=entry.text and WITHHELD, evidence="")
        return tell(entry, self._called, self.by_id, self._was_called)

    def _is_withheld(self, entry: Decision) -> bool:
        named = any(self._called(person) == WITHHELD for person in entry.persons)
        return named or bool(self.withheld[self.rows_at(entry.faces)].any())

    def _called(self, identifier: str) -> str:
        person = self.person(identifier)
        if person is not None:
            return person.name
        if self.state.merged_into(identifier) in self.state.people:
            return WITHHELD
        return self.names_suggested.get(identifier, UNKNOWN)

    def _was_called(self, identifier: str) -> str:
        """A person's own name, of one who was merged away as well."""
        now = self._called(identifier)
        if identifier not in self.state.merged or now == WITHHELD:
            return now
        return self.names_given.get(identifier, UNKNOWN)

    def named_last(self, count: int) -> list[str]:
        """Persons whose names were given last, the latest first."""
        return [
            person
            for entry in reversed(self.log[-200:])
            if entry.kind in (Kind.NAME, Kind.SPLIT) and not entry.contributed
            for person in entry.persons[-1:]
        ][:count]

    def _per_cluster(self, mask: Mask) -> Int64:
        labels = self.faces.labels[mask & (self.faces.labels >= 0)]
        return np.bincount(labels, minlength=len(self.faces.identifiers))


def _fractions(photo: Photo, box: Sequence[float]) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = box
    return x1 / photo.width, y1 / photo.height, x2 / photo.width, y2 / photo.height
