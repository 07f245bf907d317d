"""Conditional pairwise clustering: Shi, Otto and Jain, "Face clustering: representation and
pairwise constraints", TIFS 13 (2018), arXiv 1706.05067; its variant for k-NN graphs.
"""

import numpy as np
from scipy.sparse import coo_array, triu
from scipy.sparse.csgraph import connected_components

from prosopon.clustering.base import GraphClusterer
from prosopon.clustering.edges import edges_above
from prosopon.errors import ProsoponError
from prosopon.records import Int32, NeighbourGraph

MOST_TRIANGLES = 100_000_000
"""Each takes 48 bytes."""
LOWEST_ODDS = 7.0
"""Pairs with unary log odds below minus this are no variables, and never joined."""


class ConditionalPairwise(GraphClusterer):
    """Decides for each pair whether it is one person, such that pairs agree in threes.

    A conditional random field has a variable for each pair of neighbours: its unary log odds are
    `steepness` (cosine - `threshold`), and every triangle of pairs in which exactly two are joined
    costs `penalty`, as "one person" is transitive. Loopy belief propagation (sum-product, damped)
    approximates the pairs' probabilities; those above one half are joined, transitively.

    Parameters
    ----------
    threshold : cosine of even odds.
    steepness : change of log odds with cosine.
    penalty : log odds that a triangle with two of three joined loses.
    iterations : rounds of messages.
    """

    name = "conditional-pairwise"

    def __init__(
        self,
        threshold: float = 0.935,
        steepness: float = 200.0,
        penalty: float = 1.0,
        iterations: int = 20,
    ) -> None:
        self.threshold = threshold
        self.steepness = steepness
        self.penalty = penalty
        self.iterations = iterations

    @property
    def reach(self) -> float:
        return self.threshold - LOWEST_ODDS / self.steepness

    def _cluster(self, graph: NeighbourGraph) -> Int32:
        from prosopon.clustering.belief_kernels import count_triangles, propagate, triangles_of

        pairs = triu(edges_above(graph, self.reach), k=1, format="csr")
        pairs.sort_indices()
        odds = self.steepness * (pairs.data.astype(np.float64) - self.threshold)
        counts = count_triangles(pairs.indptr, pairs.indices)
        if counts.sum() > MOST_TRIANGLES:
            raise ProsoponError(
                f"{self.name} would need {counts.sum() * 48 / 1e9:,.1f} GB for {counts.sum():,} "
                f"triangles of pairs, more than the {MOST_TRIANGLES:,} that it takes on: raise "
                "its threshold or steepness, or use a method that needs less, such as adaptive"
            )
        triangles = triangles_of(pairs.indptr, pairs.indices, counts)
        beliefs = propagate(odds, triangles, self.penalty, self.iterations)
        rows, columns = pairs.tocoo().coords
        joined = beliefs > 0
        links = (np.ones(np.count_nonzero(joined), bool), (rows[joined], columns[joined]))
        components = connected_components(coo_array(links, shape=pairs.shape), directed=False)
        return np.asarray(components[1], np.int32)


CLUSTERERS = {"conditional-pairwise": ConditionalPairwise}
