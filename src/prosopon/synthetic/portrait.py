"""One photograph: people drawn into a canvas, developed, with the truth about every face."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from prosopon.records import Float32, UInt8, as_array
from prosopon.synthetic import attributes as celeba
from prosopon.synthetic.appearance import BACKDROPS, Appearance, Setting
from prosopon.synthetic.backdrop import backdrop
from prosopon.synthetic.beard import draw_beard, paint_shadow
from prosopon.synthetic.body import draw_body, draw_ears, draw_jewels
from prosopon.synthetic.camera import Camera, Canvas
from prosopon.synthetic.film import develop, rotation
from prosopon.synthetic.hair import draw_hair
from prosopon.synthetic.lighting import Light, shade_skin
from prosopon.synthetic.paint import Layer, paint_skin
from prosopon.synthetic.painted import paint_features
from prosopon.synthetic.person import Person, Rng
from prosopon.synthetic.surface import Head, head
from prosopon.synthetic.wear import draw_glasses, draw_hat, hat_shadow

OVERSAMPLING = 1.5
"""Pixels of the canvas per pixel of the picture, each way: edges come out smooth."""
ROW = 2.4
"""How far a row of a group stands below the one behind, in units of 100 mm."""


@dataclass(frozen=True, slots=True)
class Sitter:
    """Somebody's place in a picture."""

    person: Person
    appearance: Appearance
    centre: tuple[float, float]
    """Of the head, as shares of the picture's width and height."""
    scale: float
    """Pixels of the picture per 100 mm."""
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A face in a photograph: the pixels, and what is true about it."""

    pixels: UInt8
    """(H, W, 3) RGB; the same array for everybody in the photograph."""
    box: Float32
    """(4,) x1, y1, x2, y2 in pixels, from the forehead to the chin, nearly square."""
    landmarks: Float32
    """(68, 2) x, y in pixels, in iBUG's order."""
    attributes: dict[str, bool]
    """By CelebA's names, those of `prosopon.synthetic.attributes.DRAWN`."""
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "box", as_array(self.box, np.float32, (4,), "box"))
        points = as_array(self.landmarks, np.float32, (68, 2), "landmarks")
        object.__setattr__(self, "landmarks", points)

    @property
    def landmarks5(self) -> Float32:
        """(5, 2) in the order of `prosopon.records.LANDMARKS_5`."""
        p = self.landmarks
        eyes = [p[36:42].mean(axis=0), p[42:48].mean(axis=0)]
        return np.stack([*eyes, p[30], p[48], p[54]]).astype(np.float32)


def render(
    person: Person, appearance: Appearance, setting: Setting | None = None, size: int = 256
) -> Portrait:
    """Draw one person, head and shoulders, in a square picture of `size` pixels."""
    setting = setting or Setting()
    sitter = Sitter(person, appearance, (0.5, 0.47), 0.235 * size)
    return photograph([sitter], setting, size, size)[0]


def photograph(
    sitters: Sequence[Sitter], setting: Setting, width: int, height: int
) -> list[Portrait]:
    """Draw `sitters`, those behind first, and return the portrait of each."""
    wide, high = round(width * OVERSAMPLING), round(height * OVERSAMPLING)
    canvas = Canvas(backdrop(setting.backdrop, setting.seed, high, wide))
    light = Light.of(setting)
    points = [_draw(canvas, light, sitter, (wide, high)) for sitter in sitters]
    small = cv2.resize(canvas.colour, (width, height), interpolation=cv2.INTER_AREA)
    pixels = develop(small, setting)
    turn = rotation(height, width, setting.rotation)
    portraits = []
    for sitter, found in zip(sitters, points, strict=True):
        upright = found * [width / wide, height / high]
        landmarks = (upright @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
        truth = celeba.attributes(sitter.person, sitter.appearance, setting)
        portraits.append(Portrait(pixels, face_box(landmarks), landmarks, truth, sitter.name))
    return portraits


def face_box(landmarks: Float32) -> Float32:
    """Return the box (4,) round a face with these 68 landmarks: all of them, and the forehead."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    side = 1.04 * float((high - low).max())
    middle = 0.5 * float(low[0] + high[0])
    bottom = float(high[1]) + 0.01 * side
    box = (middle - 0.5 * side, bottom - 1.08 * side, middle + 0.5 * side, bottom)
    return np.array(box, np.float32)


def _draw(canvas: Canvas, light: Light, sitter: Sitter, size: tuple[int, int]) -> np.ndarray:
    """Draw one person and return the 68 landmarks (68, 2) in pixels of the canvas."""
    person, appearance = sitter.person, sitter.appearance
    scale = sitter.scale * OVERSAMPLING
    centre = (sitter.centre[0] * size[0], sitter.centre[1] * size[1])
    camera = Camera.looking(appearance.pose, scale, centre)
    pose = appearance.pose
    body = Camera.looking(
        replace(pose, yaw=0.45 * pose.yaw, pitch=0, roll=0.25 * pose.roll), scale, centre
    )
    canvas.forget_depth()
    draw_body(canvas, body, light, person, appearance.wear)
    surface = head(person, appearance, density=0.9 * scale)
    _draw_head(canvas, camera, light, surface)
    draw_ears(canvas, camera, light, person)
    draw_beard(canvas, camera, light, surface)
    if appearance.wear.glasses != "none":
        draw_glasses(canvas, camera, surface)
    if appearance.wear.hat != "none":
        draw_hat(canvas, camera, light, surface)
    if appearance.wear.hat != "scarf":
        draw_hair(canvas, camera, light, surface)
    draw_jewels(canvas, camera, body, person, appearance.wear)
    return camera.project(surface.landmarks())[:, :2]


def _draw_head(canvas: Canvas, camera: Camera, light: Light, surface: Head) -> None:
    layer = Layer.blank(surface)
    paint_skin(layer)
    paint_shadow(layer)
    paint_features(layer)
    lit = shade_skin(surface, layer.colour, layer.gloss, camera, light)
    shadow = hat_shadow(surface)
    if shadow is not None:
        lit *= shadow[..., None]
    canvas.add(camera.project(surface.points[surface.grid.coarse(64, 80)]), lit)


def group(rng: Rng, cast: dict[str, Person], width: int, height: int) -> list[Portrait]:
    """Draw a group photograph of the people in `cast` (by name), in rows of up to four."""
    setting = replace(Setting.sample(rng), backdrop=str(rng.choice(BACKDROPS[2:])))
    names = list(cast)
    rows = -(-len(names) // 4)
    columns = -(-len(names) // rows)
    slots = columns + 0.5 * (rows > 1)  # every other row stands in the gaps of the one before
    scale = min(width / (2.4 * slots), height / (2.9 + ROW * (rows - 1)))
    top = (height / scale - 2.9 - ROW * (rows - 1)) / 2 + 1.5
    sitters = []
    for number, name in enumerate(names):
        row, place = divmod(number, columns)
        missing = columns - min(columns, len(names) - row * columns)
        indent = 0.5 * missing + 0.5 * ((row + missing) % 2)
        x = (place + 0.5 + indent) / slots + rng.normal(0, 0.006)
        y = (top + ROW * row + rng.normal(0, 0.05)) * scale / height
        size = scale * (1 - 0.08 * (rows - 1 - row))  # those behind are farther away
        person = cast[name]
        appearance = Appearance.sample(rng, person)
        sitters.append(Sitter(person, appearance, (float(x), float(y)), size, name))
    return photograph(sitters, setting, width, height)
