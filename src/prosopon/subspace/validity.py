"""How many clusters: the ratio of between to total sum of squares, over subsamples."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.utils.validation import check_array, check_random_state

from prosopon.errors import UsageError


def between_ratio(X: NDArray[Any], labels: NDArray[Any]) -> float:
    """Between over total sum of squares of X (n, d) under labels (n,): 0 to 1, rising with k.

    0 where all points coincide.
    """
    centred = X - X.mean(axis=0)
    total = float(np.square(centred).sum())
    if total == 0:
        return 0.0
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), X.shape[1]))
    np.add.at(sums, codes, centred)
    return float((np.square(sums).sum(axis=1) / counts).sum() / total)


CANDIDATES = range(2, 16)
"""Numbers of clusters that are tried."""


def checked_candidates(
    n: int, candidates: Sequence[int] = CANDIDATES, size: int = 1000
) -> NDArray[np.int64]:
    """The candidates (k,) in order. Raises UsageError where n samples are too few for them."""
    counts = np.array(sorted(set(candidates)))
    if len(counts) < 3 or counts[0] < 1 or counts[-1] > min(size, n):
        raise UsageError(
            f"number of clusters: expected at least three candidates from 1 to "
            f"{min(size, n)}, the number of samples, got {counts.tolist()}; give the number of "
            "clusters, or more samples"
        )
    return counts


def choose_n_clusters(
    X: Any,
    candidates: Sequence[int] = CANDIDATES,
    *,
    subsamples: int = 10,
    size: int = 1000,
    cluster: Callable[[NDArray[Any], int], NDArray[Any]] | None = None,
    by: Literal["knee", "largest"] = "knee",
    random_state: Any = None,
) -> int:
    """The candidate from which on more clusters explain little more; or that explains most.

    k-means for every candidate k in `subsamples` draws of `size` rows of X (n, d) gives the ratio
    of between to total sum of squares, averaged over the draws. The ratio only rises with k, so
    the answer is its knee: the candidate farthest above the chord from first to last (Satopää et
    al., *Finding a "kneedle" in a haystack*, 2011).

    cluster : clusters rows into k, instead of k-means; the dissertation (§5.3.4) takes spectral
        clusterings.
    by : "largest", as the dissertation has it, takes the largest ratio: the most clusters, unless
        `cluster` gives worse ones for more.

    Raises UsageError where X has fewer rows than the largest candidate.
    """
    X = check_array(X, dtype=np.float32)
    counts = checked_candidates(len(X), candidates, size)
    random = check_random_state(random_state)
    ratios = np.zeros(len(counts))
    for _ in range(subsamples):
        sample = X[random.permutation(len(X))[:size]]
        for position, k in enumerate(counts):
            labels = (
                KMeans(int(k), n_init=3, random_state=random).fit_predict(sample)
                if cluster is None
                else cluster(sample, int(k))
            )
            ratios[position] += between_ratio(sample, labels) / subsamples
    chosen = _knee(counts, ratios) if by == "knee" else int(np.argmax(ratios))
    return int(counts[chosen])


def _knee(x: NDArray[Any], y: NDArray[Any]) -> int:
    """Position of the point of a rising, flattening curve that lies farthest above its chord."""
    along = (x - x[0]) / (x[-1] - x[0])
    height = (y - y[0]) / max(float(y[-1] - y[0]), np.finfo(np.float64).tiny)
    return int(np.argmax(height - along))
