"""What the default head looks at: the identity network's view of a face, near and wide.

One chip of 260 pixels with dlib's padding 0.8 holds both views: its middle 150 pixels are exactly
the chip that embeddings are made from, and the whole, halved in size, adds hair, neck and collar.
Of each view come the embedding and, of each level of the network, mean, spread and a coarse grid;
besides, the colours of the wide view, which identity networks learn to overlook.
"""

import cv2
import numpy as np

from prosopon.geometry import Template, dlib_template
from prosopon.records import Float32, UInt8
from prosopon.zoo import Model

CHIP = 260
"""Pixels: the padding of 0.8 makes 100 of them the width of the unpadded face."""
NEAR = slice(55, 205)
"""The middle 150 pixels: dlib's chip with padding 0.25."""
CELLS = 26
"""Cells of the colour grid, in a row and in a column; 10 pixels each."""


def template() -> Template:
    """How chips are cut."""
    return dlib_template(CHIP, padding=0.8)


class FaceFeatures:
    """Chips (n, 260, 260, 3) uint8 RGB → features (n, d) float32."""

    def __init__(self, network: Model) -> None:
        self.network = network

    def __call__(self, chips: UInt8) -> Float32:
        near = chips[:, NEAR, NEAR]
        wide = np.stack([_shrunk(chip, 150) for chip in chips])
        outputs = [
            output for view in (near, wide) for output in self.network.run(self.network.blob(view))
        ]
        return np.concatenate([*outputs, colours(chips)], axis=1)


def colours(chips: UInt8) -> Float32:
    """(n, CELLS · CELLS · 3) mean colours in CIE Lab, 8 bits each, cell by cell."""
    cells = [cv2.cvtColor(_shrunk(chip, CELLS), cv2.COLOR_RGB2LAB) for chip in chips]
    return np.stack(cells).reshape(len(chips), -1).astype(np.float32)


def _shrunk(chip: UInt8, side: int) -> UInt8:
    shrunk: UInt8 = cv2.resize(chip, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return shrunk
