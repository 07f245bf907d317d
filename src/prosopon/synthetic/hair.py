"""Hair and beards as strands in space: grown from their roots, combed, pulled down, lit, scattered.

Lighting of strands after Kajiya and Kay, *Rendering Fur with Three Dimensional Textures* (1989).
"""

from dataclasses import dataclass

import numpy as np

from prosopon.synthetic.camera import Camera, Canvas
from prosopon.synthetic.features import Array
from prosopon.synthetic.lighting import Light
from prosopon.synthetic.paint import hair_colour, linear
from prosopon.synthetic.person import Rng
from prosopon.synthetic.scalp import Skull, hairline, scalp, skull
from prosopon.synthetic.surface import Head

KNOTS = 15


@dataclass(frozen=True, slots=True)
class Style:
    """How the hair of the head is cut and combed."""

    length: float
    lift: float
    """How far it stands off the skull, as a share of the skull's radius."""
    comb: tuple[float, float, float]
    """Direction in which it leaves the root; x counts away from the parting."""
    gravity: float
    strands: int


STYLES = {
    "cropped": Style(0.10, 0.025, (0.2, -0.2, 0.3), 0.1, 2300),
    "short": Style(0.36, 0.07, (0.5, -0.1, 0.45), 0.2, 1800),
    "parted": Style(0.62, 0.09, (1.0, -0.25, -0.05), 0.25, 1800),
    "combed back": Style(0.85, 0.09, (0.12, -0.5, -1.0), 0.1, 1800),
    "bob": Style(1.35, 0.11, (0.9, -0.2, -0.25), 0.55, 1700),
    "long": Style(2.3, 0.10, (0.9, -0.2, -0.25), 0.5, 1700),
    "tied": Style(0.9, 0.05, (0.25, -0.3, -1.0), 0.05, 1800),
}


def draw_hair(canvas: Canvas, camera: Camera, light: Light, head: Head) -> None:
    """Grow and paint the hair of the head."""
    appearance = head.appearance
    style = STYLES[appearance.hairstyle]
    rng = np.random.default_rng(appearance.seed)
    roots, outward = _roots(rng, head, int(style.strands * min(camera.scale / 130, 1.4)))
    if len(roots):
        strands = _grow(rng, head, style, roots, outward)
        paint_strands(canvas, camera, light, head, strands, rng)
    if appearance.hairstyle == "tied" and appearance.wear.hat == "none":
        paint_strands(canvas, camera, light, head, _bun(rng, head), rng)
    if appearance.fringe and appearance.wear.hat == "none":
        paint_strands(canvas, camera, light, head, _fringe(rng, head), rng)


def _roots(rng: Rng, head: Head, count: int) -> tuple[Array, Array]:
    """Choose places on the scalp: roots and outward directions, each (n, 3)."""
    form = skull(head.person)
    direction = rng.standard_normal((count * 2, 3)).astype(np.float32)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    place: Array = form.centre + form.radii * direction
    place = form.centre + (place - form.centre) / form.radius(place)
    theta = np.arctan2(direction[:, 0], direction[:, 2])
    grows = rng.random(len(place)) < scalp(head.person, theta, place[:, 1])
    if head.appearance.wear.hat != "none":
        grows &= place[:, 1] > -0.42
    place, theta = place[grows], theta[grows]
    front = np.abs(theta) < head.grid.theta[-1] - 0.1
    if front.any():
        place[front] = head.lift(head.grid.at(theta[front], place[front, 1]))
    return place, form.normals(place)


