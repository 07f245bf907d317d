"""Approximate neighbours for very many faces.

Space is cut into cells around about 2√n centres. Each face is compared with all faces of the
`PROBES` cells whose centres are nearest to it (an inverted file: Sivic and Zisserman, ICCV 2003),
by matrix products, as the faces that look into one cell are many. Then it is compared with the
neighbours of its neighbours, `ROUNDS` times (NN-descent: Dong, Moses and Li, WWW 2011).
"""

from collections.abc import Iterator

import faiss
import numpy as np

from prosopon.graph.search import CHUNK, Groups, Lists, blocks, compare, empty_lists
from prosopon.progress import track
from prosopon.records import Float32, Int32, Int64

PROBES = 16
"""Cells that each face looks into."""
ROUNDS = 2
WIDTH = 30
"""How many neighbours of how many neighbours are looked at in a round."""
TRAINING = 64
"""Faces for each centre that the centres are computed from."""


def nearest_in_cells(vectors: Float32, k: int) -> Lists:
    """Lists of all rows of `vectors` (n, d)."""
    from prosopon.graph.kernels import back_in_order

    probes = _probes(vectors)  # (n, PROBES)
    # Faces of one cell side by side: their neighbours then mostly sit in the processor's cache.
    order = np.argsort(probes[:, 0], kind="stable")
    vectors, probes = vectors[order], probes[order]
    lists = empty_lists(len(vectors), k)
    compare(lists, np.arange(len(vectors)), vectors, _cell_by_cell(probes))
    del probes
    _refine(lists, vectors)
    back_in_order(order, *lists)
    return lists


def _refine(lists: Lists, vectors: Float32) -> None:
    """Compare each face with the neighbours of its neighbours, and share what is found."""
    from prosopon.graph.kernels import join_neighbours, not_among, share

    known = np.full((len(vectors), WIDTH), -1, np.int32)
    for _ in track(range(ROUNDS), "refining neighbours"):
        share(*lists)
        before, known = known, lists[0][:, :WIDTH].copy()
        join_neighbours(vectors, known, not_among(known, before), *lists)
    share(*lists)


def _probes(vectors: Float32) -> Int32:
    """(n, PROBES) numbers of the cells nearest to each face, its own first."""
    n, d = vectors.shape
    cells = max(int(2 * np.sqrt(n)), PROBES)
    means = faiss.Kmeans(
        d, cells, niter=8, spherical=True, seed=1, max_points_per_centroid=TRAINING
    )
    means.train(vectors)
    centres = np.asarray(means.centroids)
    probes = np.empty((n, PROBES), np.int32)
    for rows in blocks(np.arange(n), CHUNK):
        probes[rows] = faiss.knn(vectors[rows], centres, PROBES, faiss.METRIC_INNER_PRODUCT)[1]
    return probes


def _cell_by_cell(probes: Int32) -> Groups:
    """Groups for `search.compare`: the rows that look into a cell, with the rows in it."""
    cells = int(probes.max()) + 1
    starts = np.searchsorted(probes[:, 0], np.arange(cells + 1))  # rows are sorted by own cell

    def groups(rows: Int64) -> Iterator[tuple[Int64, Int64]]:
        looked_into = probes[rows].ravel()
        order = np.argsort(looked_into, kind="stable")
        visitors = rows[order // probes.shape[1]]
        ends = np.searchsorted(looked_into[order], np.arange(cells + 1))
        for cell in range(cells):
            some = visitors[ends[cell] : ends[cell + 1]]
            if len(some):
                yield some, np.arange(starts[cell], starts[cell + 1])

    return groups
