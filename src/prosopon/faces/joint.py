"""Two networks' vectors side by side, so that a face that one of them mistakes is told by the
other."""

import numpy as np

from prosopon.errors import UsageError
from prosopon.faces.chip_quality import tinted
from prosopon.faces.embedding import MirroredEmbedder, OnnxEmbedder
from prosopon.geometry import TEMPLATES, cut_chips
from prosopon.protocols import Embedder
from prosopon.records import Float32, UInt8, as_array
from prosopon.zoo import Model

SHARE = 0.05
"""Of the second network in the cosine. Its cosines of strangers spread ten times as wide. Of .02 to
.2, on the development halves of LFW and CelebA and on drawn people, .05 to .1 do best."""

_CENTRES = ((91.95, 89.71), (146.64, 89.81), (119.27, 123.03), (95.91, 146.41), (143.2, 146.76))
"""Eyes, nose and corners of the mouth in a chip `dlib-5-wide`: the medians of YuNet's, of
5,448 faces of CelebA's development half. Chips of both networks are cut by dlib's landmarks, which
are steadier than a detector's."""


class JointEmbedder(Embedder):
    """dlib's network, mirrored, and one that takes ArcFace's chips."""

    def __init__(self, model: Model) -> None:
        if len(model.models) != 2:
            raise UsageError(f"{model.card.id}: expected two parts, got {len(model.models)}")
        first, second = model.models.values()
        self.id = model.card.id
        self.alignment = model.card.alignment
        self.chip_size = TEMPLATES[self.alignment].size
        self.first, self.second = MirroredEmbedder(first), OnnxEmbedder(second)
        self.dimensions = self.first.dimensions + self.second.dimensions

    def embed(self, chips: UInt8) -> Float32:
        """(n, h, w, 3) uint8 RGB chips to (n, d) float32 of unit length; see `Embedder`."""
        chips = as_array(chips, np.uint8, (None, *self.chip_size, 3), "chips")
        if not len(chips):
            return np.empty((0, self.dimensions), np.float32)
        vectors = (
            self.first.embed(_middle(chips, self.first.chip_size)) * np.sqrt(1 - SHARE),
            self.second.embed(tinted(self._cut(chips))) * np.sqrt(SHARE),
        )
        return np.hstack(vectors).astype(np.float32)

    def _cut(self, chips: UInt8) -> UInt8:
        points = np.array([_CENTRES], np.float32)
        template = TEMPLATES[self.second.alignment]
        return np.concatenate([cut_chips(chip, points, template) for chip in chips])


def _middle(chips: UInt8, size: tuple[int, int]) -> UInt8:
    top, left = ((whole - part) // 2 for whole, part in zip(chips.shape[1:3], size, strict=True))
    return np.ascontiguousarray(chips[:, top : top + size[0], left : left + size[1]])


EMBEDDERS = {"joint": JointEmbedder}
