"""Embedders: aligned chips to unit vectors, through ONNX Runtime."""

import numpy as np

from prosopon.geometry import TEMPLATES
from prosopon.protocols import Embedder
from prosopon.records import Float32, UInt8, as_array
from prosopon.zoo import Model

BATCH = 16
"""Chips that go through the network together; more is no faster and takes more memory."""


class OnnxEmbedder(Embedder):
    """An embedding network that takes chips as its card says; its first output is the vector."""

    def __init__(self, model: Model) -> None:
        self.id = model.card.id
        self.model = model
        self.alignment = model.card.alignment
        self.chip_size = TEMPLATES[self.alignment].size
        self.dimensions = self.embed(np.zeros((1, *self.chip_size, 3), np.uint8)).shape[1]

    def embed(self, chips: UInt8) -> Float32:
        """(n, h, w, 3) uint8 RGB chips to (n, d) float32 of unit length; see `Embedder`."""
        chips = as_array(chips, np.uint8, (None, *self.chip_size, 3), "chips")
        if not len(chips):
            return np.empty((0, self.dimensions), np.float32)
        batches = [chips[start : start + BATCH] for start in range(0, len(chips), BATCH)]
        vectors: Float32 = np.vstack(
            [self.model.run(self.model.blob(batch))[0] for batch in batches]
        )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.maximum(lengths, np.finfo(np.float32).tiny)
        return vectors


EMBEDDERS = {"dlib-resnet": OnnxEmbedder, "onnx-embedder": OnnxEmbedder}
