"""Small faces on large scans: how many of drawn people are found, at random places on a page.

    python benchmarks/scans.py [--look normal] [--seed 1] [--pages 3]

Draws portraits, shrinks them until the face has the given share of the longer side, and pastes them
without overlap on paper of one brightness. A face counts as found at an intersection over union of
0.4; what no face was pasted for is too many.
"""

import argparse
import time

import cv2
import numpy as np

from prosopon import config, faces, geometry, zoo
from prosopon.faces import DetectorSettings
from prosopon.records import Float32, UInt8
from prosopon.synthetic import Appearance, Person, Portrait, Setting, render

SIDE = 300
PAGES = {  # width, height, people
    "4,000×2,600": (4000, 2600, 40),
    "3,000×4,200": (3000, 4200, 12),
    "6,000×4,000": (6000, 4000, 4),
    "24,000×1,500": (24000, 1500, 6),
    "1,200×900": (1200, 900, 10),
}
SHARES = (0.03, 0.02, 0.015)
"""Height of a face as a share of the longer side, at least 20 pixels."""
GROUNDS = (20, 128, 240)


def main() -> None:
    """Print a row for each size of page and of faces."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--look", choices=config.LOOKS, default="normal")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pages", type=int, default=3, help="of each kind")
    arguments = parser.parse_args()
    zoo.configure(threads=1)
    look = config.LOOKS[arguments.look]
    detector = faces.detector(zoo.load(look.detector), DetectorSettings(*look[1:]))
    rng = np.random.default_rng(arguments.seed)
    drawn = [draw(rng) for _ in range(24)]
    print("| page | height of the faces | found | too many | processor ms a page |")
    print("|---|---|---|---|---|")
    for name, (width, height, people) in PAGES.items():
        for share in SHARES:
            size = min(max(share * max(width, height), 20), 0.4 * height)
            found, there, extra, start = 0, 0, 0, 0.0
            for number in range(arguments.pages):
                ground = GROUNDS[number % len(GROUNDS)]
                page, boxes = paste(rng, drawn, (width, height, people), size, ground)
                before = time.process_time()
                overlaps = geometry.iou(boxes, detector.find(page).boxes)
                start += time.process_time() - before
                found += int((overlaps.max(axis=1, initial=0) > 0.4).sum())
                extra += int((overlaps.max(axis=0, initial=0) < 0.3).sum())
                there += len(boxes)
            print(
                f"| {name} | {size:.0f} px ({100 * size / max(width, height):.1f} %) | "
                f"{found} of {there} | {extra} | {1000 * start / arguments.pages:.0f} |",
                flush=True,
            )


def draw(rng: np.random.Generator) -> Portrait:
    """Somebody."""
    person = Person.sample(rng)
    return render(person, Appearance.sample(rng, person), Setting.sample(rng), SIDE)


def paste(
    rng: np.random.Generator,
    drawn: list[Portrait],
    page: tuple[int, int, int],
    size: float,
    ground: int,
) -> tuple[UInt8, Float32]:
    """A page (width, height, people) and the boxes (n, 4) of the faces, each `size` pixels high."""
    width, height, people = page
    pixels = np.full((height, width, 3), ground, np.uint8)
    boxes: list[Float32] = []
    places: list[tuple[int, int, int]] = []
    for _ in range(50 * people):
        portrait = drawn[int(rng.integers(len(drawn)))]
        side = round(SIDE * size / float(portrait.box[3] - portrait.box[1]))
        if len(boxes) == people or side >= min(width, height):
            break
        x, y = int(rng.integers(width - side)), int(rng.integers(height - side))
        if any(abs(x - a) < max(side, s) and abs(y - b) < max(side, s) for a, b, s in places):
            continue
        small = cv2.resize(portrait.pixels, (side, side), interpolation=cv2.INTER_AREA)
        pixels[y : y + side, x : x + side] = small
        places.append((x, y, side))
        boxes.append(portrait.box * side / SIDE + [x, y, x, y])
    return pixels, np.array(boxes, np.float32)


if __name__ == "__main__":
    main()
