"""Ears, neck, shoulders and clothes."""

import numpy as np
from scipy.interpolate import PchipInterpolator

from prosopon.synthetic.appearance import Wear
from prosopon.synthetic.camera import Camera, Canvas
from prosopon.synthetic.clothes import cloth, shirt_colour, tie_colour
from prosopon.synthetic.features import Array, ramp
from prosopon.synthetic.lighting import Light, shade
from prosopon.synthetic.paint import linear, noise, skin_colour
from prosopon.synthetic.person import Person
from prosopon.synthetic.surface import normals

COLLARED = ("suit", "shirt")


def draw_ears(canvas: Canvas, camera: Camera, light: Light, person: Person) -> None:
    """Paint both ears."""
    for side in (-1, 1):
        draw_ear(canvas, camera, light, person, side)


def draw_ear(canvas: Canvas, camera: Camera, light: Light, person: Person, side: int) -> None:
    """Paint one ear: a bent plate with a rolled rim, a hollow and a lobe."""
    p, q = np.meshgrid(np.linspace(0, 1, 37), np.linspace(-1, 1, 55))
    outline = (
        0.94 * np.sqrt(np.maximum(1 - np.abs(q) ** 2.3, 0)) * (1 - 0.22 * np.clip(q + 0.2, 0, 1.2))
    )
    inside = np.clip((outline - p) / 0.07, 0, 1)
    rim = np.exp(-(((p - outline + 0.10) / 0.09) ** 2)) * ramp(0.75, 0.3, q)
    inner = np.exp(-(((p - 0.60 * outline) / 0.10) ** 2)) * ramp(0.55, 0.2, q) * ramp(-0.8, -0.4, q)
    hollow = np.exp(-(((p - 0.28) / 0.20) ** 2) - ((q - 0.18) / 0.30) ** 2)
    relief = 0.045 * rim + 0.03 * inner - 0.09 * hollow
    size = person.head.ears
    width = person.head.width * 0.985
    out = 0.22 * size * p
    spread = 0.45 + 0.25 * (size - 0.8)
    x = side * (width - 0.02 + out * spread + 0.5 * relief)
    y = 0.115 + 0.335 * size * q + 0.04 * p
    z = -0.02 - 0.75 * out + 0.75 * relief - 0.05 * q
    points = np.stack([x, y, z], axis=-1).astype(np.float32)
    colour = np.broadcast_to(linear(skin_colour(person)), points.shape).copy()
    colour *= np.array([1.0, 0.80, 0.78], np.float32)
    colour *= (1 - 0.62 * hollow)[..., None]
    if side < 0:
        points, colour, inside = points[:, ::-1], colour[:, ::-1], inside[:, ::-1]
    lit = shade(colour.astype(np.float32), normals(points), camera, light)
    canvas.add(camera.project(points[::3, ::2]), lit, np.ascontiguousarray(inside, np.float32))


def draw_body(canvas: Canvas, camera: Camera, light: Light, person: Person, wear: Wear) -> None:
    """Paint the torso with its clothes, the neck, and a collar where there is one."""
    _torso(canvas, camera, light, person, wear)
    _neck(canvas, camera, light, person, 1.5 if wear.clothes in COLLARED else 1.9)
    if wear.clothes in COLLARED:
        _collar(canvas, camera, light, person, wear)


def neck_radius(person: Person) -> float:
    """Return the neck's radius in units."""
    return (0.53 if person.male else 0.42) * (0.95 + 0.14 * person.head.fullness)


def _neck(canvas: Canvas, camera: Camera, light: Light, person: Person, end: float) -> None:
    theta = np.linspace(-2.2, 2.2, 41)[None, :]
    y = np.linspace(0.45, end, 37)[:, None]
    radius = neck_radius(person)
    flare = 1 + 0.6 * np.clip((y - 1.2) / 0.6, 0, 1) ** 2
    x = radius * flare * np.sin(theta)
    z = -0.12 - 0.12 * (y - 0.9) - 0.7 * np.clip(y - 1.36, 0, 1) + 0.9 * radius * np.cos(theta)
    cords = 0.025 * np.exp(-(((np.abs(theta) - 0.75 + 0.32 * (y - 0.9)) / 0.16) ** 2))
    apple = 0.04 * person.male * np.exp(-((theta / 0.16) ** 2) - ((y - 1.38) / 0.1) ** 2)
    z = z + cords + apple
    points = np.stack([x, y + 0 * x, z], axis=-1).astype(np.float32)
    colour = np.broadcast_to(linear(skin_colour(person)), points.shape).astype(np.float32)
    colour = colour * np.array([0.96, 0.86, 0.84], np.float32)
    under = 0.30 + 0.70 * ramp(1.02, 1.5, y + 0.10 * np.abs(theta))
    lit = shade(colour, normals(points), camera, light, under) * (0.45 + 0.55 * under)[..., None]
    canvas.add(camera.project(points[::3, ::2]), lit.astype(np.float32))


