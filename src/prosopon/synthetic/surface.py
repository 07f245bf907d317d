"""The head as a surface: a smooth skull and jaw, with the features raised on it.

The surface is a grid of points: columns run round the head (angle theta, 0 at the nose), rows from
the crown to under the chin. Textures are painted on the same grid, in face coordinates.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from scipy.interpolate import PchipInterpolator

from prosopon.synthetic.appearance import Appearance
from prosopon.synthetic.features import Array, Features, features, landmarks, ramp
from prosopon.synthetic.person import Person

REACH = 2.3
"""Largest theta, in radians."""


@dataclass(frozen=True)
class Head:
    """The head of one person on one day.

    `height` (rows, columns) is how far features and the roots of the hair stand out of the skull.
    """

    person: Person
    appearance: Appearance
    shape: Features
    theta: Array
    """(columns,)"""
    levels: Array
    """(rows,) y of each row."""
    half_width: Array
    """(rows,)"""
    half_depth: Array
    """(rows,)"""
    x: Array
    """(rows, columns) face-plane coordinate; y is its partner."""
    y: Array
    facing: Array
    """(columns,) 1 in front, 0 at the side and behind."""
    height: Array

    @cached_property
    def points(self) -> Array:
        """(rows, columns, 3) in units."""
        round_front = np.sign(np.cos(self.theta)) * np.abs(np.cos(self.theta)) ** 0.85
        z = self.half_depth[:, None] * round_front
        # In front features rise towards the viewer, at the sides outwards.
        out = self.height * (1 - self.facing)
        x = self.x + out * np.sin(self.theta)
        z = z + self.height * self.facing + out * np.cos(self.theta)
        return np.stack([x, self.y, z], axis=-1).astype(np.float32)

    @cached_property
    def normals(self) -> Array:
        """(rows, columns, 3) unit vectors outwards."""
        return normals(self.points)

    def locate(self, points: Array) -> Array:
        """Return fractional (column, row) on the grid of face-plane `points` (n, 2)."""
        row = np.interp(points[:, 1], self.levels, np.arange(len(self.levels)))
        width = np.interp(points[:, 1], self.levels, self.half_width)
        theta = np.arcsin(np.clip(points[:, 0] / width, -1, 1))
        column = np.interp(theta, self.theta, np.arange(len(self.theta)))
        return np.stack([column, row], axis=-1).astype(np.float32)

    def lift(self, where: Array) -> Array:
        """Return the points (n, 3) of the surface at grid places `where` (n, 2)."""
        column, row = where.reshape(1, -1, 2).transpose(2, 0, 1).astype(np.float32)
        return np.asarray(cv2.remap(self.points, column, row, cv2.INTER_LINEAR)[0], np.float32)

    def landmarks(self) -> Array:
        """Return the 68 iBUG landmarks (68, 3) in space."""
        inner = self.lift(self.locate(landmarks(self.shape)))
        return np.concatenate([self.lift(self._jaw()), inner])

    def _jaw(self) -> Array:
        """Return grid places of the 17 points along the jaw, from the image's left ear."""
        turn = np.radians([-80, -79, -78, -76, -73, -67, -56, -33])
        share = np.array([0.0, 0.16, 0.32, 0.48, 0.63, 0.77, 0.89, 0.965])
        theta = np.concatenate([turn, [0], -turn[::-1]])
        share = np.concatenate([share, [0.985], share[::-1]])
        top = -0.03
        y = top + share * (self.shape.chin - top)
        row = np.interp(y, self.levels, np.arange(len(self.levels)))
        column = np.interp(theta, self.theta, np.arange(len(self.theta)))
        return np.stack([column, row], axis=-1).astype(np.float32)


