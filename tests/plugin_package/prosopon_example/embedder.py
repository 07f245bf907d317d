"""An embedder without weights: the colours of a coarse grid."""

import numpy as np

from prosopon.geometry import TEMPLATES
from prosopon.protocols import Embedder
from prosopon.records import WEIGHTLESS, Float32, ModelCard, UInt8, as_array
from prosopon.zoo import Model


class Colours(Embedder):
    """The colours of five times five pixels of the chip."""

    card = ModelCard(
        "example-colours",
        "embedder",
        "example-colours",
        sha256="",
        licence="MIT",
        source=WEIGHTLESS,
        description="the colours of a coarse grid",
        alignment="arcface-112",
    )
    dimensions = 75

    def __init__(self, model: Model) -> None:
        self.id = model.card.id
        self.alignment = model.card.alignment
        self.chip_size = TEMPLATES[self.alignment].size

    def embed(self, chips: UInt8) -> Float32:
        chips = as_array(chips, np.uint8, (None, *self.chip_size, 3), "chips")
        points = chips[:, 10::22, 10::22].reshape(len(chips), self.dimensions) + np.float32(1)
        vectors: Float32 = points / np.linalg.norm(points, axis=1, keepdims=True)
        return vectors
