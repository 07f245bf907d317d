"""Classifiers' answers, kept in a folder, so that an interrupted study need not ask again."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prosopon.explain import occlusions, respond
from prosopon.explain.importance import Classifier
from prosopon.explain.occlusions import Fill
from prosopon.studies.explain.faces import Labelled

_TOGETHER = 64
"""Faces after whose answers they are written."""


def kept(folder: Path, key: object, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    """What `compute` gives, kept in `folder` for the next time under the same key."""
    file = folder / f"answers-{zlib.crc32(repr(key).encode()):08x}.npy"
    if file.exists():
        found: NDArray[Any] = np.load(file, allow_pickle=False)
        return found
    values = compute()
    folder.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial.npy")
    np.save(partial, values)
    partial.replace(file)
    return values


def answers(
    folder: Path, name: str, classifier: Classifier, faces: Labelled, fill: Fill
) -> NDArray[Any]:
    """As `explain.respond` with all occlusions, for the finished classifier of that name."""
    parts = []
    for start in range(0, len(faces), _TOGETHER):
        some = faces.rows(np.arange(start, min(start + _TOGETHER, len(faces))))
        key = (name, fill, zlib.crc32(some.pictures.tobytes()))

        def ask(some: Labelled = some) -> NDArray[Any]:
            return respond(classifier, some.pictures, some.landmarks, occlusions(), fill)

        parts.append(kept(folder / name, key, ask))
    return np.concatenate(parts, axis=1)