def _grow(rng: Rng, head: Head, style: Style, roots: Array, outward: Array) -> Array:
    """Return strands (n, KNOTS, 3)."""
    person, n = head.person, len(roots)
    curl = person.hair.curl
    form = skull(person)
    coiled = curl > 0.7
    length = style.length * rng.uniform(0.75, 1.05, n)
    away = np.sign(roots[:, 0] - person.habits.parting + 1e-6)
    comb = np.stack([style.comb[0] * away, np.full(n, style.comb[1]), np.full(n, style.comb[2])], 1)
    comb = comb + 0.6 * outward + rng.normal(0, 0.12, (n, 3))
    if coiled:
        comb = outward + rng.normal(0, 0.35, (n, 3))
        length = np.minimum(length, 0.30 + 0.12 * style.length)
    down = np.array([0, 1, 0.0])
    position = roots + 0.01 * outward
    strands = np.empty((n, KNOTS, 3), np.float32)
    lift = 1 + style.lift * rng.uniform(0.2, 1.0, (n, 1)) * (0.5 + 0.7 * person.hair.density)
    for knot in range(KNOTS):
        strands[:, knot] = position
        share = knot / (KNOTS - 1)
        pull = style.gravity * (0.0 if coiled else min(1.0, 0.25 + 1.6 * share))
        heading = comb * (1 - pull) + down * pull * 1.4
        if not coiled:
            up = form.normals(position)
            heading = heading - 0.9 * up * np.einsum("nc,nc->n", heading, up)[:, None]
        heading /= np.linalg.norm(heading, axis=1, keepdims=True)
        position = position + heading * (length / (KNOTS - 1))[:, None]
        risen = 1 + (lift - 1) * min(1.0, 2.5 * share + 0.2)
        position = _outside(position, form, risen, -0.1 if style.length > 1 else 0.5, coiled)
        position = _beside_face(position, style, head)
    return _wave(rng, strands, curl, style.length)


def _outside(position: Array, form: Skull, lift: Array, level: float, coiled: bool) -> Array:
    """Push points out of the skull; above `level`, combed hair also stays close to it."""
    radius = form.radius(position) / lift
    bound = radius < 1
    if not coiled:
        bound |= position[:, 1:2] < level
    return np.asarray(np.where(bound, form.centre + (position - form.centre) / radius, position))


def _beside_face(position: Array, style: Style, head: Head) -> Array:
    """Keep hanging hair out of the face: beside it, not before it."""
    out = position.copy()
    hanging = position[:, 1] > -0.25
    limit = head.person.head.width * 1.02
    beside = np.where(position[:, 0] < 0, -1, 1) * np.maximum(np.abs(position[:, 0]), limit)
    out[:, 0] = np.where(hanging & (position[:, 2] > -0.3), beside, position[:, 0])
    out[:, 2] = np.where(hanging, np.minimum(position[:, 2], 0.30), position[:, 2])
    return out


def _wave(rng: Rng, strands: Array, curl: float, length: float) -> Array:
    """Bend strands into waves or coils; neighbours bend alike."""
    n = len(strands)
    share = np.linspace(0, 1, KNOTS)[None, :]
    lock = np.sin(strands[:, :1, 0] * 6) + np.cos(strands[:, :1, 1] * 5) + strands[:, :1, 2] * 3
    phase = 2.2 * lock + rng.normal(0, 0.35, (n, 1))
    turns = 1.2 + 1.4 * length if curl < 0.7 else 2.5
    wave = (0.004 + 0.075 * curl) * np.minimum(share * 4, 1)
    angle = 2 * np.pi * turns * share + phase
    side = np.stack([np.cos(angle), 0.3 * np.sin(1.7 * angle), np.sin(angle)], axis=-1)
    return np.asarray(strands + wave[..., None] * side, np.float32)


