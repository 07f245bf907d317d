"""Glasses and hats."""

import cv2
import numpy as np

from prosopon.synthetic.camera import Camera, Canvas
from prosopon.synthetic.features import Array, ramp
from prosopon.synthetic.lighting import Light, shade
from prosopon.synthetic.paint import linear, noise
from prosopon.synthetic.surface import Head, normals

FRAMES = {"round": (2.0, 0.185, 0.172), "square": (4.5, 0.205, 0.150), "thin": (2.8, 0.20, 0.135)}
"""Exponent of the rim's superellipse, half width, half height."""
FRAME_COLOURS = np.array([[0.06, 0.05, 0.05], [0.22, 0.12, 0.07], [0.55, 0.50, 0.42]])
HAT_COLOURS = np.array(
    [
        [0.18, 0.17, 0.17],
        [0.36, 0.30, 0.24],
        [0.15, 0.20, 0.32],
        [0.42, 0.16, 0.16],
        [0.30, 0.34, 0.24],
        [0.66, 0.60, 0.50],
    ]
)
HAT_LEVEL = -0.46
"""y of a hat's lower edge above the nose."""


def draw_glasses(canvas: Canvas, camera: Camera, head: Head) -> None:
    """Paint frame, bridge, temples and the shine of the lenses."""
    kind, seed = head.appearance.wear.glasses, head.appearance.wear.seed
    power, half_width, half_height = FRAMES[kind]
    eyes = head.person.eyes
    turn = np.linspace(0, 2 * np.pi, 61)
    circle_x = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** (2 / power)
    circle_y = np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** (2 / power)
    front = float(head.grid.half_depth.max()) + 0.10
    lines, lenses = [], []
    for side in (-1, 1):
        middle = side * (eyes.spacing + 0.012)
        x = middle + half_width * circle_x
        rim = np.stack([x, 0.02 + half_height * circle_y, front - 0.28 * x**2], axis=-1)
        lines.append(rim)
        lenses.append(rim)
        outer = side * (eyes.spacing + 0.012 + half_width)
        ear = side * (head.person.head.width + 0.03)
        hinge = [outer, -0.03, front - 0.28 * outer**2]
        lines.append(np.array([hinge, [ear, -0.05, 0.45], [ear, -0.04, 0.0]]))
    gap = eyes.spacing + 0.012 - half_width
    arc = np.linspace(-1, 1, 9)
    bridge_y = 0.0 - 0.03 * (1 - arc**2)
    lines.append(np.stack([gap * arc, bridge_y, np.full(9, front + 0.01)], axis=-1))
    shape = canvas.depth.shape
    thick = max(1, round(camera.scale * (0.014 if kind == "thin" else 0.028)))
    mask, glass = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    for number, line in enumerate(lines):
        projected = camera.project(line.astype(np.float32))
        if number in (1, 3) and _hidden(canvas, projected):
            projected = projected[:2] * [[1], [1]]
            projected[1] = 0.75 * projected[0] + 0.25 * projected[1]
        path = np.round(projected[:, :2] * 16).astype(np.int32)
        cv2.polylines(mask, [path], False, 255, thick, cv2.LINE_AA, 4)
    for lens in lenses:
        path = np.round(camera.project(lens.astype(np.float32))[:, :2] * 16).astype(np.int32)
        cv2.fillPoly(glass, [path], 255, cv2.LINE_AA, 4)
    frame = linear(FRAME_COLOURS[seed % 3 if kind != "thin" else 2].astype(np.float32))
    shade_below = np.roll(mask, max(1, round(camera.scale * 0.03)), axis=0)
    _blend(canvas, cv2.blur(shade_below, (thick + 2, thick + 2)), np.zeros(3, np.float32), 0.22)
    ys, xs = np.mgrid[0 : shape[0], 0 : shape[1]]
    gleam = 0.5 + 0.5 * np.sin((xs - 0.7 * ys) / (0.13 * camera.scale) + seed)
    _blend(canvas, (glass * gleam**6).astype(np.uint8), np.ones(3, np.float32), 0.10)
    _blend(canvas, mask, frame, 0.96)
    glint = np.roll(mask, -1, axis=0) & ~mask
    _blend(canvas, glint, np.full(3, 0.8, np.float32), 0.25)


