"""A detector without weights: the largest patch of skin's colours."""

import cv2
import numpy as np

from prosopon.faces import DetectorSettings
from prosopon.protocols import Detector
from prosopon.records import WEIGHTLESS, Faces, ModelCard, UInt8
from prosopon.zoo import Model


class SkinColour(Detector):
    """One face, where most pixels side by side are of skin's colours."""

    card = ModelCard(
        "example-skin",
        "detector",
        "example-skin",
        sha256="",
        licence="MIT",
        source=WEIGHTLESS,
        description="the largest patch of skin's colours",
    )
    gives_landmarks = False

    def __init__(self, model: Model, settings: DetectorSettings) -> None:
        self.id = model.card.id
        self.least = settings.score_threshold or 0.02

    def find(self, pixels: UInt8) -> Faces:
        red, green, blue = (pixels[..., channel].astype(int) for channel in range(3))
        skin = (red > 95) & (red > green + 15) & (green > blue) & (green > 40)
        count, _, places, _ = cv2.connectedComponentsWithStats(skin.astype(np.uint8))
        if count < 2:
            return Faces.none("", self.id)
        x, y, width, height, area = places[1 + places[1:, cv2.CC_STAT_AREA].argmax()]
        score = area / skin.size
        if score < self.least:
            return Faces.none("", self.id)
        box = np.array([[x, y, x + width, y + height]], np.float32)
        nowhere = np.full((1, 5, 2), np.nan, np.float32)
        return Faces("", box, nowhere, np.array([score], np.float32), self.id)