def head(person: Person, appearance: Appearance, density: float) -> Head:
    """Build the surface with about `density` grid rows per unit."""
    shape = features(person, appearance)
    crown, bottom = person.head.crown, shape.chin + 0.005
    rows = max(int(density * (bottom - crown)), 48)
    columns = max(int(density * 2 * REACH * 0.72), 64)
    v = np.linspace(0, 1, rows)
    even = 0.55 * v + 0.225 * (1 - np.cos(np.pi * v)) + 0.0
    levels = crown + (bottom - crown) * even / even[-1]
    theta = np.linspace(-REACH, REACH, columns).astype(np.float32)
    half_width, half_depth = _profiles(person, shape, levels)
    x = half_width[:, None] * np.sin(theta)
    y = np.broadcast_to(levels[:, None], x.shape).astype(np.float32)
    facing = ramp(1.45, 0.9, np.abs(theta))
    relief = _relief(person, appearance, shape, x.astype(np.float32), y)
    return Head(
        person=person,
        appearance=appearance,
        shape=shape,
        theta=theta,
        levels=levels.astype(np.float32),
        half_width=half_width,
        half_depth=half_depth,
        x=x.astype(np.float32),
        y=y,
        facing=facing,
        height=relief * ramp(1.75, 1.35, np.abs(theta)) + 0.03 * scalp(person, theta, y),
    )


def normals(points: Array) -> Array:
    """Return unit normals (h, w, 3) of a grid of points, on the side of column × row."""
    across = np.gradient(points, axis=1)
    down = np.gradient(points, axis=0)
    normal = np.cross(across, down)
    length = np.sqrt(np.einsum("hwc,hwc->hw", normal, normal))
    return np.asarray(normal / np.maximum(length, 1e-9)[..., None], np.float32)


def skull(person: Person) -> tuple[Array, Array]:
    """Return centre and radii (3,) of the ellipsoid that fits the back of the head."""
    crown = person.head.crown
    centre = np.array([0, crown + 0.86, -0.06], np.float32)
    radii = np.array([person.head.width + 0.045, 0.88, 0.97], np.float32)
    return centre, radii


def hairline(person: Person, theta: Array) -> Array:
    """Return the y down to which hair grows at each angle `theta`."""
    bare = person.hair.recession
    top = person.hair.hairline
    turn = [0, 0.35, 0.75, 1.0, 1.18, 1.30, 1.42, 1.50, 1.58, 1.8, 2.2, np.pi]
    level = [
        top - 0.20 * bare, top - 0.02 - 0.36 * bare, top + 0.06 - 0.42 * bare, -0.42 - 0.30 * bare,
        -0.24 - 0.1 * bare, 0.02, 0.10, 0.0, -0.16, 0.22, 0.50, 0.55,
    ]  # fmt: skip
    return np.asarray(np.interp(np.abs(theta), turn, level), np.float32)


def scalp(person: Person, theta: Array, y: Array) -> Array:
    """Return how much hair grows, 0 to 1, at angle `theta` and level `y`."""
    line = hairline(person, theta)
    zone = ramp(0.02, -0.05, np.asarray(y - line, np.float32))
    if person.hair.recession > 0.5:  # only a wreath is left
        bare = np.float32(min(2 * person.hair.recession - 1, 1))
        wreath = np.maximum(ramp(1.05, 1.25, np.abs(theta)) * ramp(-0.78, -0.62, y), 0)
        zone = zone * (1 - bare + bare * wreath)
    return zone * np.float32(person.hair.density)


def _profiles(person: Person, shape: Features, levels: Array) -> tuple[Array, Array]:
    """Return half width and half depth of the head at each level.

    Squares are interpolated, so that both ends close round like an ellipse.
    """
    form = person.head
    width, chin = form.width, shape.chin
    full = form.fullness
    jaw = width * (form.jaw + 0.07 * full)
    corner = 0.70 + 0.55 * shape.jaw_drop + 0.35 * (form.chin - 1.12)
    table = [
        (form.crown, 0.0, 0.0),
        (form.crown + 0.05, 0.40 * width, 0.45),
        (form.crown + 0.20, 0.74 * width, 0.72),
        (form.crown + 0.45, 0.95 * width, 0.87),
        (-0.30, 0.99 * width, 0.925),
        (-0.02, width * 0.985, 0.915),
        (0.22, width * (0.965 + 0.02 * full), 0.92),
        (0.45, 0.5 * (width + jaw) * (0.985 + 0.02 * full), 0.925),
        (corner, jaw * (0.945 + 0.03 * full), 0.93),
        (0.45 * corner + 0.55 * chin, (0.60 + 0.42 * (form.chin_width - 0.5)) * jaw + 0.13, 0.90),
        (chin - 0.075, 0.62 * form.chin_width + 0.06 * full, 0.85),
        (chin - 0.025, 0.42 * form.chin_width + 0.04 * full, 0.78),
        (chin + 0.005, 0.0, 0.5),
    ]
    y, w, d = np.array(table).T
    half_width = np.sqrt(np.maximum(PchipInterpolator(y, w**2)(levels), 1e-6))
    half_depth = np.sqrt(np.maximum(PchipInterpolator(y, d**2)(levels), 1e-6))
    return half_width.astype(np.float32), half_depth.astype(np.float32)


