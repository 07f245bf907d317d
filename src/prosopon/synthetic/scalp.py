"""Where hair grows, and the skull that it lies on."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from prosopon.synthetic.features import Array, ramp
from prosopon.synthetic.person import Person


@dataclass(frozen=True, slots=True)
class Skull:
    """A superellipsoid that encloses the head where hair grows."""

    centre: Array
    radii: Array
    POWER: ClassVar[float] = 2.5

    def radius(self, points: Array) -> Array:
        """Return (n, 1): 1 on the surface, less inside."""
        share = np.abs((points - self.centre) / self.radii) ** self.POWER
        return np.asarray(share.sum(axis=-1, keepdims=True) ** (1 / self.POWER))

    def normals(self, points: Array) -> Array:
        """Return unit vectors outwards at `points` (..., 3)."""
        share = (points - self.centre) / self.radii
        out = np.sign(share) * np.abs(share) ** (self.POWER - 1) / self.radii
        return np.asarray(out / np.maximum(np.linalg.norm(out, axis=-1, keepdims=True), 1e-6))


def skull(person: Person) -> Skull:
    """Return the skull under somebody's hair."""
    crown, width = person.head.crown, person.head.width
    return Skull(
        centre=np.array([0, crown + 0.86, -0.04], np.float32),
        radii=np.array([width + 0.045, 0.87, 0.99], np.float32),
    )


def hairline(person: Person, theta: Array) -> Array:
    """Return the y down to which hair grows at each angle `theta`."""
    bare = person.hair.recession
    top = person.hair.hairline
    turn = [0, 0.35, 0.75, 1.0, 1.18, 1.30, 1.42, 1.50, 1.58, 1.8, 2.2, np.pi]
    level = [
        top - 0.20 * bare, top - 0.02 - 0.36 * bare, top + 0.06 - 0.42 * bare, -0.42 - 0.30 * bare,
        -0.24 - 0.1 * bare, -0.04, 0.06, 0.0, -0.16, 0.22, 0.50, 0.55,
    ]  # fmt: skip
    return np.asarray(np.interp(np.abs(theta), turn, level), np.float32)


def scalp(person: Person, theta: Array, y: Array) -> Array:
    """Return how much hair grows, 0 to 1, at angle `theta` and level `y`."""
    zone = ramp(0.02, -0.05, y - hairline(person, theta))
    if person.hair.recession > 0.5:  # only a wreath is left
        bare = min(2 * person.hair.recession - 1, 1)
        wreath = ramp(1.05, 1.25, np.abs(theta)) * ramp(-0.78, -0.62, y)
        zone = zone * (1 - bare + bare * wreath)
    return np.asarray(zone * person.hair.density, np.float32)
