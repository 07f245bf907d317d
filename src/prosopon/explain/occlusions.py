"""Parts of faces taken away, in human terms: the five regions, strips, and sevenths of the width.

Pictures are (n, h, w, 3) uint8 RGB, landmarks (n, 68, 2) x, y in their pixels. A mask is True where
the picture is hidden. Nothing is stored: masks are drawn and pictures hidden batch by batch.

The five regions are `geometry.regions.STUDY_REGIONS`, their outlines widened a little so that
lashes and the borders of the lips go with them, and disjoint: a pixel that two regions claim
belongs to the one that comes first in `_PRECEDENCE`. A region's strip is the rows that hold it,
over the whole width, with the same precedence: the strip of the nose begins below the eyes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from prosopon.errors import UsageError
from prosopon.geometry.regions import STUDY_REGIONS, outlines, region_mask
from prosopon.records import Float32, UInt8, as_array

Bool = NDArray[np.bool_]

Fill = Literal["black", "mean", "skin", "blur"]
"""What hidden pixels become: black, the picture's mean colour, that of the face's skin, or the
blurred picture."""
FILLS: tuple[Fill, ...] = get_args(Fill)

Family = Literal[
    "left to right",
    "right to left",
    "top to bottom",
    "bottom to top",
    "revealed from the top",
    "revealed from the bottom",
    "one region out",
    "pair out",
    "triple out",
    "only one region",
    "everything out",
]
Shape = Literal["columns", "band", "reveal", "contour", "strip", "all"]

SEVENTHS = 7
MARGIN = 0.1
"""How far outlines are widened, as a share of the distance between the eyes."""
_PRECEDENCE = ("eyes", "eyebrows", "mouth", "nose", "chin")
_BLUR = 0.15
"""Standard deviation of the blur, as a share of the picture's longer side."""


@dataclass(frozen=True, slots=True)
class Occlusion:
    """One way of hiding a part of a face."""

    family: Family
    shape: Shape
    regions: tuple[str, ...] = ()
    """Those that are hidden, or of `only one region` and `revealed …` those that are not."""
    sevenths: int = 0
    """Of `columns`: how many are hidden."""

    @property
    def name(self) -> str:
        """In words, unlike any other's."""
        match self.family:
            case "left to right" | "right to left":
                return f"{self.sevenths}/7 {self.family}"
            case "top to bottom" | "bottom to top":
                return f"{self.family} to the {self.regions[-1]}"
            case "revealed from the top" | "revealed from the bottom":
                return f"only strips {self.family.removeprefix('revealed ')} to {self.regions[-1]}"
            case "everything out":
                return "everything"
        verb = "only " if self.family == "only one region" else ""
        return f"{verb}{' + '.join(self.regions)}{'' if verb else ' out'} ({self.shape})"


def occlusions() -> tuple[Occlusion, ...]:
    """All of them, in a fixed order; `table_6_2` names those of the dissertation."""
    sideways: tuple[Family, ...] = ("right to left", "left to right")
    columns = [
        Occlusion(family, "columns", sevenths=count)
        for family in sideways
        for count in range(1, SEVENTHS)
    ]
    orders: dict[Family, tuple[str, ...]] = {
        "top to bottom": STUDY_REGIONS,
        "bottom to top": STUDY_REGIONS[::-1],
    }
    bands = [
        Occlusion(family, "band", order[:count])
        for family, order in orders.items()
        for count in range(1, len(STUDY_REGIONS) + 1)
    ]
    revealing: dict[Family, tuple[str, ...]] = {
        "revealed from the top": STUDY_REGIONS,
        "revealed from the bottom": STUDY_REGIONS[::-1],
    }
    reveals = [
        Occlusion(family, "reveal", order[:count])
        for family, order in revealing.items()
        for count in range(1, len(STUDY_REGIONS) + 1)
    ]
    shapes: tuple[Shape, ...] = ("contour", "strip")
    sizes: dict[Family, int] = {
        "one region out": 1,
        "pair out": 2,
        "triple out": 3,
        "only one region": 1,
    }
    parts = [
        Occlusion(family, shape, chosen)
        for shape in shapes
        for family, count in sizes.items()
        for chosen in combinations(STUDY_REGIONS, count)
    ]
    return (*columns, *bands, *reveals, *parts, Occlusion("everything out", "all"))


