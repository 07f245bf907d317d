"""From surfaces in space to pixels: a turning camera, a triangle rasteriser, and scattered hairs.

The canvas is linear light, float32, with a depth buffer beside it (greater is nearer).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from prosopon.synthetic.appearance import Pose
from prosopon.synthetic.features import Array

DISTANCE = 14.0
"""Of the camera from the middle of the head, in units of 100 mm."""


@dataclass(frozen=True, slots=True)
class Camera:
    """Looks at one body: `rotation` turns it, then it is scaled and put at `centre`."""

    rotation: Array
    """(3, 3)"""
    pivot: Array
    """(3,) the point about which it turns, at the top of the neck."""
    scale: float
    """Pixels per unit at the pivot."""
    centre: tuple[float, float]
    """Where the head's middle stands when it looks straight ahead, in pixels."""

    @classmethod
    def looking(cls, pose: Pose, scale: float, centre: tuple[float, float]) -> "Camera":
        """Turn by the angles of `pose` about the neck."""
        yaw, pitch, roll = np.radians([pose.yaw, pose.pitch, pose.roll])
        turn_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
        turn_x = [
            [1, 0, 0],
            [0, np.cos(pitch), np.sin(pitch)],
            [0, -np.sin(pitch), np.cos(pitch)],
        ]
        turn_z = [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
        rotation = np.array(turn_z) @ np.array(turn_x) @ np.array(turn_y)
        pivot = np.array([0, 0.55, -0.05], np.float32)
        return cls(rotation.astype(np.float32), pivot, scale, centre)

    def project(self, points: Array) -> Array:
        """Return (..., 3) pixel x, pixel y and depth of `points` (..., 3)."""
        turned = (points - self.pivot) @ self.rotation.T + self.pivot
        zoom = self.scale * DISTANCE / (DISTANCE - turned[..., 2])
        return np.stack(
            [
                self.centre[0] + zoom * turned[..., 0],
                self.centre[1] + zoom * turned[..., 1],
                turned[..., 2],
            ],
            axis=-1,
        )

    def to_body(self, direction: Array) -> Array:
        """Turn a direction of the room, (3,), into the body's own axes."""
        return np.asarray(direction @ self.rotation, np.float32)


class Canvas:
    """A picture being painted, with the depth of what is already there."""

    def __init__(self, colour: Array) -> None:
        self.colour = colour
        """(H, W, 3) linear light."""
        self.depth: Array = np.full(colour.shape[:2], -np.inf, np.float32)

    def forget_depth(self) -> None:
        """Let what comes next stand in front of everything painted so far."""
        self.depth[:] = -np.inf

    def add(self, grid: Array, texture: Array, alpha: Array | None = None) -> None:
        """Paint a surface: `grid` (h, w, 3) from `Camera.project`, `texture` (th, tw, 3).

        The texture covers the whole grid, corner to corner; `alpha` (th, tw) lets through.
        """
        patch = rasterise(grid, self.depth.shape)
        if patch is None:
            return
        rows, columns = patch.window
        u = patch.u * (texture.shape[1] - 1)
        v = patch.v * (texture.shape[0] - 1)
        colour = cv2.remap(texture, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        cover = patch.cover & (patch.depth > self.depth[rows, columns])
        soft: Array = cv2.blur(cover.astype(np.float32), (3, 3)) * patch.cover
        if alpha is not None:
            through = cv2.remap(alpha, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            soft *= through
            cover &= through > 0.5
        area = self.colour[rows, columns]
        area += (colour - area) * soft[..., None]
        self.depth[rows, columns][cover] = patch.depth[cover]

    def scatter(self, points: Array, colours: Array, chosen: NDArray[np.intp], size: int) -> None:
        """Put square dots of `size` pixels at projected `points` (n, 3), nearer ones on top.

        Dot i has the colour `colours[chosen[i]]`. Dots a little behind a surface still show.
        """
        height, width = self.depth.shape
        x = np.round(points[:, 0] - (size - 1) / 2).astype(np.int32)
        y = np.round(points[:, 1] - (size - 1) / 2).astype(np.int32)
        inside = (x >= 0) & (y >= 0) & (x < width - size) & (y < height - size)
        where = np.flatnonzero(inside)
        middle = (y[where] + size // 2, x[where] + size // 2)
        where = where[points[where, 2] > self.depth[middle] - 0.02]
        # Sixteen bits of depth are enough, and their sort is linear.
        nearness = np.clip((points[where, 2] + 8) * 4096, 0, 65535).astype(np.uint16)
        where = where[np.argsort(nearness, kind="stable")]
        flat = y[where] * width + x[where]
        pixels, depth = self.colour.reshape(-1, 3), self.depth.reshape(-1)
        colour, nearness = colours[chosen[where]], points[where, 2]
        for row in range(size):
            for column in range(size):
                target = flat + row * width + column
                pixels[target] = colour
                depth[target] = nearness


@dataclass(frozen=True, slots=True)
class Patch:
    """What a rasterised grid covers, within a window of the canvas."""

    window: tuple[slice, slice]
    cover: NDArray[np.bool_]
    u: Array
    """Across the grid, 0 to 1."""
    v: Array
    """Down the grid, 0 to 1."""
    depth: Array


def rasterise(grid: Array, shape: tuple[int, ...]) -> Patch | None:
    """Find which point of `grid` (h, w, 3) is seen at each pixel; None where none is.

    Triangles are filled far to near with their own number; coordinates inside of a triangle then
    come from all its pixels at once. Triangles seen from behind are left out.
    """
    h, w, _ = grid.shape
    low = np.floor(grid[..., :2].min(axis=(0, 1))).astype(int) - 2
    high = np.ceil(grid[..., :2].max(axis=(0, 1))).astype(int) + 3
    x0, y0 = np.maximum(low, 0)
    x1, y1 = np.minimum(high, [shape[1], shape[0]])
    if x1 <= x0 or y1 <= y0:
        return None
    points = grid.reshape(-1, 3) - np.array([x0, y0, 0], np.float32)
    index = np.arange(h * w).reshape(h, w)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    triangles = np.concatenate(
        [np.stack([a, b, c], axis=-1).reshape(-1, 3), np.stack([a, c, d], axis=-1).reshape(-1, 3)]
    )
    corners = points[triangles]
    edge1, edge2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = edge1[:, 0] * edge2[:, 1] - edge1[:, 1] * edge2[:, 0]
    triangles = triangles[area > 1e-6]
    corners = corners[area > 1e-6]
    order = np.argsort(corners[:, :, 2].mean(axis=1), kind="stable")
    owner = np.zeros((y1 - y0, x1 - x0), np.int32)
    fixed = np.round(corners[:, :, :2] * 16).astype(np.int32)
    for number in order:
        cv2.fillConvexPoly(owner, fixed[number], int(number) + 1, cv2.LINE_8, 4)
    if not owner.any():
        return None
    return _interpolate(owner, corners, triangles, (h, w), (slice(y0, y1), slice(x0, x1)))


def _interpolate(
    owner: NDArray[np.int32],
    corners: Array,
    triangles: NDArray[np.int64],
    size: tuple[int, int],
    window: tuple[slice, slice],
) -> Patch:
    """Turn triangle numbers into grid coordinates and depth by barycentric weights."""
    cover = owner > 0
    rows, columns = np.nonzero(cover)
    number = owner[rows, columns] - 1
    p, q, r = corners[:, 0], corners[:, 1], corners[:, 2]
    e1, e2 = (q - p)[number], (r - p)[number]
    dx, dy = columns - p[number, 0], rows - p[number, 1]
    determinant = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
    # The filler also draws pixels that the triangle only touches: keep their weights near it.
    s = np.clip((dx * e2[:, 1] - dy * e2[:, 0]) / determinant, -0.5, 1.5)
    t = np.clip((dy * e1[:, 0] - dx * e1[:, 1]) / determinant, -0.5, 1.5)
    grid_row, grid_column = np.divmod(triangles, size[1])

    def blend(values: NDArray[np.generic]) -> Array:
        v = values.astype(np.float32)[number]
        out = np.zeros(owner.shape, np.float32)
        out[rows, columns] = v[:, 0] + s * (v[:, 1] - v[:, 0]) + t * (v[:, 2] - v[:, 0])
        return out

    return Patch(
        window,
        cover,
        u=blend(grid_column / (size[1] - 1)),
        v=blend(grid_row / (size[0] - 1)),
        depth=blend(corners[:, :, 2]),
    )
