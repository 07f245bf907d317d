"""Detectors whose network answers for every place of a picture in one pass.

A network finds faces between two sizes in pixels, so a picture is looked at in several sizes: as
large as the settings ask for, and ever smaller by a third, for large faces. Where small faces are
seen, or none, the picture is looked at once more, closer, and where small ones are seen then, once
more. One suppression goes over what was found in all sizes.
"""

import math
from abc import abstractmethod

import numpy as np

from prosopon.faces.evening import evened
from prosopon.faces.settings import DetectorSettings
from prosopon.geometry import resized, suppress
from prosopon.protocols import Detector
from prosopon.records import Faces, Float32, UInt8
from prosopon.zoo import Model

GRAIN = 32
"""Sides of the input are multiples of this."""
SMALL = 32
"""Pixels in a look below which a face, or what might be one, is worth a closer look."""
HINT = 0.6
"""Share of the least score of a face from which something might be one."""
WORTH_IT = 1.05
"""A closer look has sides at least so many times as long."""
COARSER = 1 / 3
LEAST_SIDE = 160
"""Pixels of the longer side of the smallest version."""

Found = tuple[Float32, Float32, Float32]
"""Boxes (n, 4), scores (n,), landmarks (n, 5, 2), in pixels."""


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
        scale, *closer = self.settings.scales(pixels)
        view = self._view(pixels, scale)
        found = [self._look(view, pixels, HINT * self.threshold)]
        smallest = _smallest(found[0], none=0)
        for next_scale in closer:
            if next_scale <= WORTH_IT * scale or smallest * scale >= SMALL:
                break
            scale = next_scale
            found.append(self._look(self._view(pixels, scale), pixels, HINT * self.threshold))
            smallest = _smallest(found[-1], none=math.inf)
        while max(view.shape[:2]) * COARSER >= LEAST_SIDE:
            view = _resize(view, COARSER)
            found.append(self._look(view, pixels, self.threshold))
        boxes, scores, landmarks = (np.concatenate(parts) for parts in zip(*found, strict=True))
        sure = np.flatnonzero(scores > self.threshold)
        kept = sure[suppress(boxes[sure], scores[sure], self.max_iou)]
        return Faces("", boxes[kept], landmarks[kept], scores[kept], self.id)

    def _view(self, pixels: UInt8, scale: float) -> UInt8:
        """The picture as it is looked at."""
        view = _resize(pixels, scale)
        return evened(view) if self.evens_out else view

    def _look(self, view: UInt8, pixels: UInt8, threshold: float) -> Found:
        """What the network finds in one view of the picture `pixels`, in pixels of the latter."""
        height, width = (-(-side // GRAIN) * GRAIN for side in view.shape[:2])
        canvas = np.zeros((1, height, width, 3), np.uint8)
        canvas[0, : view.shape[0], : view.shape[1]] = view
        outputs = self.model.run(self.model.blob(canvas))
        boxes, scores, landmarks = self._decode(outputs, width, threshold)
        factor = np.divide(pixels.shape[1::-1], view.shape[1::-1]).astype(np.float32)
        return boxes * np.tile(factor, 2), scores, landmarks * factor

    @abstractmethod
    def _decode(self, outputs: list[Float32], width: int, threshold: float) -> Found:
        """What the network's outputs say of faces above `threshold`, for an input of `width`."""


def _smallest(found: Found, none: float) -> float:
    """Pixels of the smallest that might be a face; `none` where there is none."""
    boxes, _, _ = found
    return float((boxes[:, 3] - boxes[:, 1]).min(initial=math.inf)) if len(boxes) else none


def _resize(pixels: UInt8, scale: float) -> UInt8:
    height, width = pixels.shape[:2]
    return resized(pixels, max(1, round(width * scale)), max(1, round(height * scale)))
