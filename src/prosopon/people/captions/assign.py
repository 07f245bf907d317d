"""Who is who, from whom captions name and which faces are alike: the whole collection at once.

After Berg et al., "Names and faces in the news" (CVPR 2004), and Guillaumin et al., "Automatic face
naming with caption-based supervision" (CVPR 2008): within a photograph a name goes to one face and
a face has one name; names without a face and faces without a name are allowed; faces of one name
are alike. Two steps on the neighbour graph stand in for their search:

1. Each face counts in how many captions of the photographs of faces like it each name stands, and
   weighs that against chance: a log odds for each name.
2. Faces of which that is sure speak for the faces around them, also for those whose caption lacks
   the name, and for those that no clusterer brought to them. A face never hears its own caption
   back: what a neighbour knows from it is taken out.

A name's faces need not be all alike: neighbours speak for a name, not its mean. So "Anna" may be
two people, and somebody young and old stays one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.special import expit

from prosopon.records import Float64, Int32, Int64, NeighbourGraph

NOBODY = -1
Mask = NDArray[np.bool_]

_NEIGHBOURS = 40
"""Nearest neighbours that are looked at."""
_NAMED = 0.8
"""Share of somebody's photographs whose caption has the name, where nothing better is known."""
_ENOUGH = 6.0
"""Log odds that captions of alike faces' photographs give at most: where two names are common among
them, as in a cluster of two persons, the face's own caption decides, and not which is commoner."""
_SURE = 1.0
"""Log odds from which a face speaks for others."""
_ORDERED = 6.0
"""Log odds that a caption's order adds."""
_CERTAIN = 30.0
"""Log odds of what people decided."""


@dataclass(frozen=True, slots=True, eq=False)
class Mentions:
    """m names in captions. Names are numbers from 0."""

    photo: Int64
    """(m,)"""
    name: Int64
    """(m,)"""
    face: Int64
    """(m,) row of the face that the caption's order gives the name to; -1 where it gives none."""


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """Of each of n faces the most probable name, and what speaks for it."""

    name: Int64
    """(n,) NOBODY where there is none."""
    odds: Float64
    """(n,) log odds of the name against chance, from both steps."""
    lead: Float64
    """(n,) over the next name, and over nobody."""
    counted: Float64
    """(n,) log odds from the first step alone."""
    counted_lead: Float64
    """(n,) over the next name there."""
    heard: Float64
    """(n,) log odds from the second step alone."""
    captions: Float64
    """(n,) captions with the name among the photographs of alike faces, without the face's own."""
    alike: Float64
    """(n,) how many such photographs have a caption that names anybody."""
    told: Mask
    """(n,) whether the face's own photograph has one."""
    in_caption: Mask
    """(n,) whether the face's own caption has the name."""
    ordered: Mask
    """(n,) whether the caption's order gives it to this face."""
    because: Int64
    """(n,) row of the face of that name that is most like it, if one can be of those whose caption
    has the name; -1 for none."""


def assign(
    graph: NeighbourGraph,
    cluster: Int32,
    photo: Int64,
    mentions: Mentions,
    threshold: float,
    *,
    named: Int64 | None = None,
    closed: Mask | None = None,
    rejected: Int64 | None = None,
) -> Assigned:
    """Find out who is who.

    cluster : (n,) -1 for none.
    photo : (n,) in which photograph each face is.
    threshold : cosine from which two faces count as one person.
    named : (n,) what people said, NOBODY where they said nothing: these stay, and speak for others.
    closed : (n,) faces that get no name and speak for none.
    rejected : (r, 2) row and name: pairs that people said no to.
    """
    n = len(graph)
    given = np.full(n, NOBODY, np.int64) if named is None else named
    shut = np.zeros(n, bool) if closed is None else closed
    names = int(max(mentions.name.max(initial=-1), given.max(initial=-1))) + 1
    captions = _captions(photo, mentions, given, shut, names)
    edges = _edges(graph, cluster, photo, shut, threshold)
    step = _Steps(edges, captions, photo, given, _refused(rejected, captions.of_face.shape))
    counted, found, totals = step.count()
    whole = counted
    heard = counted
    for _ in range(2):
        heard = step.listen(whole)
        whole = step.refuse(_log_sum(counted, heard))
    return _assigned(step, whole, counted, heard, found, totals)


@dataclass(frozen=True, slots=True, eq=False)
class _Captions:
    of_face: csr_array
    """(n, names) 1 where the caption of the face's photograph has the name."""
    ordered: csr_array
    """(n, names) 1 where its order gives the name to the face."""
    told: Mask
    """(n,) whether the face's photograph has a caption that names anybody: others speak neither for
    a name nor against it."""
    has: Float64
    """(names,) what a caption with the name speaks for it."""
    lacks: Float64
    """(names,) what a caption without it speaks: below 0."""


