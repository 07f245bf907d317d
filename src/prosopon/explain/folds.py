"""Parts of a data set, over which classifiers are trained and intervals taken."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from prosopon.errors import UsageError
from prosopon.records import Int64


def folds_of(truth: ArrayLike, people: Sequence[str], count: int, seed: int = 0) -> Int64:
    """(n,) the part, 0 to `count` − 1, that each face belongs to: parts alike in their share of
    each answer, and nobody in two of them where it is known who it is ('' where not).

    Raises UsageError where there are fewer people, or faces with either answer, than parts.
    """
    labels, names = np.asarray(truth), np.asarray(people)
    answers, counts = np.unique(labels, return_counts=True)
    groups = np.where(names == "", np.char.add("face ", np.arange(len(names)).astype(str)), names)
    able = min(int(counts.min()), len(np.unique(groups)))
    if len(answers) < 2 or able < count:
        raise UsageError(
            f"{count} parts need {count} faces or more with either answer, and as many people: "
            f"there are {able if len(answers) > 1 else 0}"
        )
    if (names != "").any():
        grouped = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
        splits = grouped.split(labels, labels, groups)
    else:
        splits = StratifiedKFold(count, shuffle=True, random_state=seed).split(labels, labels)
    folds = np.zeros(len(labels), np.int64)
    for part, (_, rows) in enumerate(splits):
        folds[rows] = part
    return folds
