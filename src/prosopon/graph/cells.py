"""Approximate neighbours for very many faces.

Space is cut into cells around about 2√n centres. Each face is compared with all faces of the
`PROBES` cells whose centres are nearest to it (an inverted file: Sivic and Zisserman, ICCV 2003),
by matrix products, as the faces that look into one cell are many. Then it is compared with the
neighbours of its neighbours, `ROUNDS` times (NN-descent: Dong, Moses and Li, WWW 2011).
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from prosopon.engines import Threads
from prosopon.files import let_go
from prosopon.graph.search import BLOCK, Lists, blocks, empty_lists, enter, places
from prosopon.graph.steps import Steps
from prosopon.progress import stage, track
from prosopon.protocols import Engine
from prosopon.records import Float32, Int16, Int32, Int64

PROBES = 16
"""Cells that each face looks into."""
ROUNDS = 2
PARTS = 4
"""Steps of a long search that look into the cells; each is kept."""
WIDTH = 30
"""How many neighbours of how many neighbours are looked at in a round."""
STEPS = 32_767
"""What 1 is in coarse vectors. The product of two of unit length stays below 2³¹."""
TRAINING = 64
"""Faces for each centre that the centres are computed from."""


TASK = 32_768
"""Faces that a worker of an engine looks for at a time: 20 MB of lists."""


def nearest_in_cells(vectors: Float32, k: int, steps: Steps, engine: Engine | None = None) -> Lists:
    """Lists of all rows of `vectors` (n, d), which may be mapped.

    engine : looks into the cells; by default threads. What follows is done here.
    """
    from prosopon.graph.kernels import back_in_order, measure, share

    probes = _kept_probes(vectors, steps)  # (n, PROBES)
    # Faces of one cell side by side: their neighbours then mostly sit in the processor's cache.
    order = np.argsort(probes[:, 0], kind="stable")
    probes = probes[order]
    lists = empty_lists(len(vectors), k)
    parts = np.array_split(np.arange(len(vectors)), PARTS if steps.kept else 1)
    names = [f"lists-{number}" for number in range(1 + len(parts) + ROUNDS)]
    done = _gone_on(lists, steps, names)
    engine = engine or Threads(os.cpu_count() or 1)
    looked = _look(lists, parts[done:], InCells(_coarse(vectors, order), probes, k), engine)
    del probes
    for number, _ in enumerate(looked, done + 1):
        steps.keep(names[number], *lists, instead_of=names[number - 1])
    coarse = _coarse(vectors, order)  # anew: where others look, there is no copy here meanwhile
    let_go(vectors)
    near = lists[0][:, :WIDTH]
    known = np.full(near.shape, -1, np.int32)
    for number in track(range(max(len(parts), done) + 1, len(names)), "refining neighbours"):
        _refine(lists, coarse, near, known)
        steps.keep(names[number], *lists, instead_of=names[number - 1])
    del near, known
    share(*lists)
    del coarse
    measure(vectors, order, *lists)
    back_in_order(order, *lists)
    return lists


@dataclass(frozen=True, slots=True, eq=False)
class InCells:
    """Looks for the neighbours of some rows, where it is sent to."""

    coarse: Int16
    """(n, d)"""
    probes: Int32
    """(n, PROBES) sorted by the first."""
    k: int

    def __call__(self, rows: Int64) -> Lists:
        lists = empty_lists(len(rows), self.k)
        with threadpool_limits(1):
            enter(lists, places(rows, len(self.coarse)), self.coarse, self._visits(rows))
        return lists

    def _visits(self, rows: Int64) -> Iterator[tuple[Int64, Int64]]:
        """Cell by cell, those of the rows that look into it, and the rows in it."""
        cells = np.arange(int(self.probes.max()) + 2)
        starts = np.searchsorted(self.probes[:, 0], cells)
        looked_into = self.probes[rows].ravel()
        order = np.argsort(looked_into, kind="stable")
        visitors = rows[order // self.probes.shape[1]]
        ends = np.searchsorted(looked_into[order], cells)
        for cell in cells[:-1]:
            some = visitors[ends[cell] : ends[cell + 1]]
            if len(some):
                yield some, np.arange(starts[cell], starts[cell + 1])


def _look(lists: Lists, parts: Sequence[Int64], cells: InCells, engine: Engine) -> Iterator[None]:
    """Fill `lists` with the neighbours of the rows of each part, and stop after each.

    What the engine runs is handed over: nothing here holds on to it.
    """
    found = engine.map(cells, (rows for part in parts for rows in blocks(part, TASK)))
    del cells
    left = sum(map(len, parts))
    with threadpool_limits(1), stage("finding neighbours", left) as progress:
        for part in parts:
            start, after = part[0], part[-1] + 1
            while start < after:
                some = next(found)
                end = start + len(some[0])
                lists[0][start:end], lists[1][start:end] = some
                progress.advance(len(some[0]))
                start = end
            yield


def _gone_on(lists: Lists, steps: Steps, names: Sequence[str]) -> int:
    """Fill `lists` with what the last finished of the steps has found; its number, 0 for none."""
    for number in range(len(names) - 1, 0, -1):
        if found := steps.load(names[number]):
            lists[0][:], lists[1][:] = found
            return number
    return 0


def _kept_probes(vectors: Float32, steps: Steps) -> Int32:
    if found := steps.load("cells"):
        return found[0]
    probes = _probes(vectors)
    steps.keep("cells", probes)
    return probes


def _coarse(vectors: Float32, order: Int64) -> Int16:
    """The rows in that order, in steps of 1/`STEPS`: half the memory, and cosines to 0.00002."""
    coarse = np.empty(vectors.shape, np.int16)
    for start in range(0, len(order), BLOCK):
        rows = vectors[order[start : start + BLOCK]]
        coarse[start : start + BLOCK] = np.rint(rows * STEPS)
    return coarse


def _refine(lists: Lists, coarse: Int16, near: Int32, known: Int32) -> None:
    """Share what is found, and compare each face with the neighbours of its neighbours.

    near : (n, WIDTH) the first of the lists.
    known : (n, WIDTH) the same in the round before, -1 at first; what they are now afterwards.
    """
    from prosopon.graph.kernels import join_neighbours, not_among, share

    share(*lists)
    fresh = not_among(near, known)
    known[:] = near
    join_neighbours(coarse, known, fresh, *lists)


def _probes(vectors: Float32) -> Int32:
    """(n, PROBES) numbers of the cells nearest to each face, its own first."""
    from prosopon.graph.kernels import keep_best

    n = len(vectors)
    cells = min(max(int(2 * np.sqrt(n)), PROBES), n)
    random = np.random.default_rng(1)
    sample = vectors[random.choice(n, min(TRAINING * cells, n), replace=False)]
    centres = spherical_means(sample, cells, random)
    probes, cosines = empty_lists(n, PROBES)
    numbers = np.arange(cells)

    def fill(rows: Int64) -> None:
        nobody = np.full(len(rows), -1)  # no centre is a face, so none is left out as itself
        keep_best(vectors[rows] @ centres.T, nobody, numbers, rows, probes, cosines)

    with threadpool_limits(1):
        for _ in Threads(os.cpu_count() or 1).map(fill, blocks(np.arange(n))):
            pass
    return probes


def spherical_means(
    vectors: Float32, number: int, random: np.random.Generator, rounds: int = 8
) -> Float32:
    """(number, d) centres of unit length: k-means by cosine (Dhillon and Modha, Machine Learning
    42, 2001), begun at vectors (n, d) drawn at random. A centre without a vector stays.
    """
    centres = vectors[random.choice(len(vectors), number, replace=False)].copy()
    for _ in track(range(rounds), "cutting space into cells"):
        nearest = np.concatenate(
            [
                np.argmax(vectors[rows] @ centres.T, axis=1)
                for rows in blocks(np.arange(len(vectors)))
            ]
        )
        order = np.argsort(nearest, kind="stable")
        taken, starts = np.unique(nearest[order], return_index=True)
        sums = np.add.reduceat(vectors[order], starts, axis=0)
        centres[taken] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return centres
