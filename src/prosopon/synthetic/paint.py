"""Layers of colour on a head, in face coordinates: skin with its blushes, freckles and moles.

Colours are given as displayed and kept as linear light (the square, close to sRGB's curve and much
cheaper). Shapes are implicit functions of the face plane, so their edges are smooth at any size.
"""

import cv2
import numpy as np

from prosopon.records import UInt8
from prosopon.synthetic.appearance import Appearance
from prosopon.synthetic.features import Array
from prosopon.synthetic.grid import Box, Window
from prosopon.synthetic.person import HAIR_COLOURS, Colour, Person, Rng
from prosopon.synthetic.scalp import scalp
from prosopon.synthetic.surface import Head

SKIN: tuple[Colour, ...] = (
    (0.92, 0.78, 0.70),
    (0.85, 0.66, 0.55),
    (0.68, 0.48, 0.36),
    (0.55, 0.38, 0.28),
    (0.44, 0.29, 0.22),
)
"""From melanin 0 to 1."""


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
    return float(0.95 * min(max((age - 44) / 24, 0.0), 1.0) ** 1.2)


class Layer:
    """The paint on a head, or on a part of it: colours (linear light) and gloss are shared."""

    def __init__(
        self, head: Head, colour: Array, gloss: Array, window: Window | None = None
    ) -> None:
        self.head = head
        self._whole = colour, gloss
        rows, columns = window or (slice(None), slice(None))
        self.colour: Array = colour[rows, columns]
        """(h, w, 3)"""
        self.gloss: Array = gloss[rows, columns]
        """(h, w)"""
        self.x: Array = head.grid.x[rows, columns]
        """(h, w) face-plane coordinate."""
        self.y: Array = head.grid.y[rows]
        """(h, 1) face-plane coordinate."""
        self.theta: Array = head.grid.theta[columns]
        """(w,)"""

    @classmethod
    def blank(cls, head: Head) -> "Layer":
        """Return a layer of the head's size with nothing on it."""
        colour = np.zeros((*head.grid.shape, 3), np.float32)
        return cls(head, colour, np.full(head.grid.shape, 0.22, np.float32))

    @property
    def shape(self) -> tuple[int, int]:
        return self.gloss.shape[0], self.gloss.shape[1]

    def crop(self, box: Box) -> "Layer":
        """Return the part that holds `box` of the face plane; painting there paints here."""
        return Layer(self.head, *self._whole, self.head.grid.window(box))

    def blend(self, mask: Array, colour: Colour | Array) -> None:
        """Lay a displayed `colour` over the paint where `mask` (h, w) is 1."""
        self.colour += (linear(colour) - self.colour) * np.asarray(mask, np.float32)[..., None]

    def multiply(self, mask: Array, factor: Colour | Array) -> None:
        """Multiply the paint by `factor` where `mask` (h, w) is 1."""
        amount = np.asarray(factor, np.float32) - 1
        self.colour *= 1 + np.asarray(mask, np.float32)[..., None] * amount

    def tint(
        self,
        strength: float,
        at: tuple[float, float],
        size: tuple[float, float],
        factor: Colour,
    ) -> None:
        """Multiply by `factor` within soft spots at `at` and at its mirror image."""
        (x, y), (wide, high) = at, size
        reach = x + 2.5 * wide
        crop = self.crop((-reach, y - 2.5 * high, reach, y + 2.5 * high))
        across, down = (np.abs(crop.x) - x) / wide, (crop.y - y) / high
        crop.multiply(strength * np.exp(-across * across) * np.exp(-down * down), factor)


def paint_skin(layer: Layer) -> None:
    """Paint bare skin, and the scalp darker where hair grows."""
    head = layer.head
    person, shape, makeup = head.person, head.shape, head.appearance.makeup
    skin, eyes = person.skin, person.eyes
    rng = np.random.default_rng(skin.seed)
    mottle = 0.035 * noise(rng, layer.shape, (14, 20)) + 0.03 * noise(rng, layer.shape, (60, 90))
    mottle += 0.035 * noise(rng, layer.shape, (220, 300))
    layer.colour[:] = linear(skin_colour(person)) * (1 + mottle)[..., None]
    red = 0.35 + 0.65 * skin.redness
    warm, violet = (1.02, 0.80, 0.80), (0.80, 0.72, 0.78)
    layer.tint(red, (0.40, 0.30), (0.20, 0.17), warm)
    layer.tint(red, (0.0, shape.nose_tip), (0.15, 0.10), warm)
    layer.tint(0.6 * red, (0.0, shape.chin - 0.1), (0.16, 0.1), warm)
    layer.tint(0.25 + 0.55 * eyes.bags, (eyes.spacing, 0.11), (0.15, 0.045), violet)
    layer.tint(0.8, (eyes.spacing - 0.06, -0.04), (0.2, 0.09), (0.90, 0.84, 0.83))
    layer.tint(makeup.blush, (0.43, 0.29), (0.17, 0.12), (1.0, 0.58, 0.62))
    _freckles(layer, rng)
    zone = scalp(person, layer.theta, layer.y)
    layer.blend(0.9 * np.minimum(1.25 * zone, 1), 0.62 * hair_colour(person, head.appearance))


def _freckles(layer: Layer, rng: Rng) -> None:
    skin, places = layer.head.person.skin, layer.head.grid
    count = int(260 * skin.freckles)
    at = np.stack([rng.normal(0, 0.33, count), rng.normal(0.22, 0.17, count)], axis=-1)
    moles = np.stack([rng.uniform(-0.5, 0.5, skin.marks), rng.uniform(-0.5, 1.0, skin.marks)], -1)
    sizes = np.concatenate([rng.uniform(0.006, 0.014, count), rng.uniform(0.012, 0.02, skin.marks)])
    density = layer.shape[0] / float(places.levels[-1] - places.levels[0])
    spots: UInt8 = np.zeros(layer.shape, np.uint8)
    for number, (place, size) in enumerate(
        zip(places.locate(np.concatenate([at, moles])), sizes, strict=True)
    ):
        centre = (int(place[0] * 16), int(place[1] * 16))
        radius = max(int(size * density * 16), 8)
        cv2.circle(spots, centre, radius, 110 if number < count else 220, -1, cv2.LINE_AA, 4)
    if len(sizes):
        layer.multiply(spots.astype(np.float32) / 255, (0.55, 0.40, 0.34))