def _hidden(canvas: Canvas, projected: Array) -> bool:
    """Return whether the middle of a temple lies behind the face."""
    x, y, depth = projected[1]
    height, width = canvas.depth.shape
    if not (0 <= x < width and 0 <= y < height):
        return False
    return bool(canvas.depth[int(y), int(x)] > depth + 0.03)


def _blend(canvas: Canvas, mask: np.ndarray, colour: Array, strength: float) -> None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return
    window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    area = canvas.colour[window]
    area += (colour - area) * (mask[window].astype(np.float32) * (strength / 255))[..., None]


def draw_hat(canvas: Canvas, camera: Camera, light: Light, head: Head) -> None:
    """Paint a cap, a brimmed or knitted hat, or a headscarf."""
    kind, seed = head.appearance.wear.hat, head.appearance.wear.seed
    cloth = linear(HAT_COLOURS[seed % len(HAT_COLOURS)].astype(np.float32))
    if kind == "scarf":
        _scarf(canvas, camera, light, head, cloth)
        return
    if kind == "brimmed":
        _brim(canvas, camera, light, head, cloth, 0.42, 1.0)
    _dome(canvas, camera, light, head, cloth)
    if kind == "cap":
        _brim(canvas, camera, light, head, cloth, 0.50, 0.0)


def _ring(head: Head) -> tuple[float, float]:
    """Return half width and half depth of the head at the hat's edge."""
    return head.person.head.width + 0.07, 0.98


def _edge(front: Array, tilt: float) -> Array:
    """Return y of the hat's edge where the head faces front (1) to back (-1)."""
    return np.asarray(HAT_LEVEL - tilt * front, np.float32)


def _dome(canvas: Canvas, camera: Camera, light: Light, head: Head, cloth: Array) -> None:
    kind, seed = head.appearance.wear.hat, head.appearance.wear.seed
    wide, deep = _ring(head)
    theta = np.linspace(-np.pi, np.pi, 161)[None, :]
    v = np.linspace(0, 1, 81)[:, None]
    crown = head.person.head.crown
    front = np.cos(theta)
    edge = _edge(front, 0.10)
    if kind == "brimmed":
        top = crown - 0.30 - 0.05 * np.abs(np.sin(theta))
        swell, close = 1 - 0.14 * (1 - v), np.clip(v / 0.10, 0, 1) ** 0.5
    elif kind == "cap":
        top = crown - 0.10 + 0.06 * (1 - front) / 2
        swell, close = 1.02 + 0 * v, np.sqrt(np.maximum(1 - (1 - v) ** 2.6, 0))
    else:
        top = crown - 0.20 + 0 * theta
        swell, close = 1.03 + 0 * v, np.sqrt(np.maximum(1 - (1 - v) ** 2.2, 0))
    y = top + (edge - top) * v
    x = wide * swell * close * np.sin(theta)
    z = -0.05 + deep * swell * close * np.cos(theta)
    rng = np.random.default_rng(seed)
    felt = 1 + 0.07 * noise(rng, (81, 161), (12, 24)) + 0.05 * noise(rng, (81, 161), (60, 120))
    colour = np.broadcast_to(cloth, (81, 161, 3)) * felt[..., None]
    if kind == "knitted":
        ribs = np.cos(theta * 42)
        z, x = z + 0.012 * ribs * np.cos(theta), x + 0.012 * ribs * np.sin(theta)
        cuff = ramp(0.66, 0.70, v)
        x, z = x * (1 + 0.06 * cuff), z * (1 + 0.06 * cuff)
        colour = (
            colour * (0.85 + 0.15 * ribs - 0.3 * np.exp(-(((v - 0.68) / 0.02) ** 2)))[..., None]
        )
    if kind == "brimmed":
        band = (v > 0.78).astype(np.float32)
        colour = colour * (1 - 0.6 * band)[..., None]
    if kind == "cap":
        seam = ramp(0.05, 0.0, np.abs(np.mod(theta / (np.pi / 3) + 0.5, 1) - 0.5))
        colour = colour * (1 - 0.35 * seam)[..., None]
    points = np.stack([x, y + 0 * x, z], axis=-1).astype(np.float32)
    lit = shade(colour.astype(np.float32), normals(points), camera, light)
    canvas.add(camera.project(points[::4, ::4]), lit)


