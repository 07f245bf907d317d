"""Vectors of pictures as a whole, from a general image network."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from prosopon.errors import UsageError
from prosopon.optional import require
from prosopon.progress import track
from prosopon.records import Float32, UInt8
from prosopon.training.backbones import load_backbone

DINOV2 = "facebook/dinov2-small"
_SIDE = 224
_MEAN, _SCALE = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
"""ImageNet's, as DINOv2 wants them."""
_TOGETHER = 16


class PictureEmbedder:
    """DINOv2 where `transformers` has its weights stored here, else MobileNetV2's features."""

    def __init__(self, mobilenet: Path | None) -> None:
        self.id, self.network = _network(mobilenet)
        self.network.eval()

    @torch.no_grad()
    def embed(self, pictures: Sequence[UInt8]) -> Float32:
        """(n, d) unit vectors of pictures (h, w, 3) of any sizes; each is squeezed to a square."""
        parts = []
        for start in track(range(0, len(pictures), _TOGETHER), "comparing pictures"):
            batch = np.stack([_squared(each) for each in pictures[start : start + _TOGETHER]])
            mean, scale = (_MEAN, _SCALE) if self.id == DINOV2 else (127.5, 127.5)
            values = (batch - mean) / scale
            images = torch.from_numpy(values.transpose(0, 3, 1, 2).astype(np.float32))
            output = self.network(images).pooler_output.flatten(1)
            parts.append(torch.nn.functional.normalize(output).numpy())
        vectors: Float32 = np.concatenate(parts)
        return vectors


def _network(mobilenet: Path | None) -> tuple[str, Any]:
    transformers = require("transformers", extra="train")
    if mobilenet is not None:
        return "MobileNetV2 ImageNet features", load_backbone("mobilenet_v2", str(mobilenet))[0]
    try:
        return DINOV2, transformers.AutoModel.from_pretrained(DINOV2, local_files_only=True)
    except OSError as error:
        raise UsageError(
            f"the weights of {DINOV2} are not stored here: fetch them with  huggingface-cli "
            f"download {DINOV2}, or name MobileNetV2's with --picture-weights FILE.npz"
        ) from error


def _squared(picture: UInt8) -> UInt8:
    way = cv2.INTER_AREA if max(picture.shape[:2]) > _SIDE else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (_SIDE, _SIDE), interpolation=way), np.uint8)
