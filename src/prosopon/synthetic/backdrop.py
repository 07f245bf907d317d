"""What stands behind the sitters: a studio's cloth, a wall, a garden. Drawn small, out of focus."""

from collections.abc import Callable

import cv2
import numpy as np

from prosopon.synthetic.features import Array, ramp
from prosopon.synthetic.paint import linear, noise
from prosopon.synthetic.person import Rng

Painter = Callable[[Rng, Array, Array], Array]


def backdrop(kind: str, seed: int, height: int, width: int) -> Array:
    """Return (height, width, 3) linear light."""
    rng = np.random.default_rng(seed)
    scale = max(height, width) / 192
    rows, columns = max(round(height / scale), 8), max(round(width / scale), 8)
    x, y = np.meshgrid(
        np.linspace(0, width / max(height, width), columns, dtype=np.float32),
        np.linspace(0, height / max(height, width), rows, dtype=np.float32),
    )
    picture = PAINTERS[kind](rng, x, y).astype(np.float32)
    large = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(linear(np.clip(large, 0.01, 1)), 0, 1), np.float32)


def _tint(rng: Rng, low: float, high: float) -> Array:
    """Return a muted displayed colour."""
    return np.asarray(rng.uniform(low, high) * (1 + rng.uniform(-0.14, 0.14, 3)), np.float32)


def _soften(picture: Array, sigma: float) -> Array:
    """Put the picture out of focus."""
    return np.asarray(cv2.GaussianBlur(picture.astype(np.float32), (0, 0), sigma), np.float32)


def _studio(rng: Rng, x: Array, y: Array) -> Array:
    glow = np.exp(
        -(((x - rng.uniform(0.3, 0.7)) / 0.5) ** 2) - ((y - rng.uniform(0.2, 0.6)) / 0.5) ** 2
    )
    dark, light = _tint(rng, 0.18, 0.40), _tint(rng, 0.5, 0.8)
    return np.asarray(dark + (light - dark) * glow[..., None], np.float32)


def _canvas(rng: Rng, x: Array, y: Array) -> Array:
    clouds = 0.09 * noise(rng, x.shape, (4, 5)) + 0.05 * noise(rng, x.shape, (9, 10))
    return np.asarray(_studio(rng, x, y) * (1 + clouds)[..., None], np.float32)


def _wallpaper(rng: Rng, x: Array, y: Array) -> Array:
    base, other = _tint(rng, 0.5, 0.8), _tint(rng, 0.45, 0.85)
    pitch = rng.uniform(0.06, 0.14)
    stripe = ramp(0.2, 0.3, np.abs(np.mod(x / pitch, 1) - 0.5))
    wall = base + 0.6 * (other - base) * stripe[..., None]
    wall *= (1.05 - 0.25 * x - 0.15 * y)[..., None]
    rail = rng.uniform(0.75, 1.1)
    wainscot = ramp(rail, rail + 0.01, y)[..., None]
    picture = wall * (1 - wainscot) + wainscot * base * 0.55
    return _soften(picture, 1.2)


def _curtain(rng: Rng, x: Array, y: Array) -> Array:
    folds = np.interp(x[0], np.linspace(0, 1, 26), rng.normal(0, 1, 26).cumsum() * 0.25)
    wave = 0.5 + 0.5 * np.sin(x * rng.uniform(45, 80) + 3 * folds[None, :] + 0.6 * y)
    return np.asarray(_tint(rng, 0.3, 0.6) * (0.45 + 0.75 * wave)[..., None], np.float32)


def _foliage(rng: Rng, x: Array, y: Array) -> Array:
    leaves = noise(rng, x.shape, (22, 22)) + 0.8 * noise(rng, x.shape, (44, 44))
    gaps = ramp(1.2, 2.2, noise(rng, x.shape, (10, 10)) + 0.6 - y)
    green = np.array([0.30, 0.38, 0.20], np.float32) * (1 + 0.28 * leaves)[..., None]
    bright = np.array([0.85, 0.88, 0.80], np.float32)
    picture = green + (bright - green) * gaps[..., None]
    return _soften(picture, 2.2)


def _sky(rng: Rng, x: Array, y: Array) -> Array:
    horizon = rng.uniform(0.5, 0.75)
    sky = np.array([0.62, 0.72, 0.82]) + (y / horizon * 0.22)[..., None]
    clouds = ramp(0.3, 1.6, noise(rng, x.shape, (6, 4)) + 0.6 * noise(rng, x.shape, (16, 12)))
    sky = sky + 0.16 * clouds[..., None]
    land = (
        _tint(rng, 0.3, 0.5)
        * np.array([0.95, 1.05, 0.75])
        * (1 + 0.1 * noise(rng, x.shape, (20, 14)))[..., None]
    )
    below = ramp(horizon - 0.02, horizon + 0.03, y + 0.03 * noise(rng, x.shape, (2, 9)))[..., None]
    return _soften(sky * (1 - below) + land * below, 2.0)


def _books(rng: Rng, x: Array, y: Array) -> Array:
    picture = np.full((*x.shape, 3), 0.16, np.float32)
    rows, columns = x.shape
    for top in range(int(rng.integers(-20, 0)), rows, 44):
        left = 0
        while left < columns:
            wide, high = int(rng.integers(4, 11)), int(rng.integers(26, 38))
            colour = _tint(rng, 0.2, 0.6) * np.array([1.1, 0.9, 0.75])
            y0, y1 = max(top + 40 - high, 0), max(top + 40, 0)
            picture[y0:y1, left : left + wide] = colour * rng.uniform(0.8, 1.1)
            picture[y0:y1, left : left + 1] *= 0.5
            left += wide
        picture[max(top + 40, 0) : max(top + 44, 0)] = (0.34, 0.24, 0.16)
    return _soften(picture, 2.0)


PAINTERS: dict[str, Painter] = {
    "studio": _studio,
    "canvas": _canvas,
    "wallpaper": _wallpaper,
    "curtain": _curtain,
    "foliage": _foliage,
    "sky": _sky,
    "books": _books,
}
