"""Detectors whose network answers for every place of a picture in one pass.

The picture is brought to the size that the settings ask for, and evened out. Large faces are
looked for in smaller versions of it, each a third of the one before: a network finds faces only up
to some size. One suppression goes over what was found in all of them.
"""

from abc import abstractmethod

import numpy as np

from prosopon.faces.evening import evened
from prosopon.faces.settings import DetectorSettings, resize
from prosopon.geometry import suppress
from prosopon.protocols import Detector
from prosopon.records import Faces, Float32, UInt8
from prosopon.zoo import Model

GRAIN = 32
"""Sides of the input are multiples of this."""
COARSER = 1 / 3
LEAST_SIDE = 160
"""Pixels of the longer side of the smallest version."""

Found = tuple[Float32, Float32, Float32]
"""Boxes (n, 4), scores (n,), landmarks (n, 5, 2), in pixels of the network's input."""


class OnePass(Detector):
    """See the module; `_decode` is the network's own."""

    score: float
    """The least score of a face, unless the settings say another."""
    evens_out = True
    """Whether it sees more in pictures of evened contrast."""
    max_iou = 0.3
    """Of two faces found that overlap more, the surer one stays."""

    def __init__(self, model: Model, settings: DetectorSettings) -> None:
        self.id = model.card.id
        self.model = model
        self.settings = settings
        given = settings.score_threshold
        self.threshold = self.score if given is None else given

    def find(self, pixels: UInt8) -> Faces:
        """The faces of an upright RGB picture (H, W, 3) uint8; see `protocols.Detector`."""
        view = resize(pixels, self.settings.scale(*pixels.shape[:2]))
        view = evened(view) if self.evens_out else view
        found = [self._look(view)]
        levels = [view]
        while max(levels[-1].shape[:2]) * COARSER >= LEAST_SIDE:
            levels.append(resize(levels[-1], COARSER))
            found.append(self._look(levels[-1]))
        sizes = [level.shape[1::-1] for level in levels]
        boxes, scores, landmarks = (
            np.concatenate(parts)
            for parts in zip(
                *[
                    self._scaled(part, np.divide(pixels.shape[1::-1], size))
                    for part, size in zip(found, sizes, strict=True)
                ],
                strict=True,
            )
        )
        kept = suppress(boxes, scores, self.max_iou)
        return Faces("", boxes[kept], landmarks[kept], scores[kept], self.id)

    def _look(self, image: UInt8) -> Found:
        """What the network finds in one picture, in its pixels."""
        height, width = (-(-side // GRAIN) * GRAIN for side in image.shape[:2])
        canvas = np.zeros((1, height, width, 3), np.uint8)
        canvas[0, : image.shape[0], : image.shape[1]] = image
        return self._decode(self.model.run(self.model.blob(canvas)), width)

    def _scaled(self, found: Found, factor: Float32) -> Found:
        boxes, scores, landmarks = found
        f = factor.astype(np.float32)
        return boxes * np.tile(f, 2), scores, landmarks * f

    @abstractmethod
    def _decode(self, outputs: list[Float32], width: int) -> Found:
        """What the network's outputs say of faces above the threshold, for an input of `width`."""
