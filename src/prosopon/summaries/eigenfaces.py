"""Eigenfaces: the mean of a cluster's aligned faces and the ways in which they differ most.

Turk and Pentland (1991); as a summary of a cluster: Anzalone et al. (2019).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Self

import cv2
import numpy as np
from sklearn.decomposition import IncrementalPCA

from prosopon.errors import UsageError
from prosopon.records import Float32, UInt8

BATCH = 128
"""Faces that are taken in at once: what memory bounds, not the size of the cluster."""


@dataclass(frozen=True, slots=True, eq=False)
class Eigenfaces:
    """Mean and leading components of a cluster's faces."""

    mean: Float32
    """(h, w, 3) in 0–255."""
    components: Float32
    """(k, h, w, 3) of unit length, each with its largest value positive."""
    deviations: Float32
    """(k,) standard deviation of the faces along each component."""
    explained: Float32
    """(k,) share of the variance."""
    faces: int

    @classmethod
    def of_one(cls, mean: Float32) -> Self:
        """Without components: of a single face."""
        none = np.empty(0, np.float32)
        return cls(mean, np.empty((0, *mean.shape), np.float32), none, none, 1)

    def picture(self) -> UInt8:
        """The mean as a picture (h, w, 3)."""
        return _to_bytes(self.mean)

    def walk(self, component: int, steps: tuple[float, ...] = (-2.0, 0.0, 2.0)) -> UInt8:
        """The mean moved along a component by so many deviations: (steps, h, w, 3)."""
        direction = self.components[component] * self.deviations[component]
        return np.stack([_to_bytes(self.mean + step * direction) for step in steps])


def eigenfaces(
    chips: UInt8 | Iterable[UInt8], components: int = 4, size: tuple[int, int] = (96, 96)
) -> Eigenfaces:
    """Principal components of the flattened faces, resized to `size` (height, width).

    chips : (n, h, w, 3) uint8, or an iterable of such batches, each seen once: clusters of any size
    fit (incremental, Ross et al. 2008). Up to BATCH faces the result is exact. There are at most
    n − 1 components. Raises UsageError where there is no face.
    """
    batches = _batches([chips] if isinstance(chips, np.ndarray) else chips, size)
    first = next(batches, None)
    if first is None:
        raise UsageError("eigenfaces: there is no face in the cluster")
    shape = (*size, 3)
    if len(first) == 1:
        return Eigenfaces.of_one(first[0].reshape(shape))
    model = IncrementalPCA(n_components=min(components, len(first) - 1))
    seen = 0
    with np.errstate(invalid="ignore"):  # equal faces have no variance to share out
        for batch in chain([first], batches):
            model.partial_fit(batch)
            seen += len(batch)
    found = model.components_
    largest = np.abs(found).argmax(axis=1)
    signs = np.sign(found[np.arange(len(found)), largest])
    return Eigenfaces(
        mean=model.mean_.reshape(shape).astype(np.float32),
        components=(found * signs[:, None]).reshape(-1, *shape).astype(np.float32),
        deviations=np.sqrt(model.explained_variance_).astype(np.float32),
        explained=np.nan_to_num(model.explained_variance_ratio_).astype(np.float32),
        faces=seen,
    )


def _batches(chips: Iterable[UInt8], size: tuple[int, int]) -> Iterator[Float32]:
    """Flattened faces, BATCH together; a last batch too small for the components joins the one
    before."""
    waiting: list[Float32] = []
    for batch in chips:
        for chip in batch:
            resized = cv2.resize(chip, size[::-1], interpolation=cv2.INTER_AREA)
            waiting.append(resized.reshape(-1).astype(np.float32))
            if len(waiting) == 2 * BATCH:
                yield np.stack(waiting[:BATCH])
                waiting = waiting[BATCH:]
    if waiting:
        yield np.stack(waiting)


def _to_bytes(values: Float32) -> UInt8:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