def _torso(canvas: Canvas, camera: Camera, light: Light, person: Person, wear: Wear) -> None:
    wide = (2.05 if person.male else 1.75) * (0.95 + 0.2 * person.head.fullness)
    a = np.linspace(-1, 1, 181)[None, :]
    b = np.linspace(0, 1, 141)[:, None] ** 1.5
    slope = PchipInterpolator(
        [0, 0.2, 0.32, 0.5, 0.72, 0.86, 0.95, 1], [1.36, 1.36, 1.42, 1.51, 1.63, 1.76, 2.0, 2.6]
    )
    top = slope(np.abs(a))
    x = wide * a * (1 + 0.04 * b)
    y = top + 2.6 * b
    depth = 0.72 * np.sqrt(np.maximum(1 - np.abs(a) ** 3, 0)) * np.clip(b * 4, 0, 1) ** 0.5
    z = -0.62 + depth + 0.35 * np.clip(b * 1.2, 0, 1)
    rng = np.random.default_rng(wear.seed)
    folds = noise(rng, (141, 181), (5, 14)) * np.clip(b * 3, 0, 1)
    z = z + 0.03 * folds
    points = np.stack([x + 0 * y, y, z], axis=-1).astype(np.float32)
    colour = cloth(person, wear, points[..., 0], points[..., 1])
    lit = shade(colour, normals(points), camera, light, 0.92)
    canvas.add(camera.project(points[::5, ::5]), lit)


def _collar(canvas: Canvas, camera: Camera, light: Light, person: Person, wear: Wear) -> None:
    """A turned-down collar round the neck, open in front by the width of a knot."""
    theta = np.linspace(-2.3, 2.3, 91)[None, :]
    v = np.linspace(0, 1, 25)[:, None]
    radius = neck_radius(person) * (1.12 + 0.32 * v)
    front = np.cos(theta / 2) ** 6
    y = 1.30 + 0.10 * front + v * (0.26 + 0.16 * np.exp(-(((np.abs(theta) - 0.35) / 0.3) ** 2)))
    x = radius * np.sin(theta)
    z = -0.16 - 0.10 * (y - 0.9) + 0.98 * radius * np.cos(theta) + 0.10 * v
    points = np.stack([x, y, z], axis=-1).astype(np.float32)
    colour = np.broadcast_to(linear(shirt_colour(wear)), points.shape)
    gap = 0.02 + 0.42 * v
    alpha = ramp(0.0, 0.05, np.abs(theta) - gap)
    if wear.tie:
        knot = ramp(0.03, 0.0, np.abs(theta) - 0.20 + 0.06 * v) * ramp(0.12, 0.2, v)
        colour = colour + (linear(tie_colour(wear)) - colour) * knot[..., None]
        alpha = np.maximum(alpha, knot)
    lit = shade(colour, normals(points), camera, light)
    lit *= (0.75 + 0.25 * ramp(0.0, 0.12, v) * ramp(1.0, 0.93, v))[..., None]
    canvas.add(
        camera.project(points[::3, ::3]), lit.astype(np.float32), np.asarray(alpha, np.float32)
    )


def draw_jewels(canvas: Canvas, camera: Camera, body: Camera, person: Person, wear: Wear) -> None:
    """Paint earrings and a necklace as strings of lit beads."""
    gold = linear((0.90, 0.72, 0.30)) if wear.seed % 2 else linear((0.92, 0.91, 0.88))
    if wear.earrings:
        size = person.head.ears
        for side in (-1, 1):
            lobe = np.array([side * (person.head.width + 0.03), 0.115 + 0.34 * size, -0.04])
            hang = 0.03 if wear.seed % 3 else 0.11
            _bead(canvas, camera, lobe + np.array([side * 0.01, hang, 0.06]), 0.042, gold)
    if wear.necklace:
        turn = np.linspace(-1.5, 1.5, 41)
        radius = neck_radius(person) * 1.25
        for t in turn:
            y = 1.45 + 0.36 * np.cos(t)
            z = 0.05 + 0.62 * radius * np.cos(t) + 0.18
            _bead(canvas, body, np.array([radius * np.sin(t), y, z]), 0.030, gold)


def _bead(canvas: Canvas, camera: Camera, at: np.ndarray, radius: float, colour: Array) -> None:
    x, y, depth = camera.project(at.astype(np.float32)[None])[0]
    r = radius * camera.scale
    x0, x1 = int(x - r) - 1, int(x + r) + 3
    y0, y1 = int(y - r) - 1, int(y + r) + 3
    if x0 < 0 or y0 < 0 or x1 > canvas.depth.shape[1] or y1 > canvas.depth.shape[0]:
        return
    px, py = np.meshgrid(np.arange(x0, x1) - x, np.arange(y0, y1) - y)
    distance = np.hypot(px, py)
    mask = np.clip(r - distance + 0.5, 0, 1) * (canvas.depth[y0:y1, x0:x1] < depth + 0.1)
    sheen = np.exp(-((px + 0.35 * r) ** 2 + (py + 0.4 * r) ** 2) / (0.22 * r * r))
    body = colour * (0.55 + 0.45 * np.clip(1 - distance / r, 0, 1))[..., None] + sheen[..., None]
    area = canvas.colour[y0:y1, x0:x1]
    area += ((body - area) * mask[..., None]).astype(np.float32)
