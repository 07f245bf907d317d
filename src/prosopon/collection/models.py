"""Single models for programs and notebooks: pictures in, faces, chips and vectors out.

    detector = prosopon.detector("yunet")
    found = detector.find("portrait.jpg")
    embedder = prosopon.embedder("dlib-resnet")
    vectors = embedder.embed(embedder.cut("portrait.jpg", found))

Pictures are arrays (H, W, 3) or (H, W) of 8-bit numbers, RGB or grey; Pillow's; or paths.
"""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from prosopon import faces, photos, zoo
from prosopon.errors import UsageError
from prosopon.faces import DetectorSettings, Pipeline
from prosopon.geometry import TEMPLATES
from prosopon.records import Faces, Float32, Limits, UInt8

Picture = Any
"""An array, a picture of Pillow's, or a path."""


class Detector:
    """Finds faces in pictures."""

    def __init__(self, name: str, **settings: Any) -> None:
        """name : card id; settings : of `prosopon.faces.DetectorSettings`."""
        self.card = zoo.card(name)
        self._detector = faces.detector(zoo.load(name), DetectorSettings(**settings))

    def find(self, picture: Picture) -> Faces:
        """The faces, in pixels of the upright picture.

        Raises UsageError for what is no picture, UnreadablePhoto for a file that gives none.
        """
        return self._detector.find(pixels_of(picture))


class Embedder:
    """Turns faces into vectors."""

    def __init__(self, name: str) -> None:
        """name : card id."""
        self.card = zoo.card(name)
        self._embedder = faces.embedder(zoo.load(name))
        self.chip_size = self._embedder.chip_size

    def cut(self, picture: Picture, found: Faces) -> UInt8:
        """Chips (n, *chip_size, 3) of faces in the picture, aligned as the model wants them."""
        corners = TEMPLATES[self.card.alignment].landmarks == "corners"
        landmarks = zoo.load("dlib-landmarks-5" if corners else "dlib-landmarks-68")
        known: Any = SimpleNamespace(
            id=found.detector, gives_landmarks=bool(np.isfinite(found.landmarks).all())
        )
        cutter = Pipeline(known, self._embedder, faces.landmarker(landmarks))
        return cutter.cut(pixels_of(picture), found)

    def embed(self, chips: UInt8 | Picture | Sequence[Picture]) -> Float32:
        """Unit vectors (n, d) of chips: (n, *chip_size, 3), or pictures of that size.

        Raises UsageError for pictures of another size.
        """
        stacked = isinstance(chips, np.ndarray) and chips.ndim == 4
        given = list(chips) if stacked or isinstance(chips, list | tuple) else [chips]
        made = [pixels_of(chip) for chip in given]
        for chip in made:
            if chip.shape[:2] != tuple(self.chip_size):
                height, width = self.chip_size
                raise UsageError(
                    f"{self.card.id} takes chips of {width}×{height} pixels, got "
                    f"{chip.shape[1]}×{chip.shape[0]}: cut them from a picture with .cut(picture, "
                    "faces)"
                )
        empty = np.empty((0, *self.chip_size, 3), np.uint8)
        return self._embedder.embed(np.stack(made) if made else empty)


def detector(name: str, **settings: Any) -> Detector:
    """The detector of that card id; `prosopon.zoo.cards()` lists all.

    settings : of `prosopon.faces.DetectorSettings`, such as `rotations=True`.
    """
    return Detector(name, **settings)


def embedder(name: str) -> Embedder:
    """The embedder of that card id; `prosopon.zoo.cards()` lists all."""
    return Embedder(name)


def pixels_of(picture: Picture) -> UInt8:
    """(H, W, 3) upright RGB pixels of a picture.

    Raises UsageError for what is no picture, UnreadablePhoto for a file that gives none.
    """
    if isinstance(picture, str | Path):
        return photos.read(picture, Limits()).pixels
    if not isinstance(picture, np.ndarray):
        return photos.from_pillow(picture)
    if picture.dtype == np.uint8 and picture.size and picture.ndim == 2:
        return np.repeat(picture[..., None], 3, axis=2)
    if picture.dtype == np.uint8 and picture.size and picture.ndim == 3 and picture.shape[2] == 3:
        return np.ascontiguousarray(picture)
    raise UsageError(
        "a picture as an array has shape (height, width, 3) or (height, width) and numbers of type "
        f"uint8, RGB or grey; got shape {picture.shape} of {picture.dtype}"
    )
