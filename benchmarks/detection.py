"""Detectors side by side on labelled photographs: recall by size at equal precision, and time.

    python benchmarks/detection.py ../shared/data/wider [--forms colour grey old]
    python benchmarks/detection.py ../shared/data/group_photos/faces
    python benchmarks/detection.py ../shared/data/lfw --portraits 300

Reads `boxes.csv` (image, x, y, w, h in pixels) beside `images/`, or dlib's `training.xml` and
`testing.xml`. Forms: `grey` without colour; `old` is grey, three fifths of the size, JPEG quality
60. A face counts as found at an intersection over union of 0.5, or 0.3 for MMOD, whose square boxes
frame less than the labels do. Found boxes that meet no label at 0.3 count against precision, though
some are faces without one. The threshold of a row is the one at which this precision is 0.95, on
the same pictures. `--portraits` takes as many photographs of one person each, evenly from the
folder, and tells in how many a face is found by the detector's own threshold.
"""

import argparse
import csv
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np

from prosopon import config, faces, geometry, photos, zoo
from prosopon.faces import DetectorSettings
from prosopon.protocols import Detector
from prosopon.records import Float32, UInt8

SIZES = (20, 40)
"""Heights in pixels of the original from which labelled faces count."""
PRECISION = 0.95
LOWEST = {"mtcnn": 0.5, "mmod": -0.5}
"""The threshold from which curves are drawn; 0.2 for the others."""
_XML = ("left", "top", "width", "height")
Row = tuple[Float32, Float32, Float32]
"""Heights of labelled faces, their overlaps with those found (n, m), scores (m,)."""


def _grey(pixels: UInt8) -> UInt8:
    return np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def _old(pixels: UInt8) -> UInt8:
    small = cv2.resize(_grey(pixels), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    return cv2.imdecode(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], 1)


FORMS: dict[str, tuple[Callable[[UInt8], UInt8], float]] = {
    "colour": (lambda pixels: pixels, 1.0),
    "grey": (_grey, 1.0),
    "old": (_old, 0.6),
}


def detectors() -> dict[str, tuple[str, DetectorSettings]]:
    """Row → card and settings: the three looks, and the other detectors at the default's size."""
    looks = {
        f"{look.detector}, {name}": (look.detector, DetectorSettings(*look[1:]))
        for name, look in config.LOOKS.items()
    }
    once = DetectorSettings(350_000, 350_000, 350_000)
    return looks | {f"{id}, 0.35 million": (id, once) for id in ("centerface", "mtcnn", "mmod")}


def main() -> None:
    """Print a row for each detector."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=["colour"])
    parser.add_argument("--rows", nargs="+", choices=detectors(), default=list(detectors()))
    parser.add_argument("--portraits", type=int, help="photographs of one person each to look at")
    arguments = parser.parse_args()
    zoo.configure(threads=1)
    files = sorted((arguments.data / "images").rglob("*.jpg"))
    print("| detector | form | recall ≥ 20 px | ≥ 40 px | threshold | processor ms a picture |")
    print("|---|---|---|---|---|---|")
    for form in arguments.forms:
        for name in arguments.rows:
            id, settings = detectors()[name]
            if arguments.portraits:
                count = arguments.portraits
                chosen = [files[n * len(files) // count] for n in range(count)]
                cells = portraits(faces.detector(zoo.load(id), settings), chosen, form)
            else:
                low = replace(settings, score_threshold=LOWEST.get(id, 0.2))
                detector = faces.detector(zoo.load(id), low)
                cells = labelled(detector, read_labels(arguments.data), form)
            print(f"| {name} | {form} | {cells} |", flush=True)


def find(detector: Detector, image: Path, form: str) -> tuple[Float32, Float32, float]:
    """Boxes in pixels of the original, scores, processor seconds."""
    treat, scale = FORMS[form]
    pixels = np.ascontiguousarray(treat(photos.read(image, config.load().limits).pixels))
    start = time.process_time()
    found = detector.find(pixels)
    return found.boxes / scale, found.scores, time.process_time() - start


def portraits(detector: Detector, files: list[Path], form: str) -> str:
    """In how many photographs of one person each a face is found."""
    found = [find(detector, file, form) for file in files]
    share = np.mean([len(boxes) > 0 for boxes, _, _ in found])
    return f"{share:.4f} | | | {1000 * np.mean([seconds for *_, seconds in found]):.0f}"


def labelled(detector: Detector, labels: dict[Path, Float32], form: str) -> str:
    """Recall by size at the precision that is asked for."""
    rows: list[Row] = []
    seconds = 0.0
    for image, boxes in labels.items():
        found, scores, took = find(detector, image, form)
        rows.append((boxes[:, 3] - boxes[:, 1], geometry.iou(boxes, found), scores))
        seconds += took
    threshold = _threshold(rows)
    least = 0.3 if detector.id == "mmod" else 0.5
    cells = [f"{_recall(rows, threshold, size, least):.3f}" for size in SIZES]
    return " | ".join([*cells, f"{threshold:.2f}", f"{1000 * seconds / len(labels):.0f}"])


def _threshold(rows: list[Row]) -> float:
    scores = np.concatenate([found for *_, found in rows])
    right = np.concatenate([overlaps.max(axis=0, initial=0) >= 0.3 for _, overlaps, _ in rows])
    order = np.argsort(-scores)
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    return float(scores[order][np.flatnonzero(precision >= PRECISION)[-1]])


def _recall(rows: list[Row], threshold: float, size: int, least: float) -> float:
    hits, there = 0, 0
    for heights, overlaps, scores in rows:
        found = overlaps[:, scores >= threshold].max(axis=1, initial=0) >= least
        hits += int(np.count_nonzero(found & (heights >= size)))
        there += int(np.count_nonzero(heights >= size))
    return hits / there


def read_labels(data: Path) -> dict[Path, Float32]:
    """Image → (n, 4) boxes."""
    boxes = defaultdict(list)
    if (data / "boxes.csv").exists():
        with (data / "boxes.csv").open(newline="") as stream:
            for entry in csv.DictReader(stream):
                x, y, w, h = (float(entry[key]) for key in "xywh")
                boxes[data / "images" / entry["image"]].append((x, y, x + w, y + h))
    else:
        for listing in ("training.xml", "testing.xml"):
            for image in ElementTree.parse(data / listing).iter("image"):
                for box in image.iter("box"):
                    x, y, w, h = (float(box.attrib[key]) for key in _XML)
                    boxes[data / image.attrib["file"].lower()].append((x, y, x + w, y + h))
    return {image: np.array(found, np.float32) for image, found in boxes.items()}


if __name__ == "__main__":
    main()
