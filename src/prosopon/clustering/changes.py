"""What became of the clusters from one run to the next."""

from dataclasses import dataclass

import numpy as np

from prosopon.records import Clustering


@dataclass(frozen=True, slots=True)
class Changes:
    """Clusters of the earlier run against those of the later, all by their labels there."""

    continues: dict[int, int]
    """Later label: the earlier one that it continues, one to one, by most common faces first."""
    joined: dict[int, int]
    """Later label: how many faces joined it that the earlier run didn't know."""
    merged: dict[int, list[int]]
    """Later label: the earlier ones, two or more, that its faces come from."""
    split: dict[int, list[int]]
    """Earlier label: the later ones, two or more, that its faces went to."""
    appeared: list[int]
    """Later labels that continue none."""
    vanished: list[int]
    """Earlier labels that none continues."""


def changes(earlier: Clustering, later: Clustering) -> Changes:
    """Compare two runs by the faces that both know; faces in no cluster are left out."""
    _, before, after = np.intersect1d(
        earlier.face_ids, later.face_ids, assume_unique=True, return_indices=True
    )
    olds, news = earlier.labels[before].astype(np.int64), later.labels[after]
    wide = int(news.max(initial=0)) + 1
    codes, common = np.unique((olds * wide + news)[(olds >= 0) & (news >= 0)], return_counts=True)
    pairs = np.column_stack(np.divmod(codes, wide))
    continues: dict[int, int] = {}
    taken: set[int] = set()
    for old, new in pairs[np.argsort(-common, kind="stable")].tolist():
        if new not in continues and old not in taken:
            continues[new] = old
            taken.add(old)
    sources: dict[int, list[int]] = {}
    targets: dict[int, list[int]] = {}
    for old, new in pairs.tolist():
        sources.setdefault(new, []).append(old)
        targets.setdefault(old, []).append(new)
    fresh = ~np.isin(later.face_ids, earlier.face_ids) & (later.labels >= 0)
    newcomers = zip(*np.unique_counts(later.labels[fresh]), strict=True)
    return Changes(
        continues=continues,
        joined={int(label): int(n) for label, n in newcomers if int(label) in continues},
        merged={new: old for new, old in sources.items() if len(old) > 1},
        split={old: new for old, new in targets.items() if len(new) > 1},
        appeared=sorted(set(_labels(later)) - set(continues)),
        vanished=sorted(set(_labels(earlier)) - taken),
    )


def _labels(clustering: Clustering) -> list[int]:
    labels: list[int] = np.unique(clustering.labels[clustering.labels >= 0]).tolist()
    return labels
