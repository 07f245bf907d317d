"""The colours of a head, painted in face coordinates on the grid of `prosopon.synthetic.surface`.

Colours are given as displayed and kept as linear light (the square, close to sRGB's curve and much
cheaper). Shapes are implicit functions of the face plane, so their edges are smooth at any size.
"""

import cv2
import numpy as np

from prosopon.synthetic.appearance import Appearance
from prosopon.synthetic.features import Array, Eye, ramp
from prosopon.synthetic.person import HAIR_COLOURS, Colour, Person, Rng
from prosopon.synthetic.surface import Head

SKIN: tuple[Colour, ...] = (
    (0.93, 0.79, 0.72),
    (0.86, 0.67, 0.56),
    (0.68, 0.48, 0.36),
    (0.48, 0.32, 0.23),
    (0.33, 0.21, 0.16),
)
"""From melanin 0 to 1."""
LIPSTICKS: tuple[Colour, ...] = ((0.62, 0.08, 0.14), (0.78, 0.16, 0.20), (0.60, 0.14, 0.32))


def linear(colour: Colour | Array) -> Array:
    """Turn displayed values into linear light."""
    return np.asarray(colour, np.float32) ** 2


def noise(rng: Rng, shape: tuple[int, int], cells: tuple[int, int]) -> Array:
    """Return smooth noise (h, w) of unit spread, with `cells` (rows, columns) of detail.

    The same `rng` and `cells` give the same pattern at any `shape`.
    """
    field = rng.standard_normal(cells).astype(np.float32)
    return np.asarray(cv2.resize(field, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def skin_colour(person: Person) -> Array:
    """Return the displayed colour (3,) of the person's skin."""
    at = person.skin.melanin * (len(SKIN) - 1)
    table = np.array(SKIN)
    colour = np.array([np.interp(at, np.arange(len(SKIN)), table[:, k]) for k in range(3)])
    flush = 0.03 * (person.skin.redness - 0.5) * np.array([1.0, -0.8, -0.5])
    return np.asarray(colour + flush, np.float32)


def hair_colour(person: Person, appearance: Appearance) -> Array:
    """Return the displayed colour (3,) of the hair, greyed by age."""
    base = np.array(HAIR_COLOURS[person.hair.colour], np.float32)
    silver = np.array([0.66, 0.65, 0.64], np.float32)
    return np.asarray(base + (silver - base) * greyness(appearance.age), np.float32)


def greyness(age: float) -> float:
    """Return which share of the hair is grey at `age`."""
    return float(np.clip((age - 44) / 24, 0, 1) ** 1.2 * 0.95)


class Paint:
    """Layers of colour on one head."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.x, self.y = head.x, head.y
        self.shape = head.x.shape
        self.colour: Array = np.empty((*self.shape, 3), np.float32)
        """(rows, columns, 3) linear light."""
        self.gloss: Array = np.full(self.shape, 0.22, np.float32)
        self._skin()
        self._beard_shadow()
        self._lips()
        self._nostrils()
        for eye in head.shape.eyes:
            self._eye(eye)
        self._brows()

    def blend(self, mask: Array, colour: Colour | Array) -> None:
        """Lay a displayed `colour` over the paint where `mask` (rows, columns) is 1."""
        where = self._window(mask)
        area = self.colour[where]
        area += (linear(colour) - area) * mask[where][..., None]

    def multiply(self, mask: Array, factor: Colour | Array) -> None:
        """Multiply the paint by `factor` where `mask` is 1."""
        where = self._window(mask)
        amount = np.asarray(factor, np.float32) - 1
        self.colour[where] *= 1 + mask[where][..., None] * amount

    def _window(self, mask: Array) -> tuple[slice, slice]:
        """Return the rows and columns in which `mask` is not zero."""
        rows = np.flatnonzero(mask.any(axis=1))
        columns = np.flatnonzero(mask.any(axis=0))
        if not len(rows):
            return slice(0, 0), slice(0, 0)
        return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)

    def _spot(self, at: tuple[float, float], size: tuple[float, float]) -> Array:
        """Return a soft spot, and the same on the other side of the face."""
        dx = (np.abs(self.x) - at[0]) / size[0]
        dy = (self.y - at[1]) / size[1]
        spot = np.exp(-dx * dx - dy * dy) * self.head.facing
        return np.asarray(np.where(spot < 0.01, 0, spot), np.float32)

    def _skin(self) -> None:
        person, shape = self.head.person, self.head.shape
        skin = person.skin
        rng = np.random.default_rng(skin.seed)
        base = skin_colour(person)
        self.colour[:] = linear(base)
        mottle = 0.035 * noise(rng, self.shape, (14, 20)) + 0.03 * noise(rng, self.shape, (60, 90))
        self.colour *= 1 + mottle[..., None] * np.array([0.6, 1.0, 1.0], np.float32)
        fine = noise(rng, self.shape, (220, 300))
        self.colour *= 1 + 0.035 * fine[..., None]
        red = 0.35 + 0.65 * skin.redness
        warm = np.array([1.02, 0.80, 0.80], np.float32)
        self.multiply(red * self._spot((0.40, 0.30), (0.20, 0.17)), warm)
        self.multiply(red * self._spot((0.0, shape.nose_tip), (0.15, 0.10)), warm)
        self.multiply(0.6 * red * self._spot((0.0, shape.chin - 0.1), (0.16, 0.1)), warm)
        tired = 0.25 + 0.55 * person.eyes.bags
        violet = np.array([0.80, 0.72, 0.78], np.float32)
        self.multiply(tired * self._spot((person.eyes.spacing, 0.11), (0.15, 0.045)), violet)
        self.multiply(
            self._spot((person.eyes.spacing - 0.06, -0.04), (0.2, 0.09)), (0.9, 0.84, 0.83)
        )
        makeup = self.head.appearance.makeup
        self.multiply(makeup.blush * self._spot((0.43, 0.29), (0.17, 0.12)), (1.0, 0.58, 0.62))
        self._freckles(rng)

    def _freckles(self, rng: Rng) -> None:
        skin = self.head.person.skin
        count = int(260 * skin.freckles)
        places = np.stack([rng.normal(0, 0.33, count), rng.normal(0.22, 0.17, count)], axis=-1)
        sizes = rng.uniform(0.006, 0.014, count)
        moles = np.stack([rng.uniform(-0.5, 0.5, 8), rng.uniform(-0.5, 1.0, 8)], axis=-1)
        mole_sizes = rng.uniform(0.013, 0.022, 8)
        spots = np.zeros(self.shape, np.uint8)
        scale = self.shape[0] / (self.head.levels[-1] - self.head.levels[0]) * 16
        for place, size in zip(self.head.locate(places), sizes, strict=True):
            self._dot(spots, place, size * scale, 110)
        for place, size in zip(
            self.head.locate(moles)[: skin.marks], mole_sizes[: skin.marks], strict=True
        ):
            self._dot(spots, place, size * scale, 230)
        self.multiply(spots.astype(np.float32) / 255, (0.55, 0.40, 0.34))

    @staticmethod
    def _dot(canvas: np.ndarray, place: Array, radius: float, value: int) -> None:
        centre = (int(place[0] * 16), int(place[1] * 16))
        cv2.circle(canvas, centre, max(int(radius), 8), value, -1, cv2.LINE_AA, 4)

    def beard_zone(self) -> Array:
        """Return where a beard grows, 0 to 1."""
        shape, ax = self.head.shape, np.abs(self.x)
        angle = np.abs(self.head.theta)[None, :]
        cheek_line = 0.42 + 0.16 * np.cos(np.clip(angle * 2.2, 0, np.pi)) + 0.10 * (ax < 0.33)
        lower = ramp(cheek_line - 0.07, cheek_line + 0.08, self.y) * ramp(1.75, 1.45, angle)
        lip_zone = ramp(shape.nose_base + 0.015, shape.nose_base + 0.06, self.y)
        lower *= np.where(ax < shape.nose_width * 1.35, lip_zone, 1)
        return np.asarray(lower * (1 - self._mouth()), np.float32)

    def mustache_zone(self) -> Array:
        """Return where a mustache grows, 0 to 1."""
        lips = self.head.shape.lips
        top, _ = lips.outer(self.x)
        reach = ramp(lips.width * 1.25, lips.width * 0.95, np.abs(self.x))
        above = ramp(top + 0.025, top, self.y) + ramp(lips.width * 0.95, lips.width, np.abs(self.x))
        start = self.head.shape.nose_base + 0.02 + 0.09 * np.abs(self.x)
        return np.asarray(
            reach
            * np.clip(above, 0, 1)
            * ramp(start, start + 0.03, self.y)
            * ramp(lips.y + 0.07, lips.y, self.y)
            * (1 - self._mouth()),
            np.float32,
        )

    def goatee_zone(self) -> Array:
        """Return where a goatee grows, 0 to 1."""
        shape = self.head.shape
        _, bottom = shape.lips.outer(self.x)
        below = ramp(bottom + 0.02, bottom + 0.06, self.y)
        ring = ramp(0.27, 0.20, np.abs(self.x)) * ramp(
            shape.lips.y - 0.02, shape.lips.y + 0.04, self.y
        )
        return np.asarray(
            ring
            * np.maximum(below, ramp(shape.lips.width, 0.28, np.abs(self.x)))
            * (1 - self._mouth()),
            np.float32,
        )

    def _mouth(self) -> Array:
        top, bottom = self.head.shape.lips.outer(self.x)
        inside = (np.abs(self.x) < self.head.shape.lips.width).astype(np.float32)
        return ramp(top - 0.012, top, self.y) * ramp(bottom + 0.012, bottom, self.y) * inside

    def _beard_shadow(self) -> None:
        person, appearance = self.head.person, self.head.appearance
        if not person.male:
            return
        strength = {"none": 0.10, "stubble": 0.5}.get(appearance.beard, 0.25)
        zone = self.beard_zone()
        rng = np.random.default_rng(person.skin.seed + 1)
        dots = 0.8 + 0.25 * noise(rng, self.shape, (300, 420))
        tint = 0.45 + 0.35 * hair_colour(person, appearance)
        self.multiply(np.asarray(strength * zone * dots, np.float32), tint)

    def _lips(self) -> None:
        person, makeup, lips = self.head.person, self.head.appearance.makeup, self.head.shape.lips
        edge = 0.010
        top, bottom = lips.outer(self.x)
        inner_top, inner_bottom = lips.inner(self.x)
        ends = ramp(1.0, 0.93, np.abs(self.x) / lips.width) * self.head.facing
        whole = ramp(top - edge, top + edge, self.y) * ramp(bottom + edge, bottom - edge, self.y)
        stick = np.array(LIPSTICKS[int(makeup.hue * 2.99)])
        colour = np.array(person.mouth.colour)
        colour = colour + (stick * (1 - 0.25 * person.skin.melanin) - colour) * makeup.lipstick
        strength = 0.72 + 0.23 * makeup.lipstick
        self.blend(np.asarray(strength * whole * ends, np.float32), colour)
        self.multiply(
            np.asarray(ends * whole * ramp(lips.y + 0.02, lips.y - 0.03, self.y), np.float32),
            (0.82, 0.72, 0.72),
        )
        creases = 0.06 * np.sin(self.x * 170 + 3 * np.sin(self.y * 60))
        self.colour *= 1 - (creases * whole * ends)[..., None]
        self.gloss += np.asarray(whole * ends * (0.25 + 0.5 * makeup.lipstick), np.float32)
        self._opening(lips.gap, inner_top, inner_bottom, ends)

    def _opening(self, gap: float, top: Array, bottom: Array, ends: Array) -> None:
        """The line between the lips, or teeth and the dark behind them."""
        lips = self.head.shape.lips
        line = np.exp(-(((self.y - lips.line(self.x)) / 0.011) ** 2)) * ends
        self.blend(np.asarray(0.8 * np.where(line < 0.02, 0, line), np.float32), (0.22, 0.08, 0.07))
        if gap < 0.02:
            return
        edge = 0.007
        inside = ramp(top - edge, top + edge, self.y) * ramp(bottom + edge, bottom - edge, self.y)
        inside = inside * ends
        self.blend(inside, (0.16, 0.05, 0.05))
        teeth_y = top + 0.75 * gap * np.sqrt(np.maximum(1 - (self.x / (0.8 * lips.width)) ** 2, 0))
        teeth = inside * ramp(teeth_y + 0.012, teeth_y - 0.004, self.y)
        shade = ramp(1.0, 0.35, np.abs(self.x) / (0.85 * lips.width))
        gaps = 1 - 0.16 * np.exp(-(((np.mod(self.x / 0.062, 1) - 0.5) / 0.07) ** 2))
        ivory = np.array([0.90, 0.86, 0.78], np.float32) * (0.55 + 0.45 * shade * gaps)[..., None]
        where = self._window(np.asarray(teeth, np.float32))
        area = self.colour[where]
        area += (linear(ivory[where]) - area) * teeth[where][..., None]
        self.gloss *= 1 - 0.8 * inside

    def _nostrils(self) -> None:
        shape = self.head.shape
        at = (0.50 * shape.nose_width, shape.nose_base - 0.027)
        dark = self._spot(at, (0.33 * shape.nose_width, 0.024))
        self.blend(np.asarray(0.85 * dark, np.float32), (0.20, 0.08, 0.06))
        under = self._spot((0.0, shape.nose_base + 0.008), (0.9 * shape.nose_width, 0.03))
        self.multiply(np.asarray(0.5 * under, np.float32), (0.68, 0.55, 0.52))
        wing = self._spot((1.06 * shape.nose_width, shape.nose_base - 0.07), (0.02, 0.05))
        self.multiply(np.asarray(0.55 * wing, np.float32), (0.7, 0.55, 0.5))

    def _eye(self, eye: Eye) -> None:
        person, appearance = self.head.person, self.head.appearance
        t, s = eye.frame(self.x, self.y)
        near = (np.abs(t) < 1.9) & (np.abs(s) < 0.22) & (self.head.facing > 0)
        upper, lower = eye.upper(t), eye.lower(t)
        edge = 0.006
        width = ramp(1.02, 0.97, np.abs(t))
        self._lids(eye, t, s, near)
        open_ = ramp(upper - edge, upper + edge, s) * ramp(lower + edge, lower - edge, s)
        open_ = np.asarray(open_ * width * near, np.float32)
        self.blend(open_, (0.86, 0.83, 0.80))
        self.multiply(open_ * ramp(0.5, 1.0, np.abs(t)), (0.82, 0.70, 0.68))
        self.blend(open_ * ramp(-0.80, -0.95, t), (0.72, 0.45, 0.42))
        gaze_x = eye.centre[0] + eye.width * appearance.expression.gaze[0]
        middle = 0.5 * (eye.below - eye.above) * 0.7
        gaze_y = eye.centre[1] + middle + eye.width * appearance.expression.gaze[1]
        dx, dy = self.x - gaze_x, self.y - gaze_y
        self._iris(
            open_,
            np.asarray(np.hypot(dx, dy), np.float32),
            np.asarray(dx, np.float32),
            np.asarray(dy, np.float32),
        )
        shade = open_ * np.asarray(np.exp(-np.maximum(s - upper, 0) / 0.022), np.float32)
        self.multiply(0.7 * shade, (0.42, 0.38, 0.38))
        self.gloss *= 1 - open_
        spark = np.hypot(dx + 0.018, dy + 0.020)
        self.blend(open_ * ramp(0.017, 0.009, np.asarray(spark, np.float32)), (1.0, 1.0, 1.0))
        self._lashes(eye, t, s, near, float(person.male))

    def _iris(self, open_: Array, r: Array, dx: Array, dy: Array) -> None:
        radius = 0.060
        colour = np.array(self.head.person.eyes.iris, np.float32)
        disc = open_ * ramp(radius + 0.004, radius - 0.005, r)
        self.blend(disc, colour)
        rays = 0.5 + 0.5 * np.sin(np.arctan2(dy, dx) * 23 + 4 * np.sin(np.arctan2(dy, dx) * 7))
        glow = ramp(0.05, 0.025, r) * (0.4 + 0.6 * ramp(-0.02, 0.035, dy))
        self.multiply(np.asarray(disc * (0.55 * rays + 0.7) * glow, np.float32), (1.6, 1.55, 1.5))
        self.multiply(disc * ramp(radius - 0.016, radius - 0.002, r), (0.22, 0.22, 0.24))
        self.blend(disc * ramp(0.026, 0.021, r), (0.02, 0.02, 0.02))

    def _lids(self, eye: Eye, t: Array, s: Array, near: np.ndarray) -> None:
        """Eye shadow, the crease of the upper lid and the rim of the lower one."""
        eyes, makeup = self.head.person.eyes, self.head.appearance.makeup
        lid = near * ramp(1.25, 0.95, np.abs(t))
        upper = eye.upper(np.clip(t, -1, 1))
        fold = eye.upper(np.clip(t * 0.92, -1, 1)) - 0.018 - 0.035 * eyes.crease
        crease = lid * np.exp(-(((s - fold) / 0.011) ** 2)) * (0.35 + 0.5 * eyes.crease)
        self.multiply(np.asarray(crease, np.float32), (0.52, 0.40, 0.38))
        hues = np.array([[0.36, 0.26, 0.30], [0.30, 0.33, 0.42], [0.42, 0.28, 0.22]])
        colour = hues[int(makeup.hue * 2.99)]
        veil = lid * ramp(-0.16, -0.05, s) * ramp(0.02, 0.0, s - upper)
        self.blend(np.asarray(0.6 * makeup.shadow * veil, np.float32), colour)
        rim = lid * np.exp(-(((s - eye.lower(np.clip(t, -1, 1)) - 0.004) / 0.009) ** 2))
        self.multiply(np.asarray(0.55 * rim, np.float32), (0.72, 0.52, 0.50))

    def _lashes(self, eye: Eye, t: Array, s: Array, near: np.ndarray, male: float) -> None:
        liner = self.head.appearance.makeup.liner
        strength = 0.8 + 0.2 * liner - 0.15 * male
        thick = (0.009 + 0.007 * liner - 0.001 * male) * (0.75 + 0.4 * (t + 1) / 2)
        upper = eye.upper(np.clip(t, -1, 1))
        ends = near * ramp(1.10, 1.0, np.abs(t))
        line = ends * np.exp(-(((s - upper + 0.3 * thick) / thick) ** 2))
        self.blend(np.asarray(strength * line, np.float32), (0.07, 0.045, 0.04))
        lower = eye.lower(np.clip(t, -1, 1))
        low = ends * np.exp(-(((s - lower - 0.002) / 0.006) ** 2)) * ramp(-0.7, 0.6, t)
        self.blend(np.asarray((0.3 + 0.4 * liner) * low, np.float32), (0.10, 0.06, 0.05))

    def _brows(self) -> None:
        """Each brow as some hundred hairs."""
        head = self.head
        colour = hair_colour(head.person, head.appearance)
        colour = colour * (0.65 + 0.2 * (float(colour.mean()) < 0.15))
        rng = np.random.default_rng(head.person.skin.seed + 2)
        mask = np.zeros(self.shape, np.uint8)
        for brow in head.shape.brows:
            count = int(90 + 1400 * brow.thickness)
            t = rng.uniform(0, 1, count) ** 0.9
            across = np.clip(rng.normal(0, 0.5, count), -1.05, 1.05)
            root = brow.ridge(t) + np.stack([0 * t, across * brow.half(t)], axis=-1)
            slope = (brow.ridge(t + 0.03) - brow.ridge(t)) / 0.03
            slope /= np.linalg.norm(slope, axis=1, keepdims=True)
            up = np.array([0, -1]) * (0.9 * (1 - t) ** 1.5 - 0.35 * across * (t > 0.2))[:, None]
            length = rng.uniform(0.03, 0.06, count)[:, None] * (1 - 0.4 * t[:, None])
            tip = root + length * (slope + up) / 1.2
            lines = np.stack([head.locate(root), head.locate(tip)], axis=1)
            for line in np.round(lines * 16).astype(np.int32):
                cv2.polylines(mask, [line], False, 255, 1, cv2.LINE_AA, 4)
        soft = cv2.GaussianBlur(mask, (0, 0), max(self.shape[0] / 420, 0.6))
        cover = 0.62 * mask.astype(np.float32) / 255 + 0.45 * soft.astype(np.float32) / 255
        self.blend(np.minimum(cover, 0.95).astype(np.float32), colour)
