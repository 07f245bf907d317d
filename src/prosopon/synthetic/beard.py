"""Beards: where they grow, the shadow that shaving leaves, and the hairs."""

import numpy as np

from prosopon.synthetic.camera import Camera, Canvas
from prosopon.synthetic.features import Array, ramp
from prosopon.synthetic.hair import paint_strands
from prosopon.synthetic.lighting import Light
from prosopon.synthetic.paint import Layer, hair_colour, noise
from prosopon.synthetic.surface import Head

PARTS = {
    "mustache": ("mustache",),
    "goatee": ("mustache", "goatee"),
    "full": ("mustache", "goatee", "cheeks"),
}
"""What each kind of beard in `appearance.BEARDS` is made of; the others have no hairs."""
SHADE = {"none": 0.10, "stubble": 0.5}


def paint_shadow(layer: Layer) -> None:
    """Darken the skin where a beard is shaved or beginning."""
    head = layer.head
    if not head.person.male:
        return
    rng = np.random.default_rng(head.person.skin.seed + 1)
    dots = 0.8 + 0.25 * noise(rng, layer.shape, (300, 420))
    tint = 0.45 + 0.35 * hair_colour(head.person, head.appearance)
    layer.multiply(SHADE.get(head.appearance.beard, 0.25) * _cheeks(head) * dots, tint)


def draw_beard(canvas: Canvas, camera: Camera, light: Light, head: Head) -> None:
    """Grow and paint mustache, goatee, full beard or sideburns."""
    appearance = head.appearance
    zones = [ZONES[part](head) for part in PARTS.get(appearance.beard, ())]
    if appearance.sideburns:
        zones.append(_sideburns(head))
    if not zones:
        return
    rng = np.random.default_rng(appearance.seed + 1)
    zone = np.max(zones, axis=0).ravel()
    weight = zone * (zone > 0.2)
    count = int(300 * camera.scale * weight.sum() / weight.size)
    chosen = rng.choice(weight.size, count, p=weight / weight.sum())
    roots = head.points.reshape(-1, 3)[chosen]
    outward = head.normals.reshape(-1, 3)[chosen]
    side = np.sign(roots[:, :1]) * np.array([0.35, 0, 0], np.float32)
    fall = 0.5 * outward + side + np.array([0, 1, 0]) + rng.normal(0, 0.2, (count, 3))
    length = rng.uniform(0.04, 0.10, count) * (1.3 if appearance.beard == "full" else 0.9)
    share = np.linspace(0, 1, 4)[None, :, None]
    strands = roots[:, None] + share * (fall * length[:, None])[:, None]
    strands += 0.006 * rng.standard_normal(strands.shape)
    paint_strands(canvas, camera, light, head, strands.astype(np.float32), rng)


def _cheeks(head: Head) -> Array:
    """Return where a full beard grows, 0 to 1."""
    shape, x, y = head.shape, head.grid.x, head.grid.y
    ax, angle = np.abs(x), np.abs(head.grid.theta)
    line = 0.42 + 0.16 * np.cos(np.clip(angle * 2.2, 0, np.pi)) + 0.10 * ramp(0.38, 0.30, ax)
    lower = ramp(line - 0.07, line + 0.08, y) * ramp(1.75, 1.45, angle)
    below_nose = ramp(shape.nose_base + 0.015, shape.nose_base + 0.06, y)
    beside = ramp(1.2 * shape.nose_width, 1.5 * shape.nose_width, ax)
    return np.asarray(lower * np.maximum(below_nose, beside) * (1 - _mouth(head)))


def _mustache(head: Head) -> Array:
    lips, x, y = head.shape.lips, head.grid.x, head.grid.y
    ax = np.abs(x)
    top, _ = lips.outer(x)
    reach = ramp(lips.width * 1.25, lips.width * 0.95, ax)
    above = np.maximum(ramp(top + 0.025, top, y), ramp(lips.width * 0.95, lips.width, ax))
    start = head.shape.nose_base + 0.02 + 0.09 * ax
    band = ramp(start, start + 0.03, y) * ramp(lips.y + 0.07, lips.y, y)
    return np.asarray(reach * above * band * (1 - _mouth(head)))


def _goatee(head: Head) -> Array:
    shape, x, y = head.shape, head.grid.x, head.grid.y
    ax = np.abs(x)
    _, bottom = shape.lips.outer(x)
    below = ramp(bottom + 0.02, bottom + 0.06, y)
    beside = ramp(shape.lips.width, shape.lips.width + 0.03, ax)
    ring = ramp(0.31, 0.24, ax) * ramp(shape.lips.y - 0.02, shape.lips.y + 0.04, y)
    return np.asarray(ring * np.maximum(below, beside) * (1 - _mouth(head)))


def _sideburns(head: Head) -> Array:
    angle, y = np.abs(head.grid.theta), head.grid.y
    return (
        ramp(1.08, 1.16, angle)
        * ramp(1.52, 1.46, angle)
        * ramp(-0.2, -0.1, y)
        * ramp(0.45, 0.38, y)
    )


def _mouth(head: Head) -> Array:
    lips, x, y = head.shape.lips, head.grid.x, head.grid.y
    top, bottom = lips.outer(x)
    inside = ramp(top - 0.012, top, y) * ramp(bottom + 0.012, bottom, y)
    return np.asarray(inside * (np.abs(x) < lips.width))


ZONES = {"mustache": _mustache, "goatee": _goatee, "cheeks": _cheeks}
