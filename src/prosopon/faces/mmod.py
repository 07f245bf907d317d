"""dlib's CNN face detector: max-margin object detection (King 2015, arXiv:1502.00046).

The network scores windows of 80 by 80 pixels, every eighth pixel each way, in all levels of a
pyramid that shrinks by 5/6. Boxes are squares from the eyebrows to the chin. It gives no
landmarks; scores are margins: above 0 is a face, a clear one scores about 1.

The levels lie in one picture, as dlib lays them out, so that windows fall on the same pixels and
the same faces come out: the column under the first level goes down, the next column back up.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from prosopon.faces.settings import DetectorSettings, resize
from prosopon.geometry import suppress
from prosopon.protocols import Detector
from prosopon.records import Faces, Float32, UInt8
from prosopon.zoo import Model

WINDOW = 80
SMALLEST = 40
"""Pixels of the smallest face that is looked for: half of it costs four times as much."""
STRIDE = 8
FIRST_CENTRE = 14.5
"""Where the centre of the first window lies, from the edge of the first pixel."""
SHRINK_NUMERATOR, SHRINK_DENOMINATOR = 5, 6
GAP, MARGIN = 10, 11
"""Pixels between levels and around all of them."""
LEAST_HEIGHT = 5
RECEPTIVE = 29
"""Pixels each way that one cell of the network's first layers looks at: a picture has as many."""
MAX_IOU = 0.3382761351109955
"""From the model file: how much two detections may overlap."""


@dataclass(frozen=True, slots=True)
class _Tile:
    """Where one level lies in the picture of all levels, in pixels."""

    x: int
    y: int
    width: int
    height: int


class Mmod(Detector):
    """See the module."""

    gives_landmarks = False

    def __init__(self, model: Model, settings: DetectorSettings) -> None:
        self.id = model.card.id
        self.model = model
        self.settings = settings
        self.threshold = 0.0 if settings.score_threshold is None else settings.score_threshold

    def find(self, pixels: UInt8) -> Faces:
        """The faces of an upright RGB picture (H, W, 3) uint8; see `protocols.Detector`."""
        height, width = pixels.shape[:2]
        scale, *_ = self.settings.scales(pixels)
        image = resize(pixels, scale * WINDOW / SMALLEST)
        tiles = list(_lay_out(*image.shape[:2]))
        canvas = _draw_levels(self.model.blob(image[None])[0], tiles)
        scores = self.model.run(canvas[None])[0][0, 0]  # (rows, columns)
        rows, columns = np.nonzero(scores > self.threshold)
        found = scores[rows, columns]
        centres = np.stack([columns, rows], axis=1) * STRIDE + FIRST_CENTRE  # (n, 2) x, y
        boxes = _to_image(centres, tiles)  # in pixels of the first level
        boxes *= np.tile([width / image.shape[1], height / image.shape[0]], 2).astype(np.float32)
        kept = suppress(boxes, found, MAX_IOU)
        no_landmarks = np.full((len(kept), 5, 2), np.nan, np.float32)
        return Faces("", boxes[kept], no_landmarks, found[kept], self.id)


def _lay_out(height: int, width: int) -> Iterator[_Tile]:
    """dlib's arrangement of the levels of a picture of that size."""
    sizes = [(height, width)]
    while True:
        h, w = (side * SHRINK_NUMERATOR // SHRINK_DENOMINATOR for side in sizes[-1])
        if h < LEAST_HEIGHT or w == 0:
            break
        sizes.append((h, w))
    total = sum(h + GAP for h, _ in sizes) - 2 * GAP
    bottom, last_width, count = 0, 0, 0
    for h, w in sizes:  # the first column, until the next level fits beside the last
        fits_beside = w <= width - last_width - GAP
        if fits_beside and 2 * (bottom - height) >= total - height:
            break
        yield _Tile(MARGIN, MARGIN + bottom, w, h)
        bottom, last_width, count = bottom + h + GAP, w, count + 1
    bottom -= GAP
    for h, w in sizes[count:]:  # the second column, from the bottom up, beside the first level
        if bottom - h < height:
            break
        yield _Tile(MARGIN + width - w, MARGIN + bottom - h, w, h)
        bottom -= h + GAP


def _draw_levels(image: Float32, tiles: list[_Tile]) -> Float32:
    """All levels of `image` (3, h, w) in one picture, each made from the one above, unrounded."""
    rows = max(tile.y + tile.height for tile in tiles) + MARGIN
    columns = image.shape[2] + 2 * MARGIN
    canvas = np.zeros((3, max(rows, RECEPTIVE), max(columns, RECEPTIVE)), np.float32)
    above = image
    for tile in tiles:
        level = canvas[:, tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
        for source, target in zip(above, level, strict=True):
            cv2.resize(source, (tile.width, tile.height), dst=target)
        above = level
    return canvas


def _to_image(centres: Float32, tiles: list[_Tile]) -> Float32:
    """Boxes (n, 4) in the first level of windows with these centres (n, 2) on the canvas."""
    corners = np.array([[tile.x, tile.y] for tile in tiles], np.float32)
    sizes = np.array([[tile.width, tile.height] for tile in tiles], np.float32)
    nearest = np.clip(centres[:, None], corners, corners + sizes)  # (n, tiles, 2)
    level = np.square(nearest - centres[:, None]).sum(-1).argmin(1)
    scale = sizes[0] / sizes[level]
    low = (centres - WINDOW / 2 - corners[level]) * scale
    return np.hstack([low, low + WINDOW * scale]).astype(np.float32)


DETECTORS = {"mmod": Mmod}
