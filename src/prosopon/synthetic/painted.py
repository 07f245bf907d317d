"""The painted features: lips and teeth, nostrils, eyes with lids and lashes, and brows."""

import cv2
import numpy as np

from prosopon.records import UInt8
from prosopon.synthetic.features import Array, Eye, Lips, ramp
from prosopon.synthetic.paint import Layer, hair_colour
from prosopon.synthetic.person import Colour

LIPSTICKS: tuple[Colour, ...] = ((0.62, 0.08, 0.14), (0.78, 0.16, 0.20), (0.60, 0.14, 0.32))
SHADOWS: tuple[Colour, ...] = ((0.36, 0.26, 0.30), (0.30, 0.33, 0.42), (0.42, 0.28, 0.22))
IRIS = 0.060
"""Radius in units: about 12 mm across in everybody."""


def paint_features(layer: Layer) -> None:
    """Paint everything that has a place on the face."""
    shape = layer.head.shape
    reach = 1.12 * shape.lips.width
    paint_lips(layer.crop((-reach, shape.lips.y - 0.20, reach, shape.lips.y + 0.36)))
    _nostrils(layer)
    for eye in shape.eyes:
        x, y = eye.centre
        paint_eye(layer.crop((x - 0.30, y - 0.20, x + 0.30, y + 0.20)), eye)
    paint_brows(layer)


def paint_lips(layer: Layer) -> None:
    """Paint the lips, and what shows between them."""
    head, x, y = layer.head, layer.x, layer.y
    makeup, lips = head.appearance.makeup, head.shape.lips
    edge = 0.010
    top, bottom = lips.outer(x)
    ends = ramp(1.0, 0.93, np.abs(x) / lips.width)
    whole = ends * ramp(top - edge, top + edge, y) * ramp(bottom + edge, bottom - edge, y)
    own = np.array(head.person.mouth.colour)
    stick = np.array(LIPSTICKS[int(makeup.hue * 2.99)]) * (1 - 0.25 * head.person.skin.melanin)
    layer.blend((0.72 + 0.23 * makeup.lipstick) * whole, own + (stick - own) * makeup.lipstick)
    layer.multiply(whole * ramp(lips.y + 0.02, lips.y - 0.03, y), (0.82, 0.72, 0.72))
    creases = 0.06 * np.sin(x * 170 + 3 * np.sin(y * 60))
    layer.multiply(creases * whole, (0.0, 0.0, 0.0))
    layer.gloss += whole * (0.25 + 0.5 * makeup.lipstick)
    line = ends * np.exp(-(((y - lips.line(x)) / 0.011) ** 2))
    layer.blend(0.8 * line, (0.22, 0.08, 0.07))
    if lips.gap > 0.02:
        _open_mouth(layer, lips, ends)


def _open_mouth(layer: Layer, lips: Lips, ends: Array) -> None:
    """Teeth, and the dark behind them."""
    x, y, edge = layer.x, layer.y, 0.007
    top, bottom = lips.inner(x)
    inside = ends * ramp(top - edge, top + edge, y) * ramp(bottom + edge, bottom - edge, y)
    layer.blend(inside, (0.16, 0.05, 0.05))
    across = np.minimum(np.abs(x) / (0.85 * lips.width), 1)
    teeth_end = top + 0.75 * lips.gap * np.sqrt(1 - across * across)
    teeth = inside * ramp(teeth_end + 0.012, teeth_end - 0.004, y)
    gaps = 1 - 0.16 * np.exp(-(((np.mod(x / 0.062, 1) - 0.5) / 0.07) ** 2))
    layer.blend(teeth, (0.88, 0.84, 0.76))
    layer.multiply(teeth * (1 - (0.30 + 0.70 * ramp(1.0, 0.35, across)) * gaps), (0.1, 0.1, 0.1))
    layer.multiply(inside * np.exp(-np.maximum(y - top, 0) / 0.02), (0.55, 0.50, 0.50))
    layer.gloss *= 1 - 0.8 * inside


def _nostrils(layer: Layer) -> None:
    shape = layer.head.shape
    wide, base = shape.nose_width, shape.nose_base
    layer.tint(0.9, (0.48 * wide, base - 0.024), (0.30 * wide, 0.022), (0.10, 0.05, 0.04))
    layer.tint(0.45, (0.0, base + 0.008), (0.9 * wide, 0.03), (0.68, 0.55, 0.52))
    layer.tint(0.55, (1.06 * wide, base - 0.07), (0.02, 0.05), (0.70, 0.55, 0.50))


def paint_eye(layer: Layer, eye: Eye) -> None:
    """Paint one eye with its lids and lashes."""
    t, s = eye.frame(layer.x, layer.y)
    upper, lower = eye.upper(t), eye.lower(t)
    edge = 0.006
    _lids(layer, eye, t, s, upper, lower)
    opening = ramp(upper - edge, upper + edge, s) * ramp(lower + edge, lower - edge, s)
    opening *= ramp(1.02, 0.97, np.abs(t))
    white = np.array((0.80, 0.77, 0.74)) * (1 - 0.16 * layer.head.person.skin.melanin)
    layer.blend(opening, white)
    layer.multiply(opening * ramp(0.5, 1.0, np.abs(t)), (0.80, 0.68, 0.66))
    layer.blend(opening * ramp(-0.80, -0.95, t), (0.72, 0.45, 0.42))
    _iris(layer, eye, opening)
    layer.multiply(0.75 * opening * np.exp(-np.maximum(s - upper, 0) / 0.022), (0.40, 0.36, 0.36))
    layer.gloss *= 1 - opening
    _spark(layer, eye, opening)
    _lashes(layer, t, s, upper, lower)


