"""From light to a scanned print: exposure, toning, blur, grain, scratches, and the print's tilt."""

import cv2
import numpy as np

from prosopon.records import UInt8
from prosopon.synthetic.appearance import Setting
from prosopon.synthetic.features import Array
from prosopon.synthetic.person import Rng

SEPIA = np.array([1.06, 0.95, 0.78], np.float32)


def develop(light: Array, setting: Setting) -> UInt8:
    """Turn linear light (H, W, 3) into the pixels of a photograph."""
    height, width = light.shape[:2]
    rng = np.random.default_rng(setting.seed)
    # Highlights roll off softly instead of clipping.
    exposed = np.maximum(light, 0)
    exposed = np.where(exposed > 0.7, 0.7 + 0.3 * np.tanh((exposed - 0.7) / 0.45), exposed)
    picture: Array = np.sqrt(exposed).astype(np.float32)
    if setting.toning:
        grey = picture @ np.array([0.30, 0.57, 0.13], np.float32)
        tone = 1 + setting.sepia * (SEPIA - 1)
        picture += (grey[..., None] * tone - picture) * setting.toning
    if setting.blur:
        sigma = setting.blur * max(height, width) / 1000
        picture = cv2.GaussianBlur(picture, (0, 0), max(sigma, 0.3))
    if setting.fading:
        picture = picture * (1 - 0.35 * setting.fading) + 0.20 * setting.fading
        picture *= _vignette(height, width, 0.25 * setting.fading)[..., None]
    if setting.grain:
        grains = rng.standard_normal((height, width)).astype(np.float32)
        coarse = cv2.GaussianBlur(
            rng.standard_normal((height, width)).astype(np.float32), (0, 0), 1
        )
        picture += (setting.grain * (0.018 * grains + 0.035 * coarse))[..., None]
    if setting.scratches:
        picture = _scratch(picture, setting.scratches, rng)
    pixels: UInt8 = np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)
    if setting.rotation:
        turn = rotation(height, width, setting.rotation)
        # The scanner's lid shows where the print does not reach.
        border = (236, 233, 226)
        pixels = np.asarray(
            cv2.warpAffine(
                pixels, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=border
            ),
            np.uint8,
        )
    return np.asarray(pixels, np.uint8)


def rotation(height: int, width: int, degrees: float) -> Array:
    """Return the (2, 3) matrix that turns a print about its middle, clockwise as seen."""
    return np.asarray(
        cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0), np.float32
    )


def _vignette(height: int, width: int, strength: float) -> Array:
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    return np.asarray(1 - strength * (x * x + y * y) ** 1.5 / 2, np.float32)


def _scratch(picture: Array, amount: float, rng: Rng) -> Array:
    """Hair-fine scratches, dust, and a stain or two."""
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(1, 4 + int(9 * amount)))):
        start = rng.uniform(0, 1, 2) * [width, height]
        steps = rng.normal(0, 0.004, (14, 2)).cumsum(axis=0) + rng.normal(0, 0.02, 2)
        path = start + np.cumsum(steps, axis=0) * max(height, width)
        cv2.polylines(
            mask,
            [np.round(path * 16).astype(np.int32)],
            False,
            int(rng.integers(60, 170)),
            1,
            cv2.LINE_AA,
            4,
        )
    for _ in range(int(90 * amount)):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        radius = rng.exponential(0.0009) * max(height, width)
        cv2.circle(
            mask,
            (int(x * 16), int(y * 16)),
            int(max(radius, 0.4) * 16),
            int(rng.integers(80, 220)),
            -1,
            cv2.LINE_AA,
            4,
        )
    light = mask.astype(np.float32)[..., None] / 255
    sign = 0.92 if rng.random() < 0.8 else 0.08
    return np.asarray(picture + (sign - picture) * light * (0.4 + 0.5 * amount), np.float32)
