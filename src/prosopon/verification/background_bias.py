"""How far similarity follows the picture (background, clothing, light) instead of the face.

Pairs of different people are compared as they are, with the surroundings of the face blurred, with
those of other pictures around both faces, and with the surroundings of one around the other's face.
Surroundings are what an embedder sees of them: all of its chip but the face.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import atanh, sqrt, tanh

import cv2
import numpy as np
from numpy.typing import NDArray

from prosopon.geometry import Template
from prosopon.records import Float32, UInt8

Embed = Callable[[UInt8], Float32]

VARIANTS = ("kept", "blurred", "swapped", "shared")
"""Surroundings as they are; blurred; of other pictures, one for each face; of one around both."""


@dataclass(frozen=True, slots=True)
class Explained:
    """How much of the variance of face similarity goes with picture similarity."""

    share: float
    """r², 0 to 1."""
    interval: tuple[float, float]
    """95 %, by Fisher's transformation of r."""
    slope: float
    """Rise of the face's cosine for a rise of the picture's by 1."""
    pairs: int


@dataclass(frozen=True, slots=True)
class Study:
    """One embedder on pairs of different people."""

    embedder: str
    threshold: float
    """Cosine above which a pair of different people is a false match."""
    false_matches: dict[str, float]
    """Variant → share of the pairs with alike pictures above the threshold."""
    mean: dict[str, float]
    """Variant → mean cosine of the pairs with alike pictures."""
    explained: dict[str, Explained]
    """Variant → over random pairs and pairs with alike pictures together."""
    explained_false_matches: Explained | None
    """Among false matches alone; None where they are fewer than four."""


def face_mask(template: Template) -> Float32:
    """(h, w, 1) 1 on the face, 0 around it, with a soft edge: an ellipse about the eyes and mouth
    of the template."""
    points = np.array(template.points)
    if template.landmarks == "corners":
        eyes = np.array([points[:2].mean(axis=0), points[2:4].mean(axis=0)])
    else:
        eyes = points[:2]
    apart = float(np.linalg.norm(eyes[0] - eyes[1]))
    centre = eyes.mean(axis=0) + np.array([0, 0.45 * apart])
    mask = np.zeros(template.size, np.float32)
    axes = (round(0.95 * apart), round(1.35 * apart))
    cv2.ellipse(mask, tuple(np.rint(centre).astype(int).tolist()), axes, 0, 0, 360, 1.0, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), 0.08 * apart)
    return np.asarray(soft[..., None], np.float32)


def variants(chips: UInt8, partners: UInt8, donors: UInt8, mask: Float32) -> dict[str, UInt8]:
    """Variant → chips (n, h, w, 3) with those surroundings.

    partners : the other chip of each pair; donors : chips of third people, row by row.
    """
    side = chips.shape[1]
    blurred = np.stack([cv2.GaussianBlur(chip, (0, 0), side / 12) for chip in chips])
    return {
        "kept": chips,
        "blurred": _around(chips, blurred, mask),
        "swapped": _around(chips, donors, mask),
        "shared": _around(chips, partners, mask),
    }


def study(
    embedder: str,
    embed: Embed,
    template: Template,
    left: UInt8,
    right: UInt8,
    pictures: NDArray[np.floating],
    alike: NDArray[np.bool_],
    threshold: float,
    seed: int = 0,
) -> Study:
    """Measure one embedder.

    left, right : (n, h, w, 3) chips of pairs of different people. pictures : (n,) cosine of the
    two pictures as wholes. alike : (n,) which pairs were chosen for that, the others by chance.
    """
    rng = np.random.default_rng(seed)
    mask = face_mask(template)
    random = np.flatnonzero(~alike)
    donors = rng.choice(random, (2, len(left)))
    changed_left = variants(left, right, right[donors[0]], mask)
    changed_right = variants(right, right, left[donors[1]], mask)
    cosines = {
        variant: np.einsum("ij,ij->i", embed(changed_left[variant]), embed(changed_right[variant]))
        for variant in VARIANTS
    }
    false = cosines["kept"] >= threshold
    return Study(
        embedder,
        threshold,
        {variant: float(np.mean(cosines[variant][alike] >= threshold)) for variant in VARIANTS},
        {variant: float(np.mean(cosines[variant][alike])) for variant in VARIANTS},
        {variant: explained(pictures, cosines[variant]) for variant in VARIANTS},
        explained(pictures[false], cosines["kept"][false]) if false.sum() > 3 else None,
    )


def explained(pictures: NDArray[np.floating], faces: NDArray[np.floating]) -> Explained:
    """The straight line from picture similarity to face similarity, over at least 4 pairs."""
    slope = float(np.polyfit(pictures, faces, 1)[0])
    r = float(np.corrcoef(pictures, faces)[0, 1])
    reach = 1.96 / sqrt(len(faces) - 3)
    middle = atanh(np.clip(r, -0.999999, 0.999999))
    low, high = tanh(middle - reach), tanh(middle + reach)
    least = 0.0 if low < 0 < high else min(low**2, high**2)
    return Explained(r**2, (least, max(low**2, high**2)), slope, len(faces))


def _around(faces: UInt8, ground: UInt8, mask: Float32) -> UInt8:
    mixed: UInt8 = np.rint(faces * mask + ground * (1 - mask)).astype(np.uint8)
    return mixed
