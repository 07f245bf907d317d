"""How well a clustering agrees with the truth: exact, and fast for millions of faces.

Everything is computed from the sparse contingency table of true and predicted groups, never from
pairs of faces. Contract of all functions: `truth` and `labels` are (n,) and name each face's true
person and predicted cluster, by any values that `np.unique` takes. Faces whose truth is unknown
are dropped before. A predicted -1 means "in no cluster": such faces are clusters of one face each.
Empty input gives 1 for every score, as there is nothing to get wrong.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching
from scipy.special import gammaln

from prosopon.records import Int64

Float64 = NDArray[np.float64]
_BLOCK = 1_024


def scores(truth: ArrayLike, labels: ArrayLike) -> dict[str, float]:
    """All scores of one clustering; `faces` and `clusters` are counts, the others go up to 1.

    `clusters` counts the predicted ones, singletons included. Pairwise scores as defined by Otto,
    Wang and Jain (2018), section 5.1; B³ by Bagga and Baldwin (1998), each face weighing the same.
    """
    table = Contingency.of(truth, labels)
    pairwise = pairwise_scores(table)
    bcubed = bcubed_scores(table)
    return {
        "faces": table.total,
        "clusters": len(table.label_sizes),
        **{f"pairwise_{name}": value for name, value in pairwise.items()},
        **{f"bcubed_{name}": value for name, value in bcubed.items()},
        **information_scores(table),
        "ari": adjusted_rand_index(table),
        "ami": adjusted_mutual_information(table),
    }


@dataclass(frozen=True, slots=True, eq=False)
class Contingency:
    """How many faces each true person and each predicted cluster share; only non-zero cells."""

    counts: Int64
    """(cells,) faces in the cell."""
    persons: Int64
    """(cells,) row: index into `person_sizes`."""
    clusters: Int64
    """(cells,) column: index into `label_sizes`."""
    person_sizes: Int64
    label_sizes: Int64

    @property
    def total(self) -> int:
        """The number of faces."""
        return int(self.person_sizes.sum())

    @classmethod
    def of(cls, truth: ArrayLike, labels: ArrayLike) -> Self:
        """Count `truth` against `labels`; predicted -1 become clusters of one."""
        truth, labels = np.asarray(truth), np.asarray(labels)
        if truth.ndim != 1 or truth.shape != labels.shape:
            raise ValueError(
                "truth and labels: expected two lists of one length, "
                f"got {truth.shape} and {labels.shape}"
            )
        rows = np.unique(truth, return_inverse=True)[1]
        columns = np.unique(singled_out(labels), return_inverse=True)[1]
        width = int(columns.max(initial=-1)) + 1
        cells, counts = np.unique(rows * max(width, 1) + columns, return_counts=True)
        return cls(
            counts=counts,
            persons=cells // max(width, 1),
            clusters=cells % max(width, 1),
            person_sizes=np.bincount(rows),
            label_sizes=np.bincount(columns),
        )


def singled_out(labels: ArrayLike) -> NDArray[Any]:
    """Return `labels` with a label of its own for each face in no cluster (-1)."""
    labels = np.asarray(labels)
    if not np.issubdtype(labels.dtype, np.signedinteger):
        return labels
    alone = labels == -1
    fresh = labels.max(initial=-1) + 1 + np.arange(np.count_nonzero(alone))
    singles = labels.astype(np.int64)
    singles[alone] = fresh
    return singles


def pairwise_scores(table: Contingency) -> dict[str, float]:
    """Precision, recall and F over all pairs of faces."""
    together = _pairs(table.counts)
    claimed, true = _pairs(table.label_sizes), _pairs(table.person_sizes)
    return _precision_recall_f(_ratio(together, claimed), _ratio(together, true))


def bcubed_scores(table: Contingency) -> dict[str, float]:
    """Mean over faces of the precision and recall of the face's own cluster."""
    squares = table.counts.astype(np.float64) ** 2
    precision = np.sum(squares / table.label_sizes[table.clusters])
    recall = np.sum(squares / table.person_sizes[table.persons])
    n = table.total
    return _precision_recall_f(_ratio(precision, n), _ratio(recall, n))


def information_scores(table: Contingency) -> dict[str, float]:
    """Homogeneity, completeness and V (Rosenberg and Hirschberg 2007).

    V equals the normalised mutual information with arithmetic mean.
    """
    mutual = _mutual_information(table)
    persons, clusters = _entropy(table.person_sizes), _entropy(table.label_sizes)
    homogeneity = _ratio(mutual, persons)
    completeness = _ratio(mutual, clusters)
    return {
        "homogeneity": homogeneity,
        "completeness": completeness,
        "v_measure": _harmonic(homogeneity, completeness),
    }


def adjusted_rand_index(table: Contingency) -> float:
    """Agreement of pairs, corrected for chance (Hubert and Arabie 1985)."""
    together = _pairs(table.counts)
    claimed, true = _pairs(table.label_sizes), _pairs(table.person_sizes)
    everything = table.total * (table.total - 1) // 2
    if claimed == true == together:
        return 1.0
    expected = claimed * true / everything
    return (together - expected) / ((claimed + true) / 2 - expected)


def adjusted_mutual_information(table: Contingency) -> float:
    """Mutual information corrected for chance, arithmetic mean (Vinh, Epps and Bailey 2010)."""
    mutual = _mutual_information(table)
    mean = (_entropy(table.person_sizes) + _entropy(table.label_sizes)) / 2
    expected = _expected_mutual_information(table.person_sizes, table.label_sizes)
    if abs(mean - expected) < 1e-12:  # all faces alone, or all together, in both
        return 1.0 if abs(mutual - mean) < 1e-12 else 0.0
    return float((mutual - expected) / (mean - expected))


