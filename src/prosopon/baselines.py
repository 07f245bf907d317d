"""The same jobs done by dlib itself and by scikit-learn, to compare with on one machine.

Everything here is as those libraries' own examples have it. Vectors are rows (n, d) of unit length.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from prosopon.records import Float32, Int32, UInt8


def dlib_cnn_detector(weights: Path) -> Callable[[UInt8], int]:
    """dlib's CNN detector: a picture (H, W, 3) → how many faces it finds, without upsampling."""
    import dlib

    detector = dlib.cnn_face_detection_model_v1(str(weights))
    return lambda pixels: len(detector(pixels, 0))


def dlib_hog_detector() -> Callable[[UInt8], int]:
    """dlib's frontal detector by gradients: a picture (H, W, 3) → how many faces it finds."""
    import dlib

    detector = dlib.get_frontal_face_detector()
    return lambda pixels: len(detector(pixels, 0))


def dlib_embedder(weights: Path) -> Callable[[UInt8], Float32]:
    """dlib's ResNet: a chip (150, 150, 3) → (128,), not normalised."""
    import dlib

    model = dlib.face_recognition_model_v1(str(weights))
    return lambda chip: np.array(model.compute_face_descriptor(chip), np.float32)


def dlib_chinese_whispers(vectors: Float32, cosine: float) -> Int32:
    """(n,) labels by dlib's clustering, faces at least `cosine` alike being linked."""
    import dlib

    rows: Sequence[Any] = [dlib.vector(row) for row in vectors.astype(np.float64)]
    distance = float(np.sqrt(2 - 2 * cosine))
    return np.array(dlib.chinese_whispers_clustering(rows, distance), np.int32)


def sklearn_neighbours(vectors: Float32, k: int) -> None:
    """The `k` nearest of each row, by scikit-learn's exact search on all cores."""
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=k + 1, metric="cosine", algorithm="brute", n_jobs=-1)
    found.fit(vectors).kneighbors(vectors)


def sklearn_dbscan(vectors: Float32, cosine: float) -> Int32:
    """(n,) labels by scikit-learn's DBSCAN, faces at least `cosine` alike being neighbours."""
    from sklearn.cluster import DBSCAN

    found = DBSCAN(eps=1 - cosine, min_samples=2, metric="cosine", n_jobs=-1).fit(vectors)
    return np.asarray(found.labels_, np.int32)