def _captions(photo: Int64, mentions: Mentions, given: Int64, shut: Mask, names: int) -> _Captions:
    photos, place = np.unique(photo, return_inverse=True)
    at = np.searchsorted(photos, mentions.photo)
    known = (at < len(photos)) & (photos[np.minimum(at, len(photos) - 1)] == mentions.photo)
    of_photo = _ones(at[known], mentions.name[known], (len(photos), names))
    captioned = np.diff(of_photo.indptr) > 0
    count = max(int(captioned.sum()), 1)
    share = np.clip(np.asarray(of_photo.sum(axis=0)).ravel() / count, 0.5 / count, 0.5)
    placed = mentions.face >= 0
    ordered = _ones(mentions.face[placed], mentions.name[placed], (len(photo), names))
    taken = np.asarray(ordered.sum(axis=1)).ravel() > 0
    settled = given >= 0
    rows, columns = of_photo[place].nonzero()
    free = ~(taken | settled | shut)[rows]
    rows, columns = rows[free], columns[free]
    own = np.flatnonzero(settled & ~shut)
    sure = np.flatnonzero(taken & ~settled & ~shut)
    put_rows, put_columns = ordered[sure].nonzero()
    of_face = _ones(
        np.concatenate((rows, own, sure[put_rows])),
        np.concatenate((columns, given[own], put_columns)),
        (len(photo), names),
    )
    has, lacks = np.log(_NAMED / share), np.log((1 - _NAMED) / (1 - share))
    return _Captions(of_face, ordered, captioned[place], has, lacks)


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Pairs of faces that may be one person, (e,) each."""

    one: Int64
    other: Int64
    odds: Float64
    """Log odds that they are."""

    @property
    def probability(self) -> Float64:
        result: Float64 = expit(self.odds)
        return result


def _edges(
    graph: NeighbourGraph, cluster: Int32, photo: Int64, shut: Mask, threshold: float
) -> _Edges:
    """Along the graph, never within a photograph. The log odds fit LFW's and CelebA's development
    halves: neighbours in one cluster, and neighbours that the clusterer kept apart.
    """
    neighbours, cosine = graph.neighbours[:, :_NEIGHBOURS], graph.similarities[:, :_NEIGHBOURS]
    one, slot = np.nonzero((neighbours >= 0) & (cosine > 2 * threshold - 1))
    other = neighbours[one, slot].astype(np.int64)
    near = 1 - (1 - cosine[one, slot].astype(np.float64)) / (1 - threshold)
    together = (cluster[one] >= 0) & (cluster[one] == cluster[other])
    odds = np.clip(np.where(together, 3.1 + 2.6 * near, 4.9 * near - 2), -7, 5)
    apart = (photo[one] != photo[other]) & ~shut[one] & ~shut[other]
    return _Edges(one[apart], other[apart], odds[apart])


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    edges: _Edges
    captions: _Captions
    photo: Int64
    given: Int64
    refused: csr_array

    def count(self) -> tuple[csr_array, csr_array, Float64]:
        """Step 1: (n, names) log odds; (n, names) captions with the name; (n,) captions at all."""
        one, other, likely = self.edges.one, self.edges.other, self.edges.probability
        told = self.captions.told
        kept = (likely > 0.02) & told[other]
        of_face, n = self.captions.of_face, len(self.photo)
        alike = coo_array((likely[kept], (one[kept], other[kept])), shape=(n, n)).tocsr()
        found = (alike @ of_face + of_face).tocsr()
        totals = 1 + np.asarray(alike.sum(axis=1)).ravel()
        rows, columns = _places(found)
        own = _at(of_face, rows, columns)
        has, lacks = self.captions.has[columns], self.captions.lacks[columns]
        around = (found.data - own) * has + (totals[rows] - 1 - found.data + own) * lacks
        chance = np.log(max(of_face.shape[1], 1))
        own_says = np.where(own > 0, has, np.where(told[rows], lacks, 0))
        odds = np.minimum(around - chance, _ENOUGH) + own_says
        counted = csr_array((odds, found.indices, found.indptr), shape=found.shape)
        counted = (counted + self.captions.ordered * _ORDERED).tocsr()
        known = np.flatnonzero(self.given >= 0)
        sure = _ones(known, self.given[known], found.shape) * _CERTAIN
        return self.refuse((counted + sure).tocsr()), found, totals

    def listen(self, known: csr_array) -> csr_array:
        """Step 2: (n, names) log odds of what sure neighbours say."""
        name, odds, following = _best(known)
        lead = odds - np.maximum(following, 0)
        speaks = (name >= 0) & (lead >= _SURE) & _first_in_photo(self.photo, name, odds)
        along = speaks[self.edges.other]
        one, other = self.edges.one[along], self.edges.other[along]
        likely, said = self.edges.odds[along], name[other]
        echo = _at(self.captions.of_face, one, said) > 0
        echoed = expit(likely) * (self.captions.has - self.captions.lacks)[said]
        trust = expit(lead[other] - np.where(echo, echoed, 0))
        shape = known.shape
        weight = np.exp(likely) * trust
        heard = coo_array((weight, (one, said)), shape=shape).tocsr()
        rows, columns = _places(heard)
        has = _at(self.captions.of_face, rows, columns) > 0
        lacks = np.where(self.captions.told[rows], self.captions.lacks[columns], 0)
        own = np.where(has, self.captions.has[columns], lacks)
        logs = np.log(np.maximum(heard.data, 1e-12)) + own
        return csr_array((logs, heard.indices, heard.indptr), shape=shape)

    def refuse(self, odds: csr_array) -> csr_array:
        """Without the pairs that people said no to."""
        rows, columns = _places(odds)
        said_no = _at(self.refused, rows, columns) > 0
        data = np.where(said_no, -_CERTAIN, odds.data)
        return csr_array((data, odds.indices, odds.indptr), shape=odds.shape)


def _assigned(
    step: _Steps,
    whole: csr_array,
    counted: csr_array,
    heard: csr_array,
    found: csr_array,
    totals: Float64,
) -> Assigned:
    """The best name of each face; of two faces of one photograph with a name the surer has it."""
    name, odds, following = _best(whole)
    name = np.where(_first_in_photo(step.photo, name, odds) & (odds > -_CERTAIN / 2), name, NOBODY)
    rows, column = np.arange(len(name)), np.maximum(name, 0)
    first, best, second = _best(counted)
    own = _at(counted, rows, column)
    in_caption = _at(step.captions.of_face, rows, column) > 0
    here = _at(heard, rows, column)
    because = np.full(len(name), -1, np.int64)
    one, other = step.edges.one, step.edges.other
    same = np.flatnonzero((name[one] == name[other]) & (name[one] >= 0))
    same = same[np.lexsort((step.edges.odds[same], in_caption[other[same]]))]  # the best comes last
    because[one[same]] = other[same]
    return Assigned(
        name=name,
        odds=odds,
        lead=odds - np.maximum(following, 0),
        counted=own,
        counted_lead=own - np.maximum(np.where(first == name, second, best), 0),
        heard=np.where(here == 0, -10, here),
        captions=np.maximum(_at(found, rows, column) - in_caption, 0),
        alike=totals - 1,
        told=step.captions.told,
        in_caption=in_caption,
        ordered=_at(step.captions.ordered, rows, column) > 0,
        because=because,
    )


def _first_in_photo(photo: Int64, name: Int64, odds: Float64) -> Mask:
    """(n,) whether the face is, of those of its photograph with its name, the surest."""
    order = np.lexsort((-odds, name, photo))
    new = np.ones(len(name), bool)
    new[1:] = (np.diff(photo[order]) != 0) | (np.diff(name[order]) != 0)
    first = np.empty(len(name), bool)
    first[order] = new
    return first


def _best(odds: csr_array) -> tuple[Int64, Float64, Float64]:
    """(n,) the best column of each row, its value, and the value of the next."""
    n = odds.shape[0]
    rows, columns = _places(odds)
    order = np.lexsort((-odds.data, rows))
    starts = np.flatnonzero(np.diff(rows[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(order)))
    name = np.full(n, NOBODY, np.int64)
    best, second = np.full(n, -_CERTAIN), np.full(n, -_CERTAIN)
    filled = rows[order[starts]]
    name[filled], best[filled] = columns[order[starts]], odds.data[order[starts]]
    several = sizes > 1
    second[filled[several]] = odds.data[order[starts[several] + 1]]
    return name, best, second


def _log_sum(one: csr_array, other: csr_array) -> csr_array:
    """The logarithm of the sum of what two matrices are the logarithms of, entry by entry."""
    parts = []
    for odds in (one, other):
        plain = np.exp(np.clip(odds.data, -_CERTAIN, _CERTAIN))
        parts.append(csr_array((plain, odds.indices, odds.indptr), shape=odds.shape))
    whole = (parts[0] + parts[1]).tocsr()
    whole.data = np.log(np.maximum(whole.data, np.exp(-_CERTAIN)))
    return whole


def _refused(rejected: Int64 | None, shape: tuple[int, int]) -> csr_array:
    pairs = np.empty((0, 2), np.int64) if rejected is None else rejected
    known = pairs[pairs[:, 1] < shape[1]]
    return _ones(known[:, 0], known[:, 1], shape)


def _ones(rows: Int64, columns: Int64, shape: tuple[int, int]) -> csr_array:
    """A sparse matrix of ones at these places, however often each is given."""
    made = coo_array((np.ones(len(rows)), (rows, columns)), shape=shape).tocsr()
    made.data[:] = 1
    return made


def _places(matrix: csr_array) -> tuple[Int64, Int64]:
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return rows, matrix.indices.astype(np.int64)


def _at(matrix: csr_array, rows: Int64, columns: Int64) -> Float64:
    """Entries of a sparse matrix."""
    if not len(rows) or not matrix.shape[1]:
        return np.zeros(len(rows))
    return np.asarray(matrix[rows, columns], np.float64).ravel()
