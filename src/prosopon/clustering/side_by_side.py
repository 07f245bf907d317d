"""How alike people are who were photographed together: strangers as this collection has them.

Two faces of one photograph are two people. They tell of the age of the pictures, of drawn people,
of children, before anything is grouped.
"""

import numpy as np

from prosopon.records import Float32, Int32, Int64

PHOTOGRAPHS = 100
"""So many tell enough."""
MOST = 2
"""Pairs of a photograph that tell something by themselves, for each face in it."""
LIMIT = 0.9999
"""Largest cosine that is transformed."""
LIKENESS = 0.5
"""Standard deviations of strangers by which people in one photograph resemble one another more than
people in two: the light is the same, and they may be relatives (the same faces: LFW .4, CelebA .2,
drawn people .1; beside all other faces: LFW .65, CelebA .6)."""


def seen_together(
    vectors: Float32, photos: Int64, pictures: Int32, most: float
) -> tuple[int, float]:
    """How many pairs of people there are in one photograph, and the mean over photographs of the
    median of their transformed cosines; 0 and 0 where there are none.

    photos : (n,) number of each face's photograph, -1 for faces that don't count.
    pictures : (n,) as of `near_duplicates`; of copies of a photograph one counts.
    most : transformed cosine that the median is below: collages show one person several times.
    """
    rows = np.flatnonzero(photos >= 0)
    rows = rows[np.argsort(photos[rows], kind="stable")]
    _, starts, counts = np.unique(photos[rows], return_index=True, return_counts=True)
    shared = np.random.default_rng(0).permutation(np.flatnonzero(counts > 1))[:PHOTOGRAPHS]
    groups = [rows[starts[one] : starts[one] + counts[one]] for one in shared]
    distinct = {tuple(np.unique(pictures[group]).tolist()): group for group in groups}
    pairs, total = 0, 0.0
    for group in distinct.values():
        cosines = (vectors[group] @ vectors[group].T)[np.triu_indices(len(group), 1)]
        median = float(np.arctanh(np.clip(np.median(cosines), -LIMIT, LIMIT)))
        if median < most:
            count = min(len(cosines), MOST * len(group))
            pairs += count
            total += count * median
    return pairs, total / max(pairs, 1)