def _fringe(rng: Rng, head: Head) -> Array:
    """Strands that fall over the forehead to just above the brows."""
    n = 420
    theta = rng.uniform(-0.75, 0.75, n)
    level = hairline(head.person, theta) - rng.uniform(0.0, 0.14, n)
    end = head.person.brows.height - 0.07 + rng.normal(0, 0.02, n)
    share = np.linspace(0, 1, KNOTS)[None, :]
    y = level[:, None] + share * (end - level)[:, None]
    turn = theta[:, None] * (1 + 0.1 * share) + 0.10 * share * rng.normal(0.3, 0.5, (n, 1))
    points = head.lift(head.grid.at(turn, y).reshape(-1, 2)).reshape(n, KNOTS, 3)
    puff = 0.03 + 0.07 * np.sin(np.pi * np.clip(share * 0.8 + 0.1, 0, 1)) * rng.uniform(
        0.6, 1, (n, 1)
    )
    points = points + puff[..., None] * np.array([0, 0, 1], np.float32)
    return _wave(rng, points.astype(np.float32), min(head.person.hair.curl, 0.5), 0.4)


def _bun(rng: Rng, head: Head) -> Array:
    """A knot of hair on top of the head."""
    n = 500
    direction = rng.standard_normal((n, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    other = np.cross(direction, rng.standard_normal((n, 3)))
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    angle = np.linspace(0, 1.8, KNOTS)[None, :, None]
    circle = np.cos(angle) * direction[:, None] + np.sin(angle) * other[:, None]
    middle = np.array([0, head.person.head.crown - 0.05, -0.45])
    return np.asarray(middle + circle * np.array([0.25, 0.21, 0.25]), np.float32)


def paint_strands(
    canvas: Canvas, camera: Camera, light: Light, head: Head, strands: Array, rng: Rng
) -> None:
    """Light the strands and scatter them as dots, a dark underlayer first."""
    knots = strands.shape[1]
    length = np.linalg.norm(np.diff(strands, axis=1), axis=2).sum(axis=1).mean()
    fine = max(1, round(camera.scale / 95))
    count = int(np.clip(length * camera.scale / fine, knots, 200))
    at = np.linspace(0, knots - 1, count, dtype=np.float32)
    low = np.minimum(at.astype(int), knots - 2)
    ends = camera.project(strands).astype(np.float32)
    dots = ends[:, low] + (ends[:, low + 1] - ends[:, low]) * (at - low)[:, None].astype(np.float32)
    colours = _lit(camera, light, head, strands, rng).reshape(-1, 3)
    nearest = np.arange(len(strands))[:, None] * knots + np.round(at).astype(int)
    behind = dots[:, ::3].reshape(-1, 3) - np.array([0, 0, 0.06], np.float32)
    canvas.scatter(behind, 0.45 * colours, nearest[:, ::3].ravel(), 2 * fine)
    canvas.scatter(dots.reshape(-1, 3), colours, nearest.ravel(), fine)


def _lit(camera: Camera, light: Light, head: Head, strands: Array, rng: Rng) -> Array:
    """Return the light (n, knots, 3) that strands send out."""
    tangent = np.gradient(strands, axis=1)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=2, keepdims=True), 1e-6)
    normal = skull(head.person).normals(strands)
    lamp = camera.to_body(light.lamp)
    half = lamp + camera.to_body(np.array([0, 0, 1], np.float32))
    half /= np.linalg.norm(half)
    diffuse = np.clip(normal @ lamp * 0.75 + 0.3, 0.05, 1)
    along = tangent @ half
    shine = np.maximum(1 - along**2, 0) ** 18 * np.clip(normal @ half + 0.1, 0, 1)
    base = linear(hair_colour(head.person, head.appearance))
    n = len(strands)
    vary = np.exp(rng.normal(0, 0.22, (n, 1, 1))).astype(np.float32)
    grey = rng.random((n, 1, 1)) < 0.03
    deep = 0.6 + 0.4 * np.minimum(np.linspace(0, 1, strands.shape[1]) * 3, 1)[None, :, None]
    colour = np.where(grey, base * 1.15, base) * vary * deep
    lit = colour * (1.15 * diffuse[..., None] * light.lamp_colour + 0.6 * light.room_colour)
    gleam = (0.035 + 0.30 * base) * shine[..., None] * light.lamp_colour * vary
    return np.asarray(lit + gleam, np.float32)
