"""How far the features stand out of the smooth head: brows, nose, lids, lips, cheeks and folds."""

import numpy as np

from prosopon.synthetic.appearance import Appearance
from prosopon.synthetic.features import Array, Eye, Features, ramp
from prosopon.synthetic.grid import Box, Grid
from prosopon.synthetic.person import Person


def relief(person: Person, appearance: Appearance, shape: Features, grid: Grid) -> Array:
    """Return the height (rows, columns), in units, of one face on one day."""
    height = np.zeros(grid.shape, np.float32)
    smile = max(appearance.expression.smile, 0.0)
    age = min(max((appearance.age - 30) / 45, 0.0), 1.0)
    _forms(person, shape, smile, _Raised(height, grid))
    middle = Crop(grid, (-0.48, -0.3, 0.48, 0.62))
    height[middle.window] += _nose(person, shape, middle.x, middle.y)
    for eye in shape.eyes:
        x, y = eye.centre
        around = Crop(grid, (x - 0.36, y - 0.30, x + 0.36, y + 0.30))
        height[around.window] += _eye_forms(person, eye, age, smile, around.x, around.y)
    reach = 1.3 * shape.lips.width
    mouth = Crop(grid, (-reach, shape.lips.y - 0.22, reach, shape.lips.y + 0.40))
    height[mouth.window] += _lips(shape, mouth.x, mouth.y)
    cheeks = Crop(grid, (-0.5, 0.2, 0.5, 0.95))
    height[cheeks.window] -= _nasolabial(shape, smile, age, cheeks.x, cheeks.y)
    if age > 0:
        brow = Crop(grid, (-0.6, -0.72, 0.6, -0.05))
        height[brow.window] -= age * _wrinkles(brow.x, brow.y)
    return height


class Crop:
    """The part of a grid that holds a box of the face plane."""

    def __init__(self, grid: Grid, box: Box) -> None:
        self.window = grid.window(box)
        self.x = grid.x[self.window]
        self.y = grid.y[self.window[0]]


class _Raised:
    """Adds soft bumps to a height field, each only where it matters."""

    def __init__(self, height: Array, grid: Grid) -> None:
        self.height, self.grid = height, grid

    def bump(
        self, amount: float, at: tuple[float, float], size: tuple[float, float], pair: bool = False
    ) -> None:
        """Raise a bump of `size` at the face-plane point `at`, and its mirror image if `pair`."""
        (x, y), (wide, high) = at, size
        reach = x + 2.7 * wide if pair else 2.7 * wide
        crop = Crop(self.grid, (-reach, y - 2.7 * high, reach, y + 2.7 * high))
        across = (np.abs(crop.x) - x) / wide if pair else (crop.x - x) / wide
        down = (crop.y - y) / high
        self.height[crop.window] += amount * np.exp(-across * across) * np.exp(-down * down)


def _forms(person: Person, shape: Features, smile: float, raised: _Raised) -> None:
    """The large soft forms."""
    form, chin, lips = person.head, shape.chin, shape.lips
    raised.bump(0.055 * form.brow_ridge, (0.26, -0.17), (0.24, 0.07), pair=True)
    raised.bump(-0.02, (0, -0.45), (0.25, 0.2))
    raised.bump(0.02 + 0.05 * form.cheekbones, (0.45, 0.20), (0.17, 0.11), pair=True)
    raised.bump(0.055 * form.fullness, (0.37, 0.52), (0.18, 0.2), pair=True)
    raised.bump(-0.055 * (1 - form.fullness), (0.42, 0.56), (0.14, 0.16), pair=True)
    raised.bump(0.055 * smile, (0.36, 0.33), (0.13, 0.10), pair=True)
    raised.bump(0.06, (0, lips.y), (0.27, 0.2))
    raised.bump(0.05 + form.chin_projection, (0, chin - 0.13), (0.16, 0.12))
    fold = lips.y + shape.jaw_drop + person.mouth.lower + 0.06
    raised.bump(-0.035, (0, fold), (0.17, 0.05))
    if form.fullness > 0.55:  # a second chin begins with a crease below the first
        raised.bump(-0.05 * form.fullness, (0, chin - 0.035), (0.2, 0.022))
        raised.bump(0.05 * form.fullness, (0, chin + 0.01), (0.3, 0.03))


def _spot(x: Array, y: Array, at: tuple[float, float], size: tuple[float, float]) -> Array:
    across, down = (x - at[0]) / size[0], (y - at[1]) / size[1]
    return np.asarray(np.exp(-across * across) * np.exp(-down * down))


