"""Heat maps of any classifier, and how good a heat map is.

Heat is (n, h, w) float32 of at least 0, each face's largest value 1, as in `cam`. A classifier is
any function from pictures (n, h, w, 3) uint8 RGB to probabilities (n,) of one answer; heat speaks
for the answer that it gives to the whole picture.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from prosopon.explain.occlusions import Layout
from prosopon.geometry.regions import STUDY_REGIONS
from prosopon.records import Float32, Float64, UInt8

Answer = Callable[[UInt8], Float32]
BATCH = 64
STEPS = 16
"""Into which insertion and deletion cut the picture."""


def rise(
    classifier: Answer,
    pictures: UInt8,
    *,
    masks: int = 500,
    cells: int = 8,
    kept: float = 0.5,
    seed: int = 0,
) -> Float32:
    """Petsiuk, Das and Saenko, "RISE" (BMVC 2018), equation 6: the mean of random masks, weighted
    by what the classifier says of the picture under each; no gradients are needed.

    masks : how many; cells : along each side of the grid that a mask is blown up from; kept : the
    share of cells that show the picture, the others are black.
    """
    rng = np.random.default_rng(seed)
    n, height, width = pictures.shape[:3]
    yes = classifier(pictures) >= 0.5
    total = np.zeros((n, height, width), np.float64)
    for _ in range(masks):
        mask = _mask(rng, (height, width), cells, kept)
        shown = (pictures * mask[..., None]).round().astype(np.uint8)
        said = np.concatenate(
            [classifier(shown[at : at + BATCH]) for at in range(0, n, BATCH)]
        ).astype(np.float64)
        total += np.where(yes, said, 1 - said)[:, None, None] * mask
    return scaled(total / (masks * kept))


def scaled(values: NDArray[np.floating]) -> Float32:
    """Values (n, h, w) as heat: each face's least value 0, its largest 1; 0 where all are equal."""
    low = values.min(axis=(1, 2), keepdims=True)
    span = values.max(axis=(1, 2), keepdims=True) - low
    heat = np.divide(values - low, span, out=np.zeros_like(values), where=span > 0)
    return np.asarray(heat, np.float32)


def insertion(classifier: Answer, pictures: UInt8, heat: Float32) -> Float64:
    """(n,) mean probability of the answer while the picture's pixels come in, the hottest first,
    into its blurred self (Petsiuk et al. 2018, §4.2): high for a good map."""
    sigma = 0.1 * max(pictures.shape[1:3])
    blurred = np.stack([cv2.GaussianBlur(each, (0, 0), sigma) for each in pictures])
    return _curve(classifier, pictures, blurred, pictures, heat)


def deletion(classifier: Answer, pictures: UInt8, heat: Float32) -> Float64:
    """(n,) the same while pixels become black, the hottest first: low for a good map."""
    return _curve(classifier, pictures, pictures, np.zeros_like(pictures), heat)


def pointing(heat: Float32, landmarks: Float32, region: str) -> Float64:
    """(n,) 1 where the hottest pixel lies in the region's contour (Zhang et al. 2018, the pointing
    game), else 0."""
    contour = Layout.of(landmarks, heat.shape[1:3]).contours[:, STUDY_REGIONS.index(region)]
    hottest = heat.reshape(len(heat), -1).argmax(axis=1)
    inside = contour.reshape(len(heat), -1)[np.arange(len(heat)), hottest]
    return np.asarray(inside, np.float64)


def likeness(heat: Float32, other: Float32) -> Float64:
    """(n,) rank correlation of two maps of each face; 0 where one is even. Of a trained network's
    with those of the same network under random weights it is to be low (Adebayo et al. 2018)."""
    pairs = zip(heat.reshape(len(heat), -1), other.reshape(len(other), -1), strict=True)
    return np.array(
        [float(spearmanr(a, b).statistic) if np.ptp(a) and np.ptp(b) else 0.0 for a, b in pairs]
    )


def _mask(
    rng: np.random.Generator, size: tuple[int, int], cells: int, kept: float
) -> NDArray[np.float32]:
    """A grid of 0 and 1, blown up bilinearly by more than the picture and cut at random."""
    height, width = size
    step = -(-height // cells), -(-width // cells)
    grid = (rng.random((cells + 1, cells + 1)) < kept).astype(np.float32)
    large = cv2.resize(grid, ((cells + 1) * step[1], (cells + 1) * step[0]))
    top, left = rng.integers(0, step[0] + 1), rng.integers(0, step[1] + 1)
    return np.asarray(large[top : top + height, left : left + width], np.float32)


def _curve(
    classifier: Answer, pictures: UInt8, first: UInt8, last: UInt8, heat: Float32
) -> Float64:
    """(n,) mean probability of each picture's own answer from `first` to `last`."""
    yes = classifier(pictures) >= 0.5
    flat = -heat.reshape(len(heat), -1)
    order = flat.argsort(axis=1, kind="stable").argsort(axis=1)
    ranks = order.reshape(heat.shape) / order.shape[1]
    said = []
    for step in range(STEPS + 1):
        changed = (ranks < step / STEPS)[..., None]
        answers = np.asarray(classifier(np.where(changed, last, first)), np.float64)
        said.append(np.where(yes, answers, 1 - answers))
    curve: Float64 = np.trapezoid(np.stack(said), dx=1 / STEPS, axis=0)
    return curve