def normalised_mutual_information(truth: ArrayLike, labels: ArrayLike) -> float:
    """Mutual information over the arithmetic mean of the entropies."""
    return information_scores(Contingency.of(truth, labels))["v_measure"]


def matched_accuracy(truth: ArrayLike, labels: ArrayLike) -> float:
    """Share of faces that are right under the best one-to-one matching of clusters to people.

    The matching is exact (Hungarian problem, solved sparsely: Jonker and Volgenant 1987).
    """
    table = Contingency.of(truth, labels)
    n_persons, n_clusters = len(table.person_sizes), len(table.label_sizes)
    if table.total == 0:
        return 1.0
    # A private dummy column for each person lets it stay unmatched, so a full matching exists.
    # All weights are raised by one because the solver takes zero for "no edge".
    everyone = np.arange(n_persons)
    weights = np.concatenate([table.counts + 1, np.ones(n_persons)])
    rows = np.concatenate([table.persons, everyone])
    columns = np.concatenate([table.clusters, n_clusters + everyone])
    shape = (n_persons, n_clusters + n_persons)
    graph = coo_array((weights, (rows, columns)), shape=shape).tocsr()
    matched = min_weight_full_bipartite_matching(graph, maximize=True)
    return float((graph[matched].sum() - n_persons) / table.total)


def silhouette(vectors: ArrayLike, labels: ArrayLike) -> float:
    """Mean silhouette of unit vectors (n, d) under cosine distance (Rousseeuw 1987).

    How much nearer each face is, on average, to its own cluster than to the nearest other one: -1
    to 1, 0 for faces alone. The mean distance to a cluster is the distance to the mean of its
    vectors, so the work grows with faces times clusters, not with pairs of faces. 0 for fewer than
    two clusters.
    """
    units = np.asarray(vectors, np.float32)
    groups = np.unique(singled_out(labels), return_inverse=True)[1]
    sizes = np.bincount(groups)
    if len(sizes) < 2:
        return 0.0
    member = coo_array((np.ones(len(units), np.float32), (groups, np.arange(len(units)))))
    means = (member.tocsr() @ units) / sizes[:, None].astype(np.float32)
    total = 0.0
    for start in range(0, len(units), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(units)))
        own = groups[rows]
        apart = 1 - units[rows] @ means.T  # (rows, clusters) mean distances
        inside = apart[np.arange(len(rows)), own].astype(np.float64)
        apart[np.arange(len(rows)), own] = np.inf
        others = sizes[own] - 1
        # the mean over the own cluster counts the face itself, at distance 0
        within = np.where(others > 0, inside * sizes[own] / np.maximum(others, 1), 0)
        nearest = apart.min(axis=1).astype(np.float64)
        widths = (nearest - within) / np.maximum(np.maximum(nearest, within), 1e-12)
        total += float(widths[others > 0].sum())
    return total / len(units)


def _pairs(sizes: Int64) -> int:
    """Number of pairs inside groups of these sizes."""
    sizes = sizes.astype(np.int64)
    return int(np.sum(sizes * (sizes - 1) // 2))


def _ratio(part: float, whole: float) -> float:
    """`part / whole`, and 1 where there is nothing to get wrong."""
    return float(part / whole) if whole else 1.0


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0


def _precision_recall_f(precision: float, recall: float) -> dict[str, float]:
    return {"precision": precision, "recall": recall, "f": _harmonic(precision, recall)}


def _entropy(sizes: Int64) -> float:
    """Entropy in nats of a partition into groups of these sizes."""
    shares = sizes[sizes > 0] / max(sizes.sum(), 1)
    return float(-np.sum(shares * np.log(shares))) + 0.0


def _mutual_information(table: Contingency) -> float:
    n = table.total
    if n == 0:
        return 0.0
    by_chance = table.person_sizes[table.persons] * table.label_sizes[table.clusters]
    return float(np.sum(table.counts / n * np.log(table.counts * n / by_chance)))


def _expected_mutual_information(person_sizes: Int64, label_sizes: Int64) -> float:
    """Mean mutual information of random partitions into groups of these sizes.

    Vinh, Epps and Bailey (2010), equation 24. The summand depends on the two sizes alone, so each
    pair of *different* sizes is computed once: there are few of them, however many the groups.
    """
    n = int(person_sizes.sum())
    a_values, a_times = np.unique(person_sizes, return_counts=True)
    b_values, b_times = np.unique(label_sizes, return_counts=True)
    log_factorial = gammaln(np.arange(n + 1) + 1.0)
    expected = 0.0
    for a, times in zip(a_values.tolist(), a_times.tolist(), strict=True):
        b = b_values[:, None]
        # The faces that two random groups share are hypergeometric. Farther than this from the
        # mean, all probability together is below e^-60 (Chernoff), so below rounding.
        reach = 40 + 12 * np.sqrt(a * b / n)
        lowest = np.maximum(np.maximum(1, a + b - n), np.floor(a * b / n - reach)).astype(np.int64)
        highest = np.minimum(np.minimum(a, b), np.ceil(a * b / n + reach)).astype(np.int64)
        steps = np.arange(int((highest - lowest).max()) + 1)
        shared = np.minimum(lowest + steps, highest)
        log_probability = (
            log_factorial[a]
            + log_factorial[b]
            + log_factorial[n - a]
            + log_factorial[n - b]
            - log_factorial[n]
            - log_factorial[shared]
            - log_factorial[a - shared]
            - log_factorial[b - shared]
            - log_factorial[n - a - b + shared]
        )
        information = shared / n * np.log(n * shared / (a * b))
        cells = np.where(lowest + steps <= highest, information * np.exp(log_probability), 0.0)
        expected += times * float(b_times @ cells.sum(axis=1))
    return expected
