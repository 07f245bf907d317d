"""Light on surfaces: a lamp, the room's own light, shadows, and the glow of skin."""

from dataclasses import dataclass

import cv2
import numpy as np

from prosopon.synthetic.appearance import Setting
from prosopon.synthetic.camera import Camera
from prosopon.synthetic.features import Array, ramp
from prosopon.synthetic.surface import Head


@dataclass(frozen=True, slots=True)
class Light:
    """A lamp and the light that comes from everywhere, in the axes of the room."""

    lamp: Array
    """(3,) unit vector towards it."""
    lamp_colour: Array
    """(3,)"""
    room_colour: Array
    """(3,)"""

    @classmethod
    def of(cls, setting: Setting) -> "Light":
        """Return the light of a setting."""
        across, up = np.radians(setting.light)
        lamp = np.array([np.sin(across) * np.cos(up), -np.sin(up), np.cos(across) * np.cos(up)])
        warm = 1 + 0.10 * setting.warmth * np.array([1, 0.1, -1])
        strength = setting.exposure * warm
        return cls(
            lamp=lamp.astype(np.float32),
            lamp_colour=(1.5 * setting.contrast * strength).astype(np.float32),
            room_colour=((1.05 - setting.contrast) * setting.exposure * np.ones(3)).astype(
                np.float32
            ),
        )


def shade(
    colour: Array, normal: Array, camera: Camera, light: Light, shadow: Array | float = 1.0
) -> Array:
    """Return the light that a matt surface of `colour` (h, w, 3) sends out."""
    direct, ambient = _parts(normal, camera, light)
    lit = np.clip((direct + 0.15) / 1.15, 0, 1) * shadow
    return np.asarray(
        colour * (lit[..., None] * light.lamp_colour + ambient[..., None] * light.room_colour),
        np.float32,
    )


def shade_skin(head: Head, colour: Array, gloss: Array, camera: Camera, light: Light) -> Array:
    """Return the light that skin sends out.

    Light that entered the skin leaves it around the edge of shadows, the red farther than the
    green and blue; a broad and a narrow highlight lie above.
    """
    normal = head.normals
    direct, ambient = _parts(normal, camera, light)
    shadow = cast_shadow(head, camera.to_body(light.lamp))
    hollow = np.clip(1 - 5.5 * _hollow(head), 0.45, 1.12)
    wrap = np.array([0.30, 0.19, 0.15], np.float32)
    lit = np.clip((direct[..., None] + wrap) / (1 + wrap), 0, 1)
    softened = shadow[..., None] ** np.array([0.75, 1.0, 1.05], np.float32)
    out = colour * (
        lit * softened * light.lamp_colour * (0.5 + 0.5 * hollow)[..., None]
        + (ambient * hollow)[..., None] * light.room_colour
    )
    half = camera.to_body(light.lamp + np.array([0, 0, 1], np.float32))
    half /= np.linalg.norm(half)
    shine = np.clip(normal @ half, 0, 1)
    highlight = gloss * (0.22 * shine**14 + 0.30 * shine**55) * shadow
    return np.asarray(out + highlight[..., None] * light.lamp_colour, np.float32)


def _parts(normal: Array, camera: Camera, light: Light) -> tuple[Array, Array]:
    """Return how much of the lamp and of the room's light reaches each point."""
    direct = normal @ camera.to_body(light.lamp)
    up = normal @ camera.to_body(np.array([0, -1, 0], np.float32))
    front = normal @ camera.to_body(np.array([0, 0, 1], np.float32))
    return direct, 0.62 + 0.22 * up + 0.26 * np.clip(front, 0, 1)


def _hollow(head: Head) -> Array:
    """Return how deep each point lies below its surroundings, in units."""
    rows = head.height.shape[0]
    wide = cv2.GaussianBlur(head.height, (0, 0), rows / 34)
    close = cv2.GaussianBlur(head.height, (0, 0), rows / 110)
    return np.asarray(0.6 * (wide - head.height) + 0.9 * (close - head.height), np.float32)


def cast_shadow(head: Head, lamp: Array, steps: int = 14) -> Array:
    """Return how much of the lamp, 0 to 1, gets past nose, brows and cheeks to each point.

    Every point looks towards the lamp in steps and asks whether the face stands in the way.
    """
    rows, columns = head.height.shape
    small = (max(columns // 3, 48), max(rows // 3, 48))
    points = cv2.resize(head.points, small, interpolation=cv2.INTER_AREA)
    depth = np.ascontiguousarray(points[..., 2])
    levels = cv2.resize(head.grid.levels[:, None], (1, small[1]), interpolation=cv2.INTER_AREA)[
        :, 0
    ]
    width = cv2.resize(head.grid.half_width[:, None], (1, small[1]), interpolation=cv2.INTER_AREA)[
        :, 0
    ]
    reach = float(head.grid.theta[-1])
    open_ = np.ones(depth.shape, np.float32)
    for step in np.linspace(0.05, 0.62, steps):
        at = points + np.float32(step) * lamp
        row = np.interp(at[..., 1], levels, np.arange(small[1])).astype(np.float32)
        half = np.interp(at[..., 1], levels, width).astype(np.float32)
        theta = np.arcsin(np.clip(at[..., 0] / half, -1, 1))
        column = ((theta / reach + 1) / 2 * (small[0] - 1)).astype(np.float32)
        there = cv2.remap(depth, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        over = there - at[..., 2]
        inside = np.abs(at[..., 0]) < 0.93 * half
        open_ = np.minimum(open_, 1 - inside * ramp(0.0, 0.05 + 0.05 * float(step), over))
    soft = cv2.GaussianBlur(open_, (0, 0), max(small[1] / 90, 0.8))
    return np.asarray(cv2.resize(soft, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32)
