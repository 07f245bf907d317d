"""Where the features of a face lie on a photograph's day, before any turning of the head.

`Features` is the one description that the surface, the painting and the landmarks share: curves in
the face plane (units of `prosopon.synthetic.person`), moved by expression and age.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prosopon.synthetic.appearance import Appearance
from prosopon.synthetic.person import Person

Array = NDArray[Any]
"""Floating point numbers; float32 wherever there are many of them."""


def ramp(low: float | Array, high: float | Array, value: Array) -> Array:
    """Return 0 below `low`, 1 above `high`, and a smooth step between (reversed if low > high)."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


@dataclass(frozen=True, slots=True)
class Eye:
    """One eye's opening, in coordinates t (-1 inner to 1 outer corner) and s (down, in units)."""

    side: int
    """-1 on the image's left, 1 on its right."""
    centre: tuple[float, float]
    width: float
    above: float
    """How far the upper lid's edge lies above the line through the corners."""
    below: float
    tilt: float

    def frame(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Turn face-plane coordinates into (t, s)."""
        dx, dy = (x - self.centre[0]) * self.side, y - self.centre[1]
        cos, sin = np.cos(self.tilt), np.sin(self.tilt)
        return (dx * cos - dy * sin) / self.width, dx * sin + dy * cos

    def place(self, t: Array, s: Array) -> Array:
        """Turn (t, s) into face-plane points (n, 2): the inverse of `frame`."""
        cos, sin = np.cos(self.tilt), np.sin(self.tilt)
        dx, dy = t * self.width * cos + s * sin, -t * self.width * sin + s * cos
        return np.stack([self.centre[0] + self.side * dx, self.centre[1] + dy], axis=-1)

    def upper(self, t: Array) -> Array:
        """Return the s of the upper lid's edge at `t`."""
        curve: Array = np.maximum(1 - t * t, 0) ** 0.75 * (1 - 0.12 * t)
        return -self.above * curve

    def lower(self, t: Array) -> Array:
        """Return the s of the lower lid's edge at `t`."""
        curve: Array = np.maximum(1 - t * t, 0) ** 0.9 * (1 + 0.2 * t)
        return self.below * curve


@dataclass(frozen=True, slots=True)
class Lips:
    """The mouth as four curves over x."""

    y: float
    width: float
    upper: float
    lower: float
    bow: float
    lift: float
    """How far the corners lie above the middle."""
    gap: float

    def line(self, x: Array) -> Array:
        """Return y where the closed lips meet."""
        t = np.clip(np.abs(x) / self.width, 0, 1)
        return self.y - self.lift * t**1.7 + 0.006 * np.cos(np.pi * np.minimum(t * 2.2, 1))

    def inner(self, x: Array) -> tuple[Array, Array]:
        """Return y of the lips' inner edges, upper and lower."""
        room = self.gap * np.maximum(1 - (x / (0.86 * self.width)) ** 2, 0) ** 0.6
        line = self.line(x)
        return line - 0.22 * room, line + 0.78 * room

    def outer(self, x: Array) -> tuple[Array, Array]:
        """Return y of the lips' outer edges, upper and lower."""
        t = np.clip(np.abs(x) / self.width, 0, 1)
        top, bottom = self.inner(x)
        bow = self.bow * (1 - 2.4 * np.exp(-((t / 0.13) ** 2)) + np.exp(-((t / 0.5) ** 2)))
        peak = self.upper * (1 - t**1.7) + bow * (1 - t) * 0.7
        return top - np.maximum(peak, 0), bottom + self.lower * (1 - t**2.2) ** 0.9


@dataclass(frozen=True, slots=True)
class Brow:
    """One eyebrow, along t from 0 (inner) to 1 (outer end)."""

    side: int
    inner: float
    length: float
    y: float
    arch: float
    tilt: float
    thickness: float

    def ridge(self, t: Array) -> Array:
        """Return points (n, 2) along the middle."""
        x = self.inner + self.length * t
        rise = self.tilt * self.length * t + self.arch * np.sin(np.pi * np.clip(t, 0, 1) ** 1.4)
        drop = 0.05 * np.maximum(t - 0.7, 0) ** 1.5 / 0.16
        return np.stack([self.side * x, self.y - rise + drop], axis=-1)

    def half(self, t: Array) -> Array:
        """Return half the thickness at `t`."""
        return 0.5 * self.thickness * (0.35 + 0.65 * np.clip(t / 0.2, 0, 1)) * (1 - 0.8 * t**2.5)


@dataclass(frozen=True, slots=True)
class Features:
    """Everything that has a place on the face."""

    left: Eye
    right: Eye
    lips: Lips
    brows: tuple[Brow, Brow]
    nose_base: float
    nose_tip: float
    nose_width: float
    jaw_drop: float
    chin: float
    """y of the chin, with the jaw dropped."""

    @property
    def eyes(self) -> tuple[Eye, Eye]:
        return self.left, self.right


def features(person: Person, appearance: Appearance) -> Features:
    """Place the features of `person` as the expression of the day moves them."""
    mood = appearance.expression
    smile = mood.smile
    nose_base = person.nose.length - 0.012 * max(smile, 0)
    drop = 0.13 * mood.open
    mouth = person.mouth
    lips = Lips(
        y=person.nose.length + mouth.height - 0.015 * smile,
        width=mouth.width * (1 + 0.16 * smile - 0.08 * mood.open),
        upper=mouth.upper * (1 - 0.28 * max(smile, 0)),
        lower=mouth.lower * (1 - 0.18 * max(smile, 0)),
        bow=mouth.bow * (1 - 0.5 * max(smile, 0)),
        lift=mouth.corners + 0.048 * smile,
        gap=drop,
    )
    return Features(
        left=_eye(person, appearance, -1),
        right=_eye(person, appearance, 1),
        lips=lips,
        brows=(_brow(person, appearance, -1), _brow(person, appearance, 1)),
        nose_base=nose_base,
        nose_tip=nose_base - 0.075 - person.nose.upturn,
        nose_width=person.nose.width * (1 + 0.09 * max(smile, 0)),
        jaw_drop=drop,
        chin=person.head.chin + 0.8 * drop,
    )


def landmarks(shape: Features) -> Array:
    """Return the 51 inner points of the iBUG 68 (numbers 17 to 67) as (51, 2) in the face plane."""
    left, right = shape.brows
    along = np.linspace(0.02, 0.97, 5, dtype=np.float32)
    bridge = np.linspace(-0.04, shape.nose_tip, 4, dtype=np.float32)
    base_x = shape.nose_width * np.array([-0.62, -0.33, 0, 0.33, 0.62], np.float32)
    base_y = shape.nose_base - np.array([0.02, 0.006, 0, 0.006, 0.02], np.float32)
    parts = [
        left.ridge(along[::-1]),
        right.ridge(along),
        np.stack([np.zeros(4, np.float32), bridge], axis=-1),
        np.stack([base_x, base_y], axis=-1),
        _eye_points(shape.left)[[3, 2, 1, 0, 5, 4]],
        _eye_points(shape.right)[[0, 1, 2, 3, 4, 5]],
        _lip_points(shape.lips),
    ]
    return np.concatenate(parts).astype(np.float32)


def _eye(person: Person, appearance: Appearance, side: int) -> Eye:
    eyes, mood = person.eyes, appearance.expression
    droop = 0.16 * np.clip((appearance.age - 45) / 35, 0, 1)
    closing = 1 - 0.45 * mood.squint - 0.28 * max(mood.smile, 0) - droop
    opening = eyes.opening * max(closing, 0.3) * (1 + 0.12 * max(mood.brows, 0))
    return Eye(
        side=side,
        centre=(side * eyes.spacing, 0.0),
        width=eyes.width,
        above=opening * 1.15,
        below=opening * 0.8,
        tilt=eyes.tilt,
    )


def _brow(person: Person, appearance: Appearance, side: int) -> Brow:
    brows, raised = person.brows, appearance.expression.brows
    return Brow(
        side=side,
        inner=brows.gap - 0.01 * max(-raised, 0),
        length=brows.length,
        y=brows.height - 0.035 * raised,
        arch=brows.arch,
        tilt=brows.tilt - 0.05 * min(raised, 0),
        thickness=brows.thickness,
    )


def _eye_points(eye: Eye) -> Array:
    """Inner corner, two upper, outer corner, two lower (from outer to inner)."""
    t = np.array([-1, -0.38, 0.38, 1, 0.38, -0.38], np.float32)
    s = np.where(np.arange(6) < 4, eye.upper(t), eye.lower(t))
    return eye.place(t, s.astype(np.float32))


def _lip_points(lips: Lips) -> Array:
    outer = lips.width * np.array([-1, -0.62, -0.25, 0, 0.25, 0.62, 1], np.float32)
    inner = lips.width * np.array([-0.86, -0.3, 0, 0.3, 0.86], np.float32)
    top, bottom = lips.outer(outer)
    inner_top, inner_bottom = lips.inner(inner)
    return np.concatenate(
        [
            np.stack([outer, top], axis=-1),
            np.stack([outer, bottom], axis=-1)[5:0:-1],
            np.stack([inner, inner_top], axis=-1),
            np.stack([inner, inner_bottom], axis=-1)[3:0:-1],
        ]
    )
