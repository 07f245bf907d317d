"""The head as a surface in space: the smooth grid, with the features raised on it."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from prosopon.synthetic.appearance import Appearance
from prosopon.synthetic.features import Array, Features, features, landmarks, ramp
from prosopon.synthetic.grid import Grid, grid
from prosopon.synthetic.person import Person
from prosopon.synthetic.relief import relief
from prosopon.synthetic.scalp import scalp


@dataclass(frozen=True)
class Head:
    """The head of one person on one day."""

    person: Person
    appearance: Appearance
    shape: Features
    grid: Grid
    height: Array
    """(rows, columns) how far features and the roots of the hair stand out of the smooth head."""

    @cached_property
    def points(self) -> Array:
        """(rows, columns, 3) in units."""
        sin, cos = np.sin(self.grid.theta), np.cos(self.grid.theta)
        # In front features rise towards the viewer, at the sides outwards.
        out = self.height * (1 - self.grid.facing)
        points = np.empty((*self.grid.shape, 3), np.float32)
        points[..., 0] = self.grid.x + out * sin
        points[..., 1] = self.grid.y
        points[..., 2] = self.grid.half_depth[:, None] * (np.sign(cos) * np.abs(cos) ** 0.93)
        points[..., 2] += self.height * self.grid.facing + out * cos
        return points

    @cached_property
    def normals(self) -> Array:
        """(rows, columns, 3) unit vectors outwards."""
        return normals(self.points)

    def lift(self, where: Array) -> Array:
        """Return the points (n, 3) of the surface at grid places `where` (n, 2)."""
        column, row = where.reshape(1, -1, 2).transpose(2, 0, 1).astype(np.float32)
        return np.asarray(cv2.remap(self.points, column, row, cv2.INTER_LINEAR)[0], np.float32)

    def landmarks(self) -> Array:
        """Return the 68 iBUG landmarks (68, 3) in space."""
        inner = self.lift(self.grid.locate(landmarks(self.shape)))
        return np.concatenate([self.lift(self._jaw()), inner])

    def _jaw(self) -> Array:
        """Return grid places of the 17 points along the jaw, from the image's left ear."""
        turn = np.radians([-80, -79, -78, -76, -73, -67, -56, -33])
        share = np.array([0.0, 0.16, 0.32, 0.48, 0.63, 0.77, 0.89, 0.965])
        theta = np.concatenate([turn, [0], -turn[::-1]])
        share = np.concatenate([share, [0.985], share[::-1]])
        top = -0.03
        return self.grid.at(theta, top + share * (self.shape.chin - top))


def head(person: Person, appearance: Appearance, density: float) -> Head:
    """Build the surface with about `density` grid rows per unit."""
    shape = features(person, appearance)
    places = grid(person, shape, density)
    angle = np.abs(places.theta)
    height = relief(person, appearance, shape, places) * ramp(1.75, 1.35, angle)
    height += 0.03 * scalp(person, places.theta, places.y)
    return Head(person, appearance, shape, places, height)


def normals(points: Array) -> Array:
    """Return unit normals (h, w, 3) of a grid of points, on the side of column × row."""
    across = np.gradient(points, axis=1)
    down = np.gradient(points, axis=0)
    normal = np.empty(points.shape, np.float32)
    for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        normal[..., a] = across[..., b] * down[..., c] - across[..., c] * down[..., b]
    length = np.sqrt(np.einsum("hwc,hwc->hw", normal, normal))
    normal /= np.maximum(length, 1e-9)[..., None]
    return normal