def _brim(
    canvas: Canvas,
    camera: Camera,
    light: Light,
    head: Head,
    cloth: Array,
    wide: float,
    round_: float,
) -> None:
    """A brim all round (`round_` 1), or only a peak in front (0)."""
    ring_x, ring_z = _ring(head)
    theta = np.linspace(-np.pi, np.pi, 121)[None, :]
    v = np.linspace(0, 1, 14)[:, None]
    front = np.cos(theta)
    reach = wide * v * (round_ + (1 - round_) * ramp(0.25, 0.75, front))
    x = (ring_x + reach) * np.sin(theta)
    z = -0.05 + (ring_z + reach) * np.cos(theta)
    bend = 0.10 * round_ * np.abs(np.sin(theta)) ** 2 - 0.06 * round_ * front
    y = _edge(front, 0.10) + reach * (0.30 - 0.5 * bend) - 0.25 * reach * np.abs(np.sin(theta)) ** 2
    points = np.stack([x, y, z], axis=-1).astype(np.float32)
    colour = np.broadcast_to(cloth, points.shape).astype(np.float32)
    above = shade(colour, normals(points), camera, light)
    below = shade(colour * 0.45, -normals(points), camera, light, 0.5)
    seen = np.asarray(ramp(0.0, 0.02, reach + 0 * x), np.float32) if not round_ else None
    canvas.add(camera.project(points), above, seen)
    flipped = None if seen is None else np.ascontiguousarray(seen[:, ::-1])
    canvas.add(camera.project(points[:, ::-1]), np.ascontiguousarray(below[:, ::-1]), flipped)


def _scarf(canvas: Canvas, camera: Camera, light: Light, head: Head, cloth: Array) -> None:
    """Cloth over the hair, down the cheeks and under the chin."""
    line = np.interp(
        np.abs(head.grid.theta), [0, 0.5, 0.9, 1.15, 1.3], [-0.62, -0.56, -0.36, 0.2, 1.4]
    )
    cover = ramp(0.02, -0.02, np.asarray(head.grid.y - line[None, :], np.float32))
    rng = np.random.default_rng(head.appearance.wear.seed)
    folds = noise(rng, head.grid.shape, (4, 26))
    points = head.points + head.normals * (0.07 + 0.015 * folds * cover)[..., None]
    pattern = ramp(0.7, 0.9, noise(rng, head.grid.shape, (26, 36)))
    colour = cloth * (1 + 0.9 * pattern * (head.appearance.wear.seed % 2))[..., None]
    hem = np.exp(-(((head.grid.y - line[None, :] + 0.03) / 0.02) ** 2))
    colour = colour * (1 - 0.35 * hem)[..., None]
    lit = shade(colour.astype(np.float32), normals(points), camera, light)
    canvas.add(camera.project(points[head.grid.coarse(60, 80)]), lit, np.asarray(cover, np.float32))


def hat_shadow(head: Head) -> Array | None:
    """Return the shade (rows, columns) that a hat throws on the forehead; None without a hat."""
    kind = head.appearance.wear.hat
    if kind == "none":
        return None
    depth = {"brimmed": 0.26, "cap": 0.20}.get(kind, 0.07)
    edge = HAT_LEVEL - 0.06
    return 0.35 + 0.65 * ramp(edge, edge + depth, head.grid.y)