def table_6_2() -> dict[str, Occlusion]:
    """The sets of the dissertation's Table 6.2 by their names there, each one of `occlusions()`.

    Its rows add up to 64, and the table says 67. Seven sevenths of the width are `everything`.
    """
    everything = Occlusion("everything out", "all")
    columns: dict[str, Family] = {
        "Right_to_left": "right to left",
        "Left_to_Right": "left to right",
    }
    families: dict[str, tuple[Family, Shape]] = {
        "Top_to_bottom": ("revealed from the top", "reveal"),
        "Bottom_to_top": ("revealed from the bottom", "reveal"),
        "Permutation_blackout_pairs": ("pair out", "strip"),
        "Permutation_blackout_triples": ("triple out", "strip"),
        "Just_region": ("only one region", "strip"),
        "Region_blackout": ("one region out", "strip"),
        "Just_region_contoured": ("only one region", "contour"),
        "Region_blackout_contour": ("one region out", "contour"),
    }
    found: dict[str, Occlusion] = {}
    for name, family in columns.items():
        of = [each for each in occlusions() if each.family == family]
        found |= {f"{name} {at}": each for at, each in enumerate([*of, everything], 1)}
    for name, about in families.items():
        of = [each for each in occlusions() if (each.family, each.shape) == about]
        found |= {f"{name} {at}": each for at, each in enumerate(of, 1)}
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where the regions of a batch of faces lie."""

    contours: Bool
    """(n, 5, h, w) disjoint, in the order of STUDY_REGIONS."""
    strips: Bool
    """(n, 5, h, w) disjoint rows, likewise."""

    @classmethod
    def of(cls, landmarks: Float32, size: tuple[int, int]) -> "Layout":
        """From landmarks (n, 68, 2) in pictures of `size` (height, width).

        Raises UsageError where a region lies outside of its picture; `inside` tells beforehand.
        """
        points = as_array(landmarks, np.float32, (None, 68, 2), "landmarks")
        contours = np.zeros((len(points), len(STUDY_REGIONS), *size), bool)
        strips = np.zeros_like(contours)
        for row, face in enumerate(points):
            taken, rows_taken = np.zeros(size, bool), np.zeros(size[0], bool)
            for region in _PRECEDENCE:
                place = STUDY_REGIONS.index(region)
                mask = region_mask(face, region, size, MARGIN)
                if not mask.any():
                    raise UsageError(
                        f"picture {row}: its {region} lies outside of the {size[1]}×{size[0]} "
                        "pixels: leave the picture out, or cut faces with more around them"
                    )
                rows = _filled(np.any(mask, axis=1)) & ~rows_taken
                contours[row, place] = mask & ~taken
                strips[row, place] = rows[:, None]
                taken |= mask
                rows_taken |= rows
        return cls(contours, strips)

    def hidden(self, occlusion: Occlusion) -> Bool:
        """(n, h, w) True where `occlusion` hides."""
        n, _, height, width = self.contours.shape
        places = [STUDY_REGIONS.index(region) for region in occlusion.regions]
        match occlusion.shape:
            case "all":
                return np.ones((n, height, width), bool)
            case "columns":
                count = round(width * occlusion.sevenths / SEVENTHS)
                mask = np.zeros((n, height, width), bool)
                first = occlusion.family == "left to right"
                mask[..., slice(None, count) if first else slice(width - count, None)] = True
                return mask
            case "band":
                rows: Bool = np.any(self.strips[:, places], axis=(1, 3))
                return np.repeat(_filled(rows)[..., None], width, axis=2)
            case "reveal":
                shown: Bool = np.any(self.strips[:, places], axis=1)
                return ~shown
        masks = self.contours if occlusion.shape == "contour" else self.strips
        together: Bool = np.any(masks[:, places], axis=1)
        return ~together if occlusion.family == "only one region" else together


def _skin(picture: UInt8, landmarks: Float32) -> Float32:
    """(3,) mean colour inside the jaw and the brows, without brows, eyes and mouth; of the whole
    picture where nothing of that shows."""
    size = (picture.shape[0], picture.shape[1])
    face = np.zeros(size, np.uint8)
    hull = cv2.convexHull(landmarks.astype(np.float32)).round().astype(np.int32)
    cv2.fillConvexPoly(face, hull, 1)
    for region in ("eyebrows", "eyes", "mouth"):
        face[region_mask(landmarks, region, size, MARGIN)] = 0
    skin = picture[face == 1] if face.any() else picture.reshape(-1, 3)
    tone: Float32 = skin.mean(axis=0).round()
    return tone


def inside(landmarks: Float32, size: tuple[int, int], share: float = 0.5) -> Bool:
    """Whether each picture shows at least `share` of every region's outline points: (n,)."""
    height, width = size
    seen = []
    for face in as_array(landmarks, np.float32, (None, 68, 2), "landmarks"):
        shares = []
        for region in STUDY_REGIONS:
            points = np.concatenate(outlines(face, region))
            within = ((points >= 0) & (points <= [width - 1, height - 1])).all(axis=1)
            shares.append(within.mean())
        seen.append(min(shares) >= share)
    return np.array(seen, bool)


