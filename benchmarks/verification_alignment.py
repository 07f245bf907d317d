"""Where an embedder's accuracy on a list of pairs goes: detector, mirror, centring.

python benchmarks/verification_alignment.py mobilefacenet --lfw lfw/ --detectors mtcnn yunet
"""

import argparse
from pathlib import Path

import numpy as np

from prosopon import config, faces, zoo
from prosopon.records import Float32
from prosopon.studies.models import aligned_faces
from prosopon.studies.verify import Task, read_pairs
from prosopon.verification import scoring


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("embedder")
    parser.add_argument("--lfw", type=Path, required=True)
    parser.add_argument("--detectors", nargs="+", default=["mtcnn"])
    given = parser.parse_args()
    pairs, pictures = read_pairs(Task("lfw", given.lfw))
    embedder = faces.embedder(zoo.load(given.embedder))
    for detector in given.detectors:
        portraits = aligned_faces(pictures, config.load(detector=detector))
        plain, mirrored = (portraits.vectors(embedder, mirror=each) for each in (False, True))
        for name, rows in (
            ("plain", plain),
            ("mirrored", mirrored),
            ("mirrored, centred", centred(mirrored)),
        ):
            scores = scoring.score(scoring.similarities(rows, pairs), pairs)
            error = 100 * scores.standard_error
            print(f"{detector}, {name}: {100 * scores.accuracy:.2f} ± {error:.2f} %, ", end="")
            print(f"AUC {scores.area:.5f}")


def centred(rows: Float32) -> Float32:
    """Unit vectors about the mean of all."""
    moved = rows - np.nanmean(rows, axis=0)
    unit: Float32 = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return unit


if __name__ == "__main__":
    main()
