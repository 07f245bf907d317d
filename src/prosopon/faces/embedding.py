"""Embedders: aligned chips to unit vectors, through ONNX Runtime.

A model that comes with a copy of itself in 8-bit integers is run by that on a processor, in two
fifths of the time; the vectors of both can be compared.
"""

import numpy as np

from prosopon.errors import ProsoponError, UsageError
from prosopon.faces.chip_quality import detail, tinted
from prosopon.geometry import TEMPLATES
from prosopon.protocols import Embedder
from prosopon.records import Float32, UInt8, as_array
from prosopon.zoo import Model, on_processor

BATCH = 16
"""Chips that go through the network together; more is no faster and takes more memory."""

INTEGERS = "integers"

LEAST_DETAIL = 0.08
"""Of a chip that is mirrored. From 60 people of CelebA and 900 of LFW, development halves, in grey,
small and unchanged copies; .06 and .1 do nearly as well."""


class OnnxEmbedder(Embedder):
    """An embedding network that takes chips as its card says; its first output is the vector. Its
    part `integers`, if it has one, takes chips as they are."""

    def __init__(self, model: Model) -> None:
        self.id = model.card.id
        self.model = model
        self.alignment = model.card.alignment
        if self.alignment not in TEMPLATES:
            raise UsageError(
                f"{self.id}: alignment {self.alignment!r}: expected one of {', '.join(TEMPLATES)}"
            )
        self.chip_size = TEMPLATES[self.alignment].size
        self.by_integers = INTEGERS in model.files and on_processor()
        self.dimensions = self.embed(np.zeros((1, *self.chip_size, 3), np.uint8)).shape[1]

    def embed(self, chips: UInt8) -> Float32:
        """(n, h, w, 3) uint8 RGB chips to (n, d) float32 of unit length; see `Embedder`."""
        chips = as_array(chips, np.uint8, (None, *self.chip_size, 3), "chips")
        if not len(chips):
            return np.empty((0, self.dimensions), np.float32)
        batches = [chips[start : start + BATCH] for start in range(0, len(chips), BATCH)]
        return np.vstack([self._embed(batch) for batch in batches])

    def _embed(self, chips: UInt8) -> Float32:
        if self.by_integers:
            vectors = self.model.run(chips, INTEGERS)[0]
        else:
            vectors = self.model.run(self.model.blob(chips))[0]
        if vectors.ndim != 2 or len(vectors) != len(chips) or not np.isfinite(vectors).all():
            raise ProsoponError(
                f"{self.id}: expected a vector of numbers for each of {len(chips)} chips, the "
                f"network gives shape {vectors.shape}"
            )
        return _unit(vectors)


class MirroredEmbedder(OnnxEmbedder):
    """The same network, more robust: colourless chips are tinted, and a vector is the mean with
    that of the mirrored chip.

    The mean brings photographs of one person nearer to one another. Chips without detail it brings
    nearer to everybody's, so they are left as they are.
    """

    def _embed(self, chips: UInt8) -> Float32:
        chips = tinted(chips)
        vectors = super()._embed(chips)
        good = detail(chips) >= LEAST_DETAIL
        if good.any():
            mirrored = np.ascontiguousarray(chips[good][:, :, ::-1])
            vectors[good] = _unit(vectors[good] + super()._embed(mirrored))
        return vectors


def _unit(vectors: Float32) -> Float32:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)


EMBEDDERS = {
    "dlib-resnet": OnnxEmbedder,
    "dlib-resnet-mirrored": MirroredEmbedder,
    "onnx-embedder": OnnxEmbedder,
    "onnx-embedder-mirrored": MirroredEmbedder,
    "tflite-embedder": OnnxEmbedder,
}
