"""What is known about pairs of faces, and how it binds any clustering method.

Hard knowledge (must-link, cannot-link) holds in the result whatever the method: it changes the
neighbour graph before (`applied`) and repairs the labels after (`enforced`). Soft knowledge (two
faces in one photo are rarely one person) only takes pairs out of the graph.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from prosopon.errors import UsageError
from prosopon.records import Int32, Int64, NeighbourGraph

Distances = Callable[[Int64], csr_array]
"""Gives for m rows their (m, m) positive distances to one another, sparse where unknown."""


def _no_pairs() -> Int64:
    return np.empty((0, 2), np.int64)


@dataclass(frozen=True, eq=False)
class Constraints:
    """Knowledge about pairs of faces, given as row numbers.

    Raises UsageError, which names the faces, for a row that doesn't exist and for a contradiction:
    a cannot-link between faces that must-links make one person, or two names for one person.
    """

    face_ids: Int64
    """(n,) of the graph or embeddings to be clustered."""
    must_link: Int64 = field(default_factory=_no_pairs)
    """(m, 2) pairs of rows that are one person."""
    cannot_link: Int64 = field(default_factory=_no_pairs)
    """(c, 2) pairs of rows that are two persons."""
    photos: Int64 | None = None
    """(n,) a number for each face's photo; None where unknown."""
    overrule: float = 1.0
    """Cosine from which two faces in one photo may be one person all the same: mirrors, collages
    and album pages show a person twice."""
    names: Int32 | None = None
    """(n,) a number for each face's person as people named them, -1 for faces without a name; the
    faces of one name are one person, those of two names are two. None: nobody is named."""
    ignored: NDArray[np.bool_] | None = None
    """(n,) faces that belong nowhere: no faces at all, or not wanted. None: there are none."""

    def __post_init__(self) -> None:
        n = len(self.face_ids)
        object.__setattr__(self, "must_link", _pairs(self.must_link, n, "must_link"))
        object.__setattr__(self, "cannot_link", _pairs(self.cannot_link, n, "cannot_link"))
        for name in ("names", "ignored", "photos"):
            given = getattr(self, name)
            if given is not None and np.shape(given) != (n,):
                raise UsageError(f"{name}: expected one for each of {n} faces")
        if self.names is not None:
            chains = np.vstack([self.must_link, _chains(self.names)])
            object.__setattr__(self, "must_link", chains)
            wrong = np.flatnonzero((self.names >= 0) & (self.names != self.name_of[self.persons]))
            if len(wrong):
                raise UsageError(
                    f"face {self.face_ids[wrong[0]]} has one name and is said, directly or from "
                    "face to face, to be one person with a face of another: take one of these back"
                )
        first, second = self.persons[self.cannot_link].T
        if (first == second).any():
            a, b = self.cannot_link[np.argmax(first == second)]
            raise UsageError(
                f"faces {self.face_ids[a]} and {self.face_ids[b]} are said to be two persons, but "
                "must-links say, directly or from face to face, that they are one: take one of "
                f"these back ({np.count_nonzero(first == second)} such contradictions)"
            )

    @cached_property
    def persons(self) -> Int32:
        """(n,) number of the group of faces that must-links make one person."""
        return _components(len(self.face_ids), self.must_link)

    @cached_property
    def name_of(self) -> Int32:
        """(persons,) the name of each of `persons`, -1 for none."""
        names = np.full(int(self.persons.max(initial=-1)) + 1, -1, np.int32)
        if self.names is not None:
            named = self.names >= 0
            names[self.persons[named]] = self.names[named]
        return names

    @cached_property
    def forbidden(self) -> Int64:
        """Sorted codes `person * n + person`, both ways, of those that can't share a cluster."""
        pairs = self.persons[self.cannot_link].astype(np.int64)
        n = len(self.face_ids)
        return np.unique(np.concatenate([pairs @ [n, 1], pairs @ [1, n]]))

    def _apart(self, a: Int32, b: Int32) -> NDArray[np.bool_]:
        """Whether the persons numbered `a` are known to be others than those in `b`."""
        said: NDArray[np.bool_] = np.isin(
            a.astype(np.int64) * len(self.face_ids) + b, self.forbidden
        )
        one, other = self.name_of[a], self.name_of[b]
        named: NDArray[np.bool_] = (one != other) & (one >= 0) & (other >= 0)
        return said | named

    def restricted(self, rows: Int64) -> "Constraints":
        """What is known about some of the rows, as rows of their own."""
        position = np.full(len(self.face_ids), -1)
        position[rows] = np.arange(len(rows))
        must, cannot = position[self.must_link], position[self.cannot_link]
        return Constraints(
            self.face_ids[rows],
            must[(must >= 0).all(axis=1)],
            cannot[(cannot >= 0).all(axis=1)],
            None if self.photos is None else self.photos[rows],
            self.overrule,
            None if self.names is None else self.names[rows],
            None if self.ignored is None else self.ignored[rows],
        )

    def applied(self, graph: NeighbourGraph) -> NeighbourGraph:
        """The graph without the pairs known to be apart, must-linked ones added at cosine 1."""
        neighbours, similarities = graph.neighbours.copy(), graph.similarities.copy()
        rows = np.broadcast_to(np.arange(len(graph))[:, None], neighbours.shape)
        apart = neighbours < 0
        spoken_of = self._spoken_of(self.persons)
        apart[spoken_of] |= self._apart(
            self.persons[rows[spoken_of]], self.persons[neighbours[spoken_of]]
        )
        if self.photos is not None:
            one_photo = self.photos[neighbours] == self.photos[rows]
            one_person = self.persons[neighbours] == self.persons[rows]
            apart |= one_photo & ~one_person & (similarities < self.overrule)
        if self.ignored is not None:
            apart |= self.ignored[neighbours] | self.ignored[:, None]
        neighbours[apart], similarities[apart] = -1, -np.inf
        for a, b in self._chained():
            already = np.flatnonzero(neighbours[a] == b)
            slot = already[0] if len(already) else np.argmin(similarities[a])
            neighbours[a, slot], similarities[a, slot] = b, 1.0
        order = np.argsort(-similarities, axis=1, kind="stable")
        return NeighbourGraph(
            graph.face_ids,
            np.take_along_axis(neighbours, order, 1),
            np.take_along_axis(similarities, order, 1),
            graph.model,
            graph.recall,
        )

    def enforced(self, labels: Int32, distances: Distances) -> Int32:
        """Return `labels` with the fewest changes that make them keep the hard constraints.

        Clusters that share a must-linked person become one. A cluster that then holds persons who
        are known to differ is split: each goes to a part of its own (or shares one with persons
        that it may be with), and every other face to the part to which the chain of shortest
        distances leads.
        """
        labels = self._joined(labels)
        if self.ignored is not None:
            labels[self.ignored] = -1
        for label in self._broken(labels):
            members = np.flatnonzero(labels == label)
            parts = self._split(members, distances(members))
            labels[members[parts > 0]] = labels.max() + parts[parts > 0]
        return labels

    def _broken(self, labels: Int32) -> Int32:
        """The clusters that hold persons who are known to differ."""
        first, second = self.cannot_link.T
        together = (labels[first] == labels[second]) & (labels[first] >= 0)
        broken = labels[first[together]]
        if self.names is not None:
            named = (self.names >= 0) & (labels >= 0)
            held = np.unique(np.column_stack([labels[named], self.names[named]]), axis=0)[:, 0]
            broken = np.concatenate([broken, held[1:][held[1:] == held[:-1]]])
        return np.unique(broken)

    def _spoken_of(self, persons: Int32) -> NDArray[np.bool_]:
        """Whether it is known of any others that each of `persons` is not they."""
        told: NDArray[np.bool_] = np.isin(persons, self.forbidden // max(len(self.face_ids), 1))
        return told | (self.name_of[persons] >= 0)

    def _chained(self) -> Iterator[tuple[int, int]]:
        """Pairs, both ways, that link each must-linked person's faces from one to the next."""
        linked = np.unique(self.must_link)
        linked = linked[np.argsort(self.persons[linked], kind="stable")]
        for a, b in zip(linked[:-1].tolist(), linked[1:].tolist(), strict=True):
            if self.persons[a] == self.persons[b]:
                yield from ((a, b), (b, a))

    def _joined(self, labels: Int32) -> Int32:
        """Give all clusters that share a must-linked person one label, the lowest."""
        labels = labels.copy()
        alone = np.zeros(len(labels), bool)
        alone[self.must_link] = True
        alone &= labels < 0
        labels[alone] = labels.max(initial=-1) + 1 + np.arange(np.count_nonzero(alone))
        groups = _components(int(labels.max(initial=-1)) + 1, labels[self.must_link])
        lowest = np.unique(groups, return_index=True)[1].astype(np.int32)
        return np.where(labels < 0, labels, lowest[groups[labels]])

    def _split(self, members: Int64, distances: csr_array) -> Int64:
        """Part numbers, from 0, of the faces of one cluster that cannot-links break."""
        persons = self.persons[members]
        part_of = self._parted(np.unique(persons[self._spoken_of(persons)]))
        parts = np.array([part_of.get(person, -1) for person in persons.tolist()])
        # A spanning tree of the cluster that holds all links between known faces (at almost no
        # distance) falls, once those between parts are cut, into one tree around each part.
        order = np.lexsort((persons, parts))
        links = np.column_stack([order[:-1], order[1:]])
        same_person = np.equal(*persons[links].T)
        links = links[same_person | (parts[links] >= 0).all(axis=1)]
        tree = minimum_spanning_tree(_with_links(distances, links)).tocoo()
        here, there = parts[tree.row], parts[tree.col]
        kept = (here < 0) | (there < 0) | (here == there)
        trees = _components(len(members), np.column_stack([tree.row, tree.col])[kept])
        part_of_tree = np.zeros(len(members), np.int64)
        part_of_tree[trees[parts >= 0]] = parts[parts >= 0]
        return part_of_tree[trees]

    def _parted(self, persons: Int32) -> dict[int, int]:
        """Part number, from 0, of each of `persons` who can't be with all the others."""
        apart = self._apart(persons[:, None], persons[None, :])
        parts: dict[int, int] = {}
        for index in np.flatnonzero(apart.any(axis=1)).tolist():
            taken = {parts.get(other) for other in persons[apart[index]].tolist()}
            free = (part for part in range(len(persons)) if part not in taken)
            parts[int(persons[index])] = next(free)
        return parts


def _chains(names: Int32) -> Int64:
    """(m, 2) rows that link the faces of each name from one to the next."""
    rows = np.flatnonzero(names >= 0)
    rows = rows[np.argsort(names[rows], kind="stable")]
    links: Int64 = np.column_stack([rows[:-1], rows[1:]])
    return links[np.equal(*names[links].T)]


def _with_links(distances: csr_array, links: Int64) -> csr_array:
    """`distances` with the (m, 2) pairs `links` at almost none."""
    linked = coo_array((np.ones(len(links)), links.T), shape=distances.shape).tocsr()
    distances = distances.copy()
    distances.data = np.maximum(distances.data, 1e-6)  # zero would mean unknown
    return distances - distances.multiply(linked) + linked * 1e-9


def _components(n: int, pairs: NDArray[np.integer]) -> Int32:
    """(n,) number of the connected component of each of n things, joined by (m, 2) `pairs`."""
    links = coo_array((np.ones(len(pairs), bool), pairs.T), shape=(n, n))
    return np.asarray(connected_components(links, directed=False)[1], np.int32)


def _pairs(pairs: ArrayLike, n: int, name: str) -> Int64:
    """Check that these are (m, 2) rows of n."""
    array = np.asarray(pairs, np.int64).reshape(-1, 2)
    wrong = array[(array < 0) | (array >= n)]
    if len(wrong):
        raise UsageError(f"{name}: row {wrong[0]} is none of the {n} faces")
    return array
