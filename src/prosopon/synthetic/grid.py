"""The head without its features: a smooth skull and jaw, and the grid that is laid over it.

Columns of the grid run round the head (angle theta, 0 at the nose), rows from the crown to under
the chin. Everything painted or raised on a head uses this grid.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from prosopon.synthetic.features import Array, Features, ramp
from prosopon.synthetic.person import Person

REACH = 2.3
"""Largest theta, in radians."""

Box = tuple[float, float, float, float]
"""x1, y1, x2, y2 in the face plane."""
Window = tuple[slice, slice]
"""Rows and columns of a grid."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the rows and columns lie."""

    theta: Array
    """(columns,)"""
    levels: Array
    """(rows,) y of each row, ascending."""
    half_width: Array
    """(rows,) of the head."""
    half_depth: Array
    """(rows,)"""
    x: Array
    """(rows, columns) face-plane coordinate."""
    y: Array
    """(rows, 1) face-plane coordinate."""
    facing: Array
    """(columns,) 1 in front, 0 at the side and behind."""

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.levels), len(self.theta)

    def window(self, box: Box) -> Window:
        """Return the rows and columns that hold `box`, which lies in front."""
        x1, y1, x2, y2 = box
        top, bottom = np.searchsorted(self.levels, [y1, y2])
        bottom = max(int(bottom), int(top) + 2)
        narrow = self.half_width[top:bottom].min() if top < len(self.levels) else 1.0
        theta = np.arcsin(np.clip(np.array([x1, x2]) / max(narrow, 0.05), -1, 1))
        left, right = np.searchsorted(self.theta, theta)
        return slice(max(int(top) - 1, 0), bottom + 1), slice(max(int(left) - 1, 0), int(right) + 1)

    def locate(self, points: Array) -> Array:
        """Return fractional (column, row) on the grid of face-plane `points` (n, 2)."""
        width = np.interp(points[:, 1], self.levels, self.half_width)
        return self.at(np.arcsin(np.clip(points[:, 0] / width, -1, 1)), points[:, 1])

    def at(self, theta: Array, y: Array) -> Array:
        """Return fractional (column, row), stacked last, of angles and levels."""
        row = np.interp(y, self.levels, np.arange(len(self.levels)))
        column = np.interp(theta, self.theta, np.arange(len(self.theta)))
        return np.stack([column, row], axis=-1).astype(np.float32)

    def coarse(self, rows: int, columns: int) -> tuple[Array, Array]:
        """Return an index that thins the grid to `rows` and `columns`."""
        chosen = np.linspace(0, self.shape[0] - 1, rows).astype(int)
        across = np.linspace(0, self.shape[1] - 1, columns).astype(int)
        return chosen[:, None], across[None, :]


def grid(person: Person, shape: Features, density: float) -> Grid:
    """Lay the grid over somebody's head, with about `density` rows per unit."""
    crown, bottom = person.head.crown, shape.chin + 0.005
    rows = max(int(density * (bottom - crown)), 48)
    columns = max(int(density * 2 * REACH * 0.66), 64)
    v = np.linspace(0, 1, rows)
    share = 0.55 * v + 0.225 * (1 - np.cos(np.pi * v))  # closer together at both ends
    levels = crown + (bottom - crown) * share / share[-1]
    theta = np.linspace(-REACH, REACH, columns).astype(np.float32)
    half_width, half_depth = _profiles(person, shape, levels)
    return Grid(
        theta=theta,
        levels=levels.astype(np.float32),
        half_width=half_width,
        half_depth=half_depth,
        x=half_width[:, None] * np.sin(theta),
        y=levels[:, None].astype(np.float32),
        facing=ramp(1.45, 0.9, np.abs(theta)),
    )


def _profiles(person: Person, shape: Features, levels: Array) -> tuple[Array, Array]:
    """Return half width and half depth of the head at each level.

    Squares are interpolated, so that both ends close round like an ellipse.
    """
    form = person.head
    width, chin = form.width, shape.chin
    full = form.fullness
    jaw = width * (form.jaw + 0.07 * full)
    corner = 0.70 + 0.55 * shape.jaw_drop + 0.35 * (form.chin - 1.12)
    between = 0.45 * corner + 0.55 * chin
    table = [
        (form.crown, 0.0, 0.0),
        (form.crown + 0.05, 0.40 * width, 0.45),
        (form.crown + 0.20, 0.73 * width, 0.72),
        (form.crown + 0.45, 0.94 * width, 0.87),
        (-0.30, 0.985 * width, 0.925),
        (-0.02, width * 0.985, 0.915),
        (0.22, width * (0.965 + 0.02 * full), 0.92),
        (0.45, (0.5 * width + 0.5 * jaw) * (0.985 + 0.02 * full), 0.925),
        (corner, jaw * (0.935 + 0.03 * full), 0.93),
        (between, (0.58 + 0.42 * (form.chin_width - 0.5)) * jaw + 0.11, 0.90),
        (chin - 0.075, 0.60 * form.chin_width + 0.06 * full, 0.85),
        (chin - 0.025, 0.41 * form.chin_width + 0.04 * full, 0.78),
        (chin + 0.005, 0.0, 0.5),
    ]
    y, w, d = np.array(table).T
    half_width = np.sqrt(np.maximum(PchipInterpolator(y, w**2)(levels), 1e-6))
    half_depth = np.sqrt(np.maximum(PchipInterpolator(y, d**2)(levels), 1e-6))
    return half_width.astype(np.float32), half_depth.astype(np.float32)
