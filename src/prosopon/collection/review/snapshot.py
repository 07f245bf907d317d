"""A collection as it stands after so many decisions: what the pages are made from.

Two parts. `Stock` is what the machine found: faces, photographs, one clustering; it is loaded once.
`Snapshot` adds what people decided, as arrays beside the faces; it is made anew after each decision
in a few milliseconds. Both are read by several requests at a time and never changed.

Row numbers are positions in `Stock.face_ids`. Faces of restricted persons are `hidden`: no list, no
count and no picture has them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from prosopon.people import Kind, State
from prosopon.persons import Person, search_key
from prosopon.records import Float32, Int32, Int64

Mask = NDArray[np.bool_]
NOBODY = -1


@dataclass(frozen=True, eq=False)
class Stock:
    """Faces, by id, and the clusters that they are in."""

    face_ids: Int64
    """(n,) ascending."""
    photo_ids: Int64
    """(n,)"""
    boxes: Float32
    """(n, 4) pixels."""
    labels: Int32
    """(n,) cluster, -1 for none."""
    strengths: Float32
    """(n,)"""
    identifiers: Int64
    """(clusters,) what a cluster is called, by label; they outlast the run."""
    photos: int
    """How many photographs there are, with faces or without."""

    @cached_property
    def photos_with_faces(self) -> Int64:
        """Photographs, ascending."""
        return np.unique(self.photo_ids)

    def rows(self, face_ids: Iterable[int]) -> Int64:
        """Rows of those of the faces that are here."""
        wanted = np.array(sorted(set(face_ids)), np.int64)
        places = np.searchsorted(self.face_ids, wanted)
        inside = places < len(self.face_ids)
        places, wanted = places[inside], wanted[inside]
        found: Int64 = places[self.face_ids[places] == wanted]
        return found

    def label(self, identifier: int) -> int | None:
        """The label of a cluster; None where there is none of that name."""
        found = np.flatnonzero(self.identifiers == identifier)
        return int(found[0]) if len(found) else None

    def members(self, label: int) -> Int64:
        """Rows of a cluster's faces, those that belong most firmly first."""
        start, end = np.searchsorted(self._sorted_labels, [label, label + 1])
        return self._order[start:end]

    def of_photo(self, photo: int) -> Int64:
        """Rows of a photograph's faces, from left to right."""
        rows = np.flatnonzero(self.photo_ids == photo)
        return rows[np.argsort(self.boxes[rows, 0], kind="stable")]

    @cached_property
    def _order(self) -> Int64:
        return np.lexsort((self.face_ids, -self.strengths, self.labels))

    @cached_property
    def _sorted_labels(self) -> Int32:
        return self.labels[self._order]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The faces and what is decided of them after `length` decisions."""

    length: int
    stock: Stock
    state: State

    @cached_property
    def persons(self) -> list[Person]:
        """Those who may be shown, by name."""
        shown = [person for person in self.state.people.values() if not person.restricted]
        return sorted(shown, key=lambda person: (person.name.casefold(), person.id))

    @cached_property
    def number(self) -> dict[str, int]:
        """Person → place in `persons`."""
        return {person.id: place for place, person in enumerate(self.persons)}

    @property
    def who(self) -> Int32:
        """(n,) the one person that each face is said to be, perhaps with doubt; else NOBODY."""
        return self._naming[0]

    @property
    def doubtful(self) -> Mask:
        """(n,) named, but not surely: with doubt, or "one of these"."""
        return self._naming[1]

    @property
    def hidden(self) -> Mask:
        """(n,) faces that may be a restricted person."""
        return self._naming[2]

    @cached_property
    def _naming(self) -> tuple[Int32, Mask, Mask]:
        number, names = self.number, self.state.names
        who = {face: number.get(named.persons[0], NOBODY) for face, named in names.items()}
        unsure = {face: 1 for face, named in names.items() if not named.sure}
        secret = {
            face: 1
            for face in (*unsure, *(face for face, place in who.items() if place == NOBODY))
            if not number.keys() >= set(names[face].persons)
        }
        several = [face for face in unsure if len(names[face].persons) > 1]
        who.update(dict.fromkeys(several, NOBODY))
        return (
            self._column(who, NOBODY),
            self._column(unsure, 0) > 0,
            self._column(secret, 0) > 0,
        )

    @cached_property
    def set_aside(self) -> Mask:
        """(n,) ignored, or no faces."""
        aside = (Kind.IGNORE, Kind.NOT_A_FACE)
        marked = {face: 1 for face, mark in self.state.marks.items() if mark in aside}
        mask: Mask = self._column(marked, 0) > 0
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
    def cluster_sizes(self) -> Int64:
        """(clusters,) faces that are shown."""
        return self._per_cluster(self.shown)

    @cached_property
    def cluster_open(self) -> Int64:
        """(clusters,) faces that nobody has named yet."""
        return self._per_cluster(self.open)

    @cached_property
    def to_name(self) -> Int64:
        """Labels of the clusters of two or more with open faces; most open faces first."""
        labels = np.flatnonzero((self.cluster_open > 0) & (self.cluster_sizes > 1))
        identifiers = self.stock.identifiers[labels]
        return labels[np.lexsort((identifiers, -self.cluster_open[labels]))]

    @cached_property
    def alone(self) -> Int64:
        """Rows of the open faces that no cluster brings together with others."""
        sizes = np.append(self.cluster_sizes, 1)  # label -1 takes the last
        return np.flatnonzero(self.open & (sizes[self.stock.labels] <= 1))

    @cached_property
    def faces_of(self) -> Int64:
        """(persons,) how many faces each person has."""
        named = self.who[self.shown & (self.who >= 0)]
        return np.bincount(named, minlength=len(self.persons))

    @cached_property
    def search_keys(self) -> list[str]:
        """(persons,) all names of each, as they are looked for."""
        return [search_key(" ".join((one.name, *one.variants))) for one in self.persons]

    def person(self, identifier: str) -> Person | None:
        """The person, who may have been merged into another; None if not to be shown."""
        place = self.number.get(self.state.merged_into(identifier))
        return None if place is None else self.persons[place]

    def faces_named(self, identifier: str) -> list[int]:
        """Faces that are said to be this person, surely or not, alone or among several."""
        names = self.state.names
        return sorted(face for face, who in names.items() if identifier in who.persons)

    def known_as(self, label: int) -> dict[int, int]:
        """Person's place → how many faces of the cluster have that name; the most first."""
        rows = self.stock.members(label)
        places, counts = np.unique(self.who[rows][self.shown[rows]], return_counts=True)
        named = [(p, c) for p, c in zip(places.tolist(), counts.tolist(), strict=True) if p >= 0]
        return dict(sorted(named, key=lambda pair: -pair[1]))

    def portrait(self, place: int) -> int | None:
        """The face to show for a person: sure, and in the firmest place of a cluster."""
        return self._portraits.get(place)

    @cached_property
    def _portraits(self) -> dict[int, int]:
        rows = np.flatnonzero(self.shown & (self.who >= 0))
        rows = rows[np.lexsort((-self.stock.strengths[rows], self.doubtful[rows]))]
        places, first = np.unique(self.who[rows], return_index=True)
        faces = self.stock.face_ids[rows[first]]
        return dict(zip(places.tolist(), faces.tolist(), strict=True))

    def _per_cluster(self, mask: Mask) -> Int64:
        labels = self.stock.labels[mask & (self.stock.labels >= 0)]
        return np.bincount(labels, minlength=len(self.stock.identifiers))

    def _column(self, values: Mapping[int, int], default: int) -> Int32:
        """(n,) the value for each face."""
        column = np.full(len(self.stock.face_ids), default, np.int32)
        faces = np.fromiter(values, np.int64, len(values))
        given = np.fromiter(values.values(), np.int32, len(values))
        places = np.searchsorted(self.stock.face_ids, faces)
        inside = places < len(column)
        places, faces, given = places[inside], faces[inside], given[inside]
        here = self.stock.face_ids[places] == faces
        column[places[here]] = given[here]
        return column