def _nose(person: Person, shape: Features, x: Array, y: Array) -> Array:
    """Bridge, tip, wings and the groove below."""
    nose, base, tip = person.nose, shape.nose_base, shape.nose_tip
    share = np.clip((y + 0.12) / (tip + 0.12), 0, 1)
    along = share * (1.5 - 0.5 * share * share)  # level at the tip
    rise = 0.045 + (nose.projection - 0.045) * along**1.5
    rise += nose.hump * np.exp(-(((along - 0.45) / 0.2) ** 2))
    rise *= ramp(-0.20, -0.02, y) * ramp(base + 0.035, tip - 0.055, y)
    half = nose.bridge + (0.55 * nose.tip + 0.025) * along**2
    ridge = rise * np.exp(-((np.abs(x) / (1.15 * half)) ** 2.4))
    flank = 0.3 * rise * np.exp(-((x / (1.7 * half)) ** 2))
    ball = 0.07 * _spot(x, y, (0, tip - 0.01), (0.95 * nose.tip, 0.75 * nose.tip))
    wing_y = base - 0.075
    wings = 0.14 * _spot(
        np.abs(x), y, (0.74 * shape.nose_width, wing_y), (0.3 * shape.nose_width, 0.07)
    )
    crease = 0.045 * _spot(np.abs(x), y, (1.12 * shape.nose_width, wing_y - 0.01), (0.03, 0.07))
    groove = 0.02 * _spot(x, y, (0, base + 0.09), (0.035, 0.07))
    return np.asarray(np.maximum(ridge + ball, 0.85 * flank + wings) - crease - groove, np.float32)


def _eye_forms(person: Person, eye: Eye, age: float, smile: float, x: Array, y: Array) -> Array:
    """One socket, the eyeball under its lids, and the folds around them."""
    eyes = person.eyes
    t, s = eye.frame(x, y)
    out = -(0.07 + 0.05 * eyes.depth) * _spot(x, y, eye.centre, (0.19, 0.12))
    out -= 0.03 * _spot(x, y, (eye.side * 0.175, -0.03), (0.07, 0.09))
    out += 0.085 * np.exp(-(np.abs(t / 1.05) ** 2.5) - np.abs((s + 0.005) / 0.085) ** 2.5)
    upper, lower = eye.upper(t), eye.lower(t)
    within = ramp(1.2, 0.85, np.abs(t))
    fold = upper - 0.018 - 0.035 * eyes.crease
    out -= 0.016 * np.exp(-(((s - fold) / 0.014) ** 2)) * within
    out += 0.012 * np.exp(-(((s - upper + 0.012) / 0.012) ** 2)) * within
    out += 0.006 * np.exp(-(((s - lower - 0.010) / 0.010) ** 2)) * within
    bag = (0.004 + 0.012 * eyes.bags + 0.012 * age) * ramp(1.1, 0.5, np.abs(t))
    out -= bag * np.exp(-(((s - lower - 0.055) / 0.014) ** 2))
    if age > 0:
        rays = np.cos(s * 90) ** 4 * ramp(1.05, 1.25, t) * ramp(1.9, 1.35, t)
        out -= (0.008 + 0.004 * smile) * age * rays * ramp(0.11, 0.06, np.abs(s))
    edge = ramp(2.3, 1.9, np.abs(t)) * ramp(0.30, 0.24, np.abs(s))
    return np.asarray(out * edge)


def _lips(shape: Features, x: Array, y: Array) -> Array:
    lips = shape.lips
    inside = ramp(1.05, 0.9, np.abs(x) / lips.width)
    top, bottom = lips.outer(x)
    inner_top, inner_bottom = lips.inner(x)

    def roll(low: Array, high: Array) -> Array:
        share = np.clip((y - low) / np.maximum(high - low, 1e-3), 0, 1)
        return np.asarray(np.sqrt(share * (1 - share)) * 2)

    line = np.exp(-(((y - lips.line(x)) / 0.012) ** 2)) * (lips.gap < 0.02)
    corners = _spot(np.abs(x), y, (lips.width * 1.02, lips.y - lips.lift), (0.035, 0.04))
    raised = 0.030 * roll(top, inner_top) + 0.045 * roll(inner_bottom, bottom) - 0.02 * line
    return np.asarray(raised * inside - 0.025 * corners)


def _nasolabial(shape: Features, smile: float, age: float, x: Array, y: Array) -> Array:
    """Depth of the folds from the nose to beside the mouth."""
    ax = np.abs(x)
    along = np.clip((y - shape.nose_base + 0.10) / 0.42, 0, 1)
    start, end = 1.1 * shape.nose_width, 1.22 * shape.lips.width
    course = start + (end - start) * along
    strength = (0.008 + 0.018 * smile + 0.020 * age) * np.sin(np.pi * along) ** 2
    inner, outer = (ax - course) / 0.02, (ax - course) / 0.06
    return np.asarray(strength * np.where(inner < 0, np.exp(-(inner**2)), np.exp(-(outer**2))))


def _wrinkles(x: Array, y: Array) -> Array:
    """Depth of the lines of the forehead and between the brows."""
    ax = np.abs(x)
    waver = 0.10 * x * x + 0.012 * np.sin(9 * x + 30 * y) + 0.01 * np.sin(23 * x)
    broken = 0.55 + 0.45 * np.sin(5 * x + 17 * y) * np.sin(3 * x - 11 * y)
    lines = np.sin((y + 0.25 + waver) * 46) ** 6 * broken * ramp(-0.28, -0.36, y)
    lines = 0.006 * lines * ramp(-0.66, -0.55, y) * ramp(0.5, 0.25, ax)
    frown = np.exp(-(((ax - 0.045) / 0.012) ** 2)) * ramp(-0.3, -0.22, y) * ramp(-0.08, -0.14, y)
    return np.asarray(lines + 0.006 * frown)
