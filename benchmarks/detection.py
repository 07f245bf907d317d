"""Detectors side by side on labelled photographs: recall by size, precision, time.

    python benchmarks/detection.py ../shared/data/wider [--pixels 700000] [--yunet MODEL.onnx]
    python benchmarks/detection.py ../shared/data/group_photos/faces
    python benchmarks/detection.py ../shared/data/celeba --portraits 500

Reads `boxes.csv` (image, x, y, w, h in pixels) beside `images/`, or dlib's `training.xml` and
`testing.xml`. `--portraits` takes as many photographs of one person each, evenly from the folder,
and tells in how many any face is found. A face counts as found at an
intersection over union of 0.5, or 0.3 for MMOD, whose square boxes frame less than the labels do.
Found boxes that meet no label at 0.3 count against precision, though some are faces without one.
"""

import argparse
import csv
import time
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from prosopon import faces, geometry, photos, zoo
from prosopon.faces import DetectorSettings
from prosopon.protocols import Detector
from prosopon.records import Float32, Limits

SIZES = (20, 40)
"""Heights in pixels from which labelled faces count."""
_XML = ("left", "top", "width", "height")


def main() -> None:
    """Print a row for each detector."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--pixels", type=int, default=700_000)
    parser.add_argument("--yunet", type=Path)
    parser.add_argument("--portraits", type=int, help="photographs of one person each to look at")
    arguments = parser.parse_args()
    settings = DetectorSettings(arguments.pixels)
    models = {name: zoo.load(name) for name in ("mtcnn", "mmod")}
    if arguments.yunet is not None:
        models["yunet"] = zoo.Model(zoo.card("yunet"), {"": arguments.yunet})
    if arguments.portraits:
        files = sorted((arguments.data / "images").rglob("*.jpg"))
        chosen = [files[n * len(files) // arguments.portraits] for n in range(arguments.portraits)]
        print(
            "| detector | photographs with a face | faces found | ms a picture |\n|---|---|---|---|"
        )
        for name, model in models.items():
            print(portraits(name, faces.detector(model, settings), chosen), flush=True)
        return
    labels = read_labels(arguments.data)
    print("| detector | " + " | ".join(f"recall ≥ {size} px" for size in SIZES), end="")
    print(" | precision | faces found | ms a picture |\n|---|---|---|---|---|---|")
    for name, model in models.items():
        print(row(name, faces.detector(model, settings), labels), flush=True)


def portraits(name: str, detector: Detector, files: list[Path]) -> str:
    """One detector's figures on photographs of one person each."""
    counts, seconds = [], 0.0
    for file in files:
        pixels = photos.read(file, Limits()).pixels
        start = time.perf_counter()
        counts.append(len(detector.find(pixels)))
        seconds += time.perf_counter() - start
    share = np.count_nonzero(counts) / len(files)
    return f"| {name} | {share:.4f} | {sum(counts):,} | {1000 * seconds / len(files):.0f} |"


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


def row(name: str, detector: Detector, labels: dict[Path, Float32]) -> str:
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
        pixels = photos.read(image, Limits()).pixels
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
