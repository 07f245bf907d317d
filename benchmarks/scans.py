"""Small faces on large scans: how many of drawn people are found, at random places on a page.

    python benchmarks/scans.py [--look normal] [--seed 1] [--pages 3]

Draws portraits, shrinks them until the face has the given share of the longer side, and pastes them
without overlap on paper of one brightness; then a class of 120 in rows, and a panorama of two. A
face counts as found at an intersection over union of
0.4; what no face was pasted for is too many.
"""

import argparse
import time

import cv2
import numpy as np

from prosopon import config, faces, geometry, zoo
from prosopon.faces import DetectorSettings
from prosopon.protocols import Detector
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
SCENES = {  # width, height, people, people in a row, pixels of a portrait's side
    "4,000×2,600, 120 people in rows": [(4000, 2600, 120, 15, side) for side in (260, 160, 110)],
    "24,000×1,500, two heads": [(24000, 1500, 2, 2, 1400)],
}


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
            size = min(max(share * max(width, height), 20), 0.25 * height)
            pages = [
                paste(rng, drawn, (width, height, people), size, GROUNDS[number % len(GROUNDS)])
                for number in range(arguments.pages)
            ]
            row(name, detector, pages)
    for name, scenes in SCENES.items():
        for scene in scenes:
            row(name, detector, [in_rows(drawn, *scene)])


def row(name: str, detector: Detector, pages: list[tuple[UInt8, Float32]]) -> None:
    """Print how many of the faces on some pages are found, and what it costs."""
    found, there, extra, took = 0, 0, 0, 0.0
    for page, boxes in pages:
        before = time.process_time()
        seen = detector.find(page).boxes
        took += time.process_time() - before
        overlaps = geometry.iou(boxes, seen)
        found += int((overlaps.max(axis=1, initial=0) > 0.4).sum())
        extra += int((overlaps.max(axis=0, initial=0) < 0.3).sum())
        there += len(boxes)
    heights = np.concatenate([boxes[:, 3] - boxes[:, 1] for _, boxes in pages])
    size, longest = float(heights.mean()), max(pages[0][0].shape[:2])
    print(
        f"| {name} | {size:.0f} px ({100 * size / longest:.1f} %) | "
        f"{found} of {there} | {extra} | {1000 * took / len(pages):.0f} |",
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
    return pixels, np.array(boxes, np.float32).reshape(-1, 4)


def in_rows(
    drawn: list[Portrait], width: int, height: int, people: int, columns: int, side: int
) -> tuple[UInt8, Float32]:
    """A grey picture with portraits of `side` pixels in rows, and the boxes of the faces."""
    pixels, boxes = np.full((height, width, 3), 128, np.uint8), []
    rows = -(-people // columns)
    for number in range(people):
        line, column = divmod(number, columns)
        x, y = column * width // columns, line * height // rows
        portrait = drawn[number % len(drawn)]
        way = cv2.INTER_AREA if side < SIDE else cv2.INTER_LINEAR
        small = cv2.resize(portrait.pixels, (side, side), interpolation=way)
        pixels[y : y + side, x : x + side] = small
        boxes.append(portrait.box * side / SIDE + [x, y, x, y])
    return pixels, np.array(boxes, np.float32).reshape(-1, 4)


if __name__ == "__main__":
    main()
