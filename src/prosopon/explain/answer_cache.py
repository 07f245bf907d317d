"""Answers of classifiers, cached in a folder, so that an interrupted study need not ask again."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prosopon.explain.importance import Classifier, respond
from prosopon.explain.occlusions import Fill, occlusions
from prosopon.files import replacing
from prosopon.records import Float32, UInt8

_TOGETHER = 64
"""Faces after whose answers they are written."""


def cached(folder: Path, key: object, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    """What `compute` gives, cached in `folder` for the next time under the same key."""
    file = folder / f"answers-{zlib.crc32(repr(key).encode()):08x}.npy"
    if file.exists():
        found: NDArray[Any] = np.load(file, allow_pickle=False)
        return found
    values = compute()
    with replacing(file) as fresh:
        np.save(fresh, values)
    return values


def answers(
    folder: Path,
    name: str,
    classifier: Classifier,
    pictures: UInt8,
    landmarks: Float32,
    fill: Fill,
) -> NDArray[Any]:
    """As `explain.respond` with all occlusions, for the finished classifier of that name."""
    parts = []
    for start in range(0, len(pictures), _TOGETHER):
        some = pictures[start : start + _TOGETHER]
        points = landmarks[start : start + _TOGETHER]
        key = (name, fill, zlib.crc32(some.tobytes()))

        def ask(some: UInt8 = some, points: Float32 = points) -> NDArray[Any]:
            return respond(classifier, some, points, occlusions(), fill)

        parts.append(cached(folder / name, key, ask))
    return np.concatenate(parts, axis=1)