def _pupil(layer: Layer, eye: Eye) -> tuple[Array, Array]:
    """Return offsets (h, w) from the pupil's middle."""
    gaze = layer.head.appearance.expression.gaze
    middle = 0.35 * (eye.below - eye.above)
    dx = layer.x - eye.centre[0] - eye.width * gaze[0]
    return dx, layer.y - eye.centre[1] - middle - eye.width * gaze[1] + 0 * layer.x


def _iris(layer: Layer, eye: Eye, opening: Array) -> None:
    dx, dy = _pupil(layer, eye)
    r = np.hypot(dx, dy)
    disc = opening * ramp(IRIS + 0.004, IRIS - 0.005, r)
    layer.blend(disc, layer.head.person.eyes.iris)
    angle = np.arctan2(dy, dx)
    rays = 0.5 + 0.5 * np.sin(angle * 23 + 4 * np.sin(angle * 7))
    glow = ramp(0.05, 0.025, r) * (0.4 + 0.6 * ramp(-0.02, 0.035, dy))
    layer.multiply(disc * (0.55 * rays + 0.7) * glow, (1.6, 1.55, 1.5))
    layer.multiply(disc * ramp(IRIS - 0.016, IRIS - 0.002, r), (0.22, 0.22, 0.24))
    layer.blend(disc * ramp(0.026, 0.021, r), (0.02, 0.02, 0.02))


def _spark(layer: Layer, eye: Eye, opening: Array) -> None:
    """The window's reflection."""
    dx, dy = _pupil(layer, eye)
    layer.blend(opening * ramp(0.016, 0.009, np.hypot(dx + 0.018, dy + 0.020)), (1.0, 1.0, 1.0))


def _lids(layer: Layer, eye: Eye, t: Array, s: Array, upper: Array, lower: Array) -> None:
    """Eye shadow, the crease of the upper lid and the rim of the lower one."""
    eyes, makeup = layer.head.person.eyes, layer.head.appearance.makeup
    lid = ramp(1.25, 0.95, np.abs(t))
    fold = eye.upper(0.92 * t) - 0.018 - 0.035 * eyes.crease
    crease = lid * np.exp(-(((s - fold) / 0.011) ** 2)) * (0.35 + 0.5 * eyes.crease)
    layer.multiply(crease, (0.52, 0.40, 0.38))
    veil = lid * ramp(-0.16, -0.05, s) * ramp(0.02, 0.0, s - upper)
    layer.blend(0.6 * makeup.shadow * veil, SHADOWS[int(makeup.hue * 2.99)])
    rim = lid * np.exp(-(((s - lower - 0.004) / 0.009) ** 2))
    layer.multiply(0.55 * rim, (0.72, 0.52, 0.50))


def _lashes(layer: Layer, t: Array, s: Array, upper: Array, lower: Array) -> None:
    liner, male = layer.head.appearance.makeup.liner, float(layer.head.person.male)
    thick = (0.010 + 0.007 * liner - 0.001 * male) * (0.75 + 0.4 * (t + 1) / 2)
    ends = ramp(1.10, 1.0, np.abs(t))
    line = ends * np.exp(-(((s - upper + 0.3 * thick) / thick) ** 2))
    layer.blend((0.8 + 0.2 * liner - 0.15 * male) * line, (0.07, 0.045, 0.04))
    low = ends * np.exp(-(((s - lower - 0.002) / 0.006) ** 2)) * ramp(-0.7, 0.6, t)
    layer.blend((0.3 + 0.4 * liner) * low, (0.10, 0.06, 0.05))


def paint_brows(layer: Layer) -> None:
    """Paint each brow as some hundred hairs over a soft shade."""
    head = layer.head
    rng = np.random.default_rng(head.person.skin.seed + 2)
    mask: UInt8 = np.zeros(layer.shape, np.uint8)
    for brow in head.shape.brows:
        count = int(120 + 2000 * brow.thickness)
        t = rng.uniform(0, 1, count) ** 0.9
        across = np.clip(rng.normal(0, 0.5, count), -1.05, 1.05)
        root = brow.ridge(t) + np.stack([0 * t, across * brow.half(t)], axis=-1)
        slope = (brow.ridge(t + 0.03) - brow.ridge(t)) / 0.03
        slope /= np.linalg.norm(slope, axis=1, keepdims=True)
        up = np.array([0, -1]) * (0.8 * (1 - t) ** 1.5 - 0.35 * across * (t > 0.2))[:, None]
        length = rng.uniform(0.025, 0.05, count)[:, None] * (1 - 0.4 * t[:, None])
        tip = root + length * (slope + up) / 1.2
        lines = np.stack([head.grid.locate(root), head.grid.locate(tip)], axis=1)
        cv2.polylines(
            mask, list(np.round(lines * 16).astype(np.int32)), False, 255, 1, cv2.LINE_AA, 4
        )
    x = max(brow.inner + brow.length for brow in head.shape.brows) + 0.1
    y = head.shape.brows[0].y
    crop = layer.crop((-x, y - 0.25, x, y + 0.2))
    rows, columns = head.grid.window((-x, y - 0.25, x, y + 0.2))
    hairs = mask[rows, columns]
    soft = cv2.GaussianBlur(hairs, (0, 0), max(layer.shape[0] / 260, 0.7))
    cover = (0.55 * hairs.astype(np.float32) + 0.55 * soft.astype(np.float32)) / 255
    colour = hair_colour(head.person, head.appearance)
    crop.blend(np.minimum(cover, 0.93), colour * (0.62 + 0.2 * float(colour.mean() < 0.15)))
