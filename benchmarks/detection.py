"""Detectors side by side on WIDER FACE photographs: recall by size, precision, time.

    python benchmarks/detection.py ../shared/data/wider [--smallest-face 20] [--yunet MODEL.onnx]

Reads `boxes.csv` (image, x, y, w, h in pixels) beside `images/`. A face counts as found at an
intersection over union of 0.5, or 0.3 for MMOD, whose square boxes frame less than the labels do.
Found boxes that meet no label at 0.3 count against precision, though some are faces without one.
"""

import argparse
import csv
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from prosopon import faces, geometry, photos, zoo
from prosopon.faces import DetectorSettings
from prosopon.protocols import Detector
from prosopon.records import Float32

SIZES = (20, 40)
"""Heights in pixels from which labelled faces count."""


def main() -> None:
    """Print a row for each detector."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--smallest-face", type=int, default=20)
    parser.add_argument("--yunet", type=Path)
    arguments = parser.parse_args()
    labels = read_labels(arguments.data / "boxes.csv")
    settings = DetectorSettings(arguments.smallest_face, 10_000)
    models = {name: zoo.load(name) for name in ("mtcnn", "mmod")}
    if arguments.yunet is not None:
        models["yunet"] = zoo.Model(zoo.card("yunet"), {"": arguments.yunet})
    print("| detector | " + " | ".join(f"recall ≥ {size} px" for size in SIZES), end="")
    print(" | precision | faces found | ms a picture |\n|---|---|---|---|---|---|")
    for name, model in models.items():
        print(row(name, faces.detector(model, settings), labels, arguments.data / "images"))


def read_labels(file: Path) -> dict[str, Float32]:
    """Image → (n, 4) boxes."""
    boxes = defaultdict(list)
    with file.open(newline="") as stream:
        for entry in csv.DictReader(stream):
            x, y, w, h = (float(entry[key]) for key in "xywh")
            boxes[entry["image"]].append((x, y, x + w, y + h))
    return {image: np.array(found, np.float32) for image, found in boxes.items()}


def row(name: str, detector: Detector, labels: dict[str, Float32], images: Path) -> str:
    """One detector's figures."""
    least = 0.3 if name == "mmod" else 0.5
    found, there, right, total, seconds = (
        dict.fromkeys(SIZES, 0),
        dict.fromkeys(SIZES, 0),
        0,
        0,
        0.0,
    )
    for image, boxes in labels.items():
        pixels = photos.read(images / image, 10**9).pixels
        start = time.perf_counter()
        answer = detector.find(pixels)
        seconds += time.perf_counter() - start
        overlaps = geometry.iou(boxes, answer.boxes)
        hit = overlaps.max(axis=1, initial=0) >= least
        heights = boxes[:, 3] - boxes[:, 1]
        for size in SIZES:
            found[size] += int(np.count_nonzero(hit & (heights >= size)))
            there[size] += int(np.count_nonzero(heights >= size))
        right += int(np.count_nonzero(overlaps.max(axis=0, initial=0) >= 0.3))
        total += len(answer)
    recalls = " | ".join(f"{found[size] / there[size]:.3f}" for size in SIZES)
    speed = 1000 * seconds / len(labels)
    return f"| {name} | {recalls} | {right / total:.3f} | {total:,} | {speed:.0f} |"


if __name__ == "__main__":
    main()
