"""Named regions of a face, from 68 landmarks.

Landmarks are (68, 2) x, y in pixels, in the order of iBUG 300-W: jaw 0–16, eyebrows 17–26, nose
27–35, eyes 36–47, lips 48–67; left and right as the viewer sees them. Masks are (height, width)
bool; what lies outside of the picture is cut off, so a region may be empty.

The base regions are those of weak segmentation (Thom and Hand, AttParseNet). Where landmarks give
no outline (ears, below the chin, top of the head) it is carried on from the jaw and eyebrows along
the face's own axes, so that a tilted face has tilted regions.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prosopon.errors import UsageError
from prosopon.records import Float32, as_array

BASE_REGIONS = (
    "below chin",
    "chin",
    "cheeks",
    "mouth",
    "above mouth",
    "nose",
    "eyes",
    "eyebrows",
    "ears",
    "top of head",
)
"""The ten regions from which weak segments are put together."""

STUDY_REGIONS = ("eyebrows", "eyes", "nose", "mouth", "chin")
"""The five regions, from top to bottom, of studies by occlusion."""

_OUTLINES: dict[str, tuple[tuple[int, ...], ...]] = {
    "chin": ((5, 6, 7, 8, 9, 10, 11, 54, 55, 56, 57, 58, 59, 48),),
    "cheeks": (
        (0, 1, 2, 3, 4, 5, 48, 31, 39, 40, 41, 36),
        (16, 15, 14, 13, 12, 11, 54, 35, 42, 47, 46, 45),
    ),
    "mouth": ((48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59),),
    "above mouth": ((48, 31, 32, 33, 34, 35, 54, 53, 52, 51, 50, 49),),
    "eyes": ((36, 37, 38, 39, 40, 41), (42, 43, 44, 45, 46, 47)),
    "eyebrows": ((17, 18, 19, 20, 21), (22, 23, 24, 25, 26)),
}
"""Regions whose outlines pass through landmarks; the others are in `outlines`."""

_SUBPIXEL_BITS = 4


def outlines(landmarks: ArrayLike, region: str) -> list[Float32]:
    """The polygons of a base region, each (k, 2) x, y in pixels; they may leave the picture."""
    points = as_array(landmarks, np.float32, (68, 2), "landmarks")
    if not np.isfinite(points).all():
        raise ValueError("landmarks: expected numbers, found NaN or infinity")
    if region in _OUTLINES:
        return [points[list(numbers)] for numbers in _OUTLINES[region]]
    right, down = _axes(points)
    match region:
        case "nose":
            wing = right * np.linalg.norm(points[35] - points[31]) / 4
            base = [points[31] - wing, *points[32:35], points[35] + wing]
            return [np.stack([*base, points[42], points[27], points[39]])]
        case "below chin":
            jaw = points[5:12]
            depth = down * np.linalg.norm(points[58] - points[33])
            return [np.concatenate([jaw, jaw[::-1] + depth])]
        case "ears":
            left, right_side = points[0:4], points[13:17]
            return [
                np.concatenate([left, left[::-1] - right * _reach(points[17] - points[0], right)]),
                np.concatenate(
                    [right_side, right_side[::-1] + right * _reach(points[16] - points[26], right)]
                ),
            ]
        case "top of head":
            height = down * np.linalg.norm(points[8] - points[33]) * 4 / 3
            brows = points[[19, 24]]
            return [np.concatenate([brows, brows[::-1] - height])]
        case _:
            raise UsageError(f"no face region {region!r}; there are: {', '.join(BASE_REGIONS)}")


def region_mask(
    landmarks: ArrayLike, region: str, size: tuple[int, int], margin: float = 0.0
) -> NDArray[np.bool_]:
    """Where a base region lies in a picture of `size` (height, width): (height, width) bool.

    `margin` widens the outline on all sides, as a share of the distance between the eyes.
    """
    points = np.asarray(landmarks, np.float32)
    mask = np.zeros(size, np.uint8)
    _fill(mask, outlines(points, region))
    widen = round(margin * eye_distance(points))
    if widen > 0:
        import cv2

        shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * widen + 1, 2 * widen + 1))
        mask = cv2.dilate(mask, shape).astype(np.uint8)
    return mask.astype(bool)


def base_masks(landmarks: ArrayLike, size: tuple[int, int]) -> NDArray[np.bool_]:
    """All ten base regions, (10, height, width) bool, in the order of BASE_REGIONS."""
    return np.stack([region_mask(landmarks, region, size) for region in BASE_REGIONS])


def eye_distance(landmarks: ArrayLike) -> float:
    """Pixels between the centres of the two eyes."""
    left, right = _eye_centres(np.asarray(landmarks, np.float32))
    return float(np.linalg.norm(right - left))


def _eye_centres(points: Float32) -> tuple[Float32, Float32]:
    return points[36:42].mean(axis=0), points[42:48].mean(axis=0)


def _axes(points: Float32) -> tuple[Float32, Float32]:
    """Unit vectors along the eyes to the viewer's right, and square to them towards the chin."""
    left, right = _eye_centres(points)
    along = right - left
    length = float(np.linalg.norm(along))
    across = along / length if length > 0 else np.array([1, 0], np.float32)
    return across, np.array([-across[1], across[0]], np.float32)


def _reach(outwards: Float32, right: Float32) -> float:
    """How far an ear stands out; a turned-away ear has none."""
    return max(float(outwards @ right), 0.0)


def _fill(mask: NDArray[Any], polygons: Sequence[Float32]) -> None:
    import cv2

    scale = 1 << _SUBPIXEL_BITS
    limit = 2**24  # far outside of any picture, and within what fillPoly can count
    for polygon in polygons:
        corners = np.clip(polygon * scale, -limit, limit).round().astype(np.int32)
        cv2.fillPoly(mask, [corners], 1, shift=_SUBPIXEL_BITS)
