"""Judging an embedder while it is trained, by pairs of held-out faces."""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from prosopon.metrics.verification import Roc, best_threshold
from prosopon.records import Float32, Int64, UInt8

_JUDGED_ON = 2000
"""Pairs of each kind."""


def pair_judge(
    chips: UInt8, people: Sequence[str]
) -> Callable[[Callable[[UInt8], Float32]], dict[str, float]]:
    """A function from an embedder (chips → vectors) to accuracy (at the best threshold) and area
    of pairs of these faces."""
    rng = np.random.default_rng(0)
    labels = np.array(people)
    pairs = np.array(list(combinations(range(len(chips)), 2)))
    same = labels[pairs[:, 0]] == labels[pairs[:, 1]]
    chosen: Int64 = np.concatenate(
        [rng.permutation(np.flatnonzero(kind))[:_JUDGED_ON] for kind in (same, ~same)]
    )

    def judge(embed: Callable[[UInt8], Float32]) -> dict[str, float]:
        vectors = embed(chips)
        left, right = pairs[chosen].T
        cosine = np.einsum("ij,ij->i", vectors[left], vectors[right])
        truth = same[chosen]
        threshold = best_threshold(cosine, truth)
        accuracy = float(np.mean((cosine >= threshold) == truth))
        return {"accuracy": accuracy, "area": Roc.of(cosine, truth).area}

    return judge