def _bump(x: Array, y: Array, at: tuple[float, float], size: tuple[float, float]) -> Array:
    return np.asarray(
        np.exp(-(((x - at[0]) / size[0]) ** 2) - ((y - at[1]) / size[1]) ** 2), np.float32
    )


def _pair(x: Array, y: Array, at: tuple[float, float], size: tuple[float, float]) -> Array:
    return _bump(np.abs(x), y, at, size)


def _relief(person: Person, appearance: Appearance, shape: Features, x: Array, y: Array) -> Array:
    """Return how far each grid point stands out of the smooth head."""
    form, age = person.head, np.clip((appearance.age - 30) / 45, 0, 1)
    smile = max(appearance.expression.smile, 0)
    chin, lips = shape.chin, shape.lips
    height = np.zeros_like(x)
    height += 0.055 * form.brow_ridge * _pair(x, y, (0.26, -0.17), (0.24, 0.07))
    height -= 0.02 * _bump(x, y, (0, -0.45), (0.25, 0.2)) - 0.02
    height += (0.02 + 0.045 * form.cheekbones) * _pair(x, y, (0.47, 0.20), (0.17, 0.11))
    height += 0.05 * form.fullness * _pair(x, y, (0.38, 0.52), (0.18, 0.2))
    height -= 0.045 * (1 - form.fullness) * _pair(x, y, (0.44, 0.56), (0.14, 0.16))
    height += 0.055 * smile * _pair(x, y, (0.36, 0.33), (0.13, 0.10))
    height += 0.06 * _bump(x, y, (0, lips.y), (0.27, 0.2))
    height += (0.05 + form.chin_projection) * _bump(x, y, (0, chin - 0.13), (0.16, 0.12))
    fold = lips.y + shape.jaw_drop + person.mouth.lower + 0.06
    height -= 0.035 * _bump(x, y, (0, fold), (0.17, 0.05))
    height += _nose(person, shape, x, y)
    height += _eye_forms(person, shape, x, y)
    height += _lips(shape, x, y)
    return height - _folds(shape, smile, float(age), person, x, y)


def _nose(person: Person, shape: Features, x: Array, y: Array) -> Array:
    """Bridge, tip, wings and the groove below."""
    nose, base, tip = person.nose, shape.nose_base, shape.nose_tip
    along = np.clip((y + 0.12) / (tip + 0.12), 0, 1)
    rise = 0.045 + (nose.projection - 0.045) * along**1.35
    rise += nose.hump * np.exp(-(((along - 0.45) / 0.2) ** 2))
    rise *= ramp(-0.20, -0.02, y) * ramp(base + 0.015, tip - 0.01, y)
    half = nose.bridge + (0.55 * nose.tip + 0.025) * along**2
    ridge = rise * np.exp(-((np.abs(x) / (1.15 * half)) ** 2.4))
    flank = 0.3 * rise * np.exp(-((x / (2.1 * half)) ** 2))
    ball = 0.05 * _bump(x, y, (0, tip), (0.9 * nose.tip, 0.8 * nose.tip))
    wing_y = base - 0.075
    wings = 0.14 * _pair(x, y, (0.74 * shape.nose_width, wing_y), (0.3 * shape.nose_width, 0.07))
    crease = 0.045 * _pair(x, y, (1.12 * shape.nose_width, wing_y - 0.01), (0.03, 0.07))
    groove = 0.02 * _bump(x, y, (0, base + 0.09), (0.035, 0.07))
    return np.asarray(np.maximum(ridge + ball, 0.85 * flank + wings) - crease - groove, np.float32)