def stacked(pictures: Sequence[UInt8] | UInt8) -> UInt8:
    """Pictures as one array (n, h, w, 3); UsageError where they differ in size."""
    sizes = {each.shape for each in pictures}
    if len(sizes) > 1:
        raise UsageError(
            f"pictures of {len(sizes)} sizes ({', '.join(map(str, sorted(sizes)[:3]))}, …): "
            "cut or scale them to one size first"
        )
    stack: UInt8 = as_array(pictures, np.uint8, (None, None, None, 3), "pictures")
    return stack


def hide(pictures: UInt8, masks: Bool, filling: UInt8) -> UInt8:
    """Pictures (n, h, w, 3) with `filling` where masks (n, h, w) are True."""
    return np.where(masks[..., None], filling, pictures)


def fillings(pictures: UInt8, fill: Fill, landmarks: Float32) -> UInt8:
    """What stands in place of hidden pixels, (n, h, w, 3); see `Fill`."""
    match fill:
        case "black":
            return np.zeros_like(pictures)
        case "mean":
            colours = pictures.mean(axis=(1, 2), keepdims=True).round().astype(np.uint8)
            return np.broadcast_to(colours, pictures.shape)
        case "skin":
            tones = [_skin(*face) for face in zip(pictures, landmarks, strict=True)]
            return np.broadcast_to(np.array(tones, np.uint8)[:, None, None], pictures.shape)
        case "blur":
            sigma = _BLUR * max(pictures.shape[1:3])
            blurred = [cv2.GaussianBlur(each, (0, 0), sigma) for each in pictures]
            return np.asarray(blurred, np.uint8).reshape(pictures.shape)
    raise UsageError(f"fill: expected one of {', '.join(FILLS)}, got {fill!r}")


def occluded(
    pictures: UInt8,
    landmarks: Float32,
    chosen: Sequence[Occlusion],
    fill: Fill = "black",
) -> Iterator[tuple[Occlusion, UInt8, Bool]]:
    """Each occlusion with the hidden pictures (n, h, w, 3) and their masks (n, h, w), in turn.

    Raises UsageError as `stacked` and `Layout.of` do.
    """
    stack = stacked(pictures)
    layout = Layout.of(landmarks, stack.shape[1:3])
    filling = fillings(stack, fill, landmarks)
    for occlusion in chosen:
        masks = layout.hidden(occlusion)
        yield occlusion, hide(stack, masks, filling), masks


def _filled(rows: Bool) -> Bool:
    """True from the first to the last True along the last axis."""
    seen_above = np.logical_or.accumulate(rows, axis=-1)
    seen_below = np.logical_or.accumulate(rows[..., ::-1], axis=-1)[..., ::-1]
    filled: Bool = seen_above & seen_below
    return filled
