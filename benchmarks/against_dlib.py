"""The converted networks beside dlib itself: speed as a ratio, and whether they say the same.

    python benchmarks/against_dlib.py FOLDER… [--pictures 12] [--chips 32]

Both run in this process on the same pictures: MMOD at the same scale (no enlargement), the ResNet
on the same chips. dlib runs as its wheel was built; the networks here on as many threads as there
are cores.
"""

import argparse
import time
from pathlib import Path

import dlib
import numpy as np

from prosopon import faces, geometry, photos, zoo
from prosopon.faces import DetectorSettings
from prosopon.records import Limits, UInt8

WINDOW = 80
"""Pixels of MMOD's window: at this smallest face nothing is enlarged."""


def main() -> None:
    """Print both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--pictures", type=int, default=12)
    parser.add_argument("--chips", type=int, default=32)
    arguments = parser.parse_args()
    files = [file.path for file in photos.Walk(arguments.folders)]
    step = max(1, len(files) // arguments.pictures)
    pictures = [photos.read(path, Limits()).pixels for path in files[::step]][: arguments.pictures]
    chips = compare_detection(pictures)
    compare_embedding(chips[: arguments.chips])


def compare_detection(pictures: list[UInt8]) -> UInt8:
    """Compare MMOD, and return chips of the faces that were found."""
    model = zoo.load("mmod")
    ours = faces.detector(model, DetectorSettings(WINDOW, 10_000))
    theirs = dlib.cnn_face_detection_model_v1(str(zoo.checked_source(model.card)))
    pipeline = faces.pipeline(model, zoo.load("dlib-resnet"), zoo.load("dlib-landmarks-5"))
    ours.find(pictures[0])
    seconds, agreed, found, chips = np.zeros(2), 0, 0, []
    for pixels in pictures:
        start = time.perf_counter()
        mine = ours.find(pixels)
        middle = time.perf_counter()
        wanted = [face.rect for face in theirs(pixels, 0)]
        seconds += middle - start, time.perf_counter() - middle
        boxes = [(r.left(), r.top(), r.right() + 1, r.bottom() + 1) for r in wanted]
        overlaps = geometry.iou(np.array(boxes, np.float32).reshape(-1, 4), mine.boxes)
        agreed += int(np.count_nonzero(overlaps.max(axis=1, initial=0) >= 0.8))
        found += len(boxes)
        chips.append(pipeline.cut(pixels, mine))
    print(
        f"MMOD: {1000 * seconds[0] / len(pictures):.0f} ms a picture, dlib "
        f"{1000 * seconds[1] / len(pictures):.0f} ms: {seconds[1] / seconds[0]:.1f} times as fast; "
        f"{agreed} of dlib's {found} detections found with IoU ≥ 0.8"
    )
    return np.concatenate(chips)


def compare_embedding(chips: UInt8) -> None:
    """Compare the ResNet on the same chips."""
    model = zoo.load("dlib-resnet")
    ours = faces.embedder(model)
    theirs = dlib.face_recognition_model_v1(str(zoo.checked_source(model.card)))
    start = time.perf_counter()
    mine = ours.embed(chips)
    middle = time.perf_counter()
    raw = np.array([theirs.compute_face_descriptor(np.ascontiguousarray(chip)) for chip in chips])
    seconds = middle - start, time.perf_counter() - middle
    unit = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    print(
        f"ResNet: {1000 * seconds[0] / len(chips):.1f} ms a chip, dlib "
        f"{1000 * seconds[1] / len(chips):.0f} ms: {seconds[1] / seconds[0]:.1f} times as fast; "
        f"largest difference {np.abs(mine - unit).max():.1e} over {len(chips)} chips"
    )


if __name__ == "__main__":
    main()