def _eye_forms(person: Person, shape: Features, x: Array, y: Array) -> Array:
    """Sockets, eyeballs under their lids, and the creases above."""
    eyes = person.eyes
    out = np.zeros_like(x)
    deep = 0.07 + 0.05 * eyes.depth
    for eye in shape.eyes:
        t, s = eye.frame(x, y)
        inner = (eye.side * 0.175, -0.03)
        out -= deep * _bump(x, y, eye.centre, (0.21, 0.13))
        out -= 0.03 * _bump(x, y, inner, (0.07, 0.09))
        out += 0.085 * np.exp(-(np.abs(t / 1.05) ** 2.5) - np.abs((s + 0.005) / 0.085) ** 2.5)
        fold = eye.upper(t * 0.9) - 0.018 - 0.035 * eyes.crease
        out -= 0.016 * np.exp(-(((s - fold) / 0.014) ** 2)) * ramp(1.2, 0.8, np.abs(t))
        lid = np.exp(-(((s - eye.upper(t) + 0.012) / 0.012) ** 2)) * ramp(1.05, 0.9, np.abs(t))
        rim = np.exp(-(((s - eye.lower(t) - 0.010) / 0.010) ** 2)) * ramp(1.05, 0.9, np.abs(t))
        out += 0.012 * lid + 0.006 * rim
    return out


def _lips(shape: Features, x: Array, y: Array) -> Array:
    lips = shape.lips
    inside = ramp(1.05, 0.9, np.abs(x) / lips.width)
    top, bottom = lips.outer(x)
    inner_top, inner_bottom = lips.inner(x)

    def roll(low: Array, high: Array) -> Array:
        share = np.clip((y - low) / np.maximum(high - low, 1e-3), 0, 1)
        return np.asarray(np.sqrt(np.maximum(share * (1 - share), 0)) * 2, np.float32)

    line = np.exp(-(((y - lips.line(x)) / 0.012) ** 2)) * (lips.gap < 0.02)
    corners = _pair(x, y, (lips.width * 1.02, lips.y - lips.lift), (0.035, 0.04))
    relief = 0.035 * roll(top, inner_top) + 0.05 * roll(inner_bottom, bottom) - 0.02 * line
    return np.asarray(relief * inside - 0.025 * corners, np.float32)


def _folds(shape: Features, smile: float, age: float, person: Person, x: Array, y: Array) -> Array:
    """Depth of the folds that smiling and age draw."""
    lips, ax = shape.lips, np.abs(x)
    along = np.clip((y - shape.nose_base + 0.08) / 0.36, 0, 1)
    course = 1.1 * shape.nose_width + (lips.width * 1.18 - 1.1 * shape.nose_width) * along
    nasolabial = np.exp(-(((ax - course) / 0.028) ** 2)) * np.abs(np.sin(np.pi * along)) ** 0.7
    depth = (0.010 + 0.020 * smile + 0.024 * age) * nasolabial
    for eye in shape.eyes:
        t, s = eye.frame(x, y)
        bag = eye.lower(t * 0.8) + 0.055
        strength = 0.004 + 0.012 * person.eyes.bags + 0.012 * age
        depth += strength * np.exp(-(((s - bag) / 0.014) ** 2)) * ramp(1.1, 0.5, np.abs(t))
        rays = np.cos(s * 90) ** 4 * ramp(1.05, 1.25, t) * ramp(1.9, 1.35, t)
        depth += (0.009 * age + 0.003 * smile * age) * rays * ramp(0.11, 0.06, np.abs(s))
    lines = np.sin((y + 0.25 + 0.08 * x**2) * 48) ** 6 * ramp(-0.30, -0.36, y)
    depth += 0.007 * age * lines * ramp(-0.66, -0.55, y) * ramp(0.5, 0.3, ax)
    frown = np.exp(-(((ax - 0.045) / 0.012) ** 2)) * ramp(-0.3, -0.22, y) * ramp(-0.08, -0.14, y)
    return np.asarray(depth + 0.008 * age * frown, np.float32)
