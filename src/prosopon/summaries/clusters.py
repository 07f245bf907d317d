"""All clusters of a set of pictures on one chart."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prosopon.records import UInt8
from prosopon.summaries.drawing import ABOVE, GREY, figure, png

SURE = 0.9
"""Confidence from which a picture counts as surely in its cluster."""


def cluster_chart(
    labels: ArrayLike, confidence: ArrayLike, pictures: UInt8 | None = None, each: int = 12
) -> bytes:
    """A row for each cluster, as PNG: how many pictures, how many surely, and the surest `each`.

    labels : (n,) from 0 without gaps; confidence : (n,) 0 to 1; pictures : (n, h, w, 3) or None.
    """
    labels, sure = np.asarray(labels), np.asarray(confidence)
    sizes = np.bincount(labels)
    certain = np.bincount(labels[sure >= SURE], minlength=len(sizes))
    made = figure(4 + (0.45 * each if pictures is not None else 0), 1 + 0.45 * len(sizes))
    axes = made.subplots(1, 1 if pictures is None else 2, squeeze=False)[0]
    rows = np.arange(len(sizes))
    axes[0].barh(rows, sizes, color=GREY, height=0.7, label="all")
    axes[0].barh(rows, certain, color=ABOVE, height=0.7, label=f"confidence ≥ {SURE}")
    axes[0].set(yticks=rows, ylim=(len(sizes) - 0.5, -0.5), ylabel="label")
    axes[0].set_xlabel(f"images of {len(labels):,}")
    axes[0].spines[["top", "right"]].set_visible(False)
    axes[0].legend(loc="lower right", fontsize="small")
    if pictures is not None:
        axes[1].imshow(_surest(labels, sure, pictures, each), aspect="auto")
        axes[1].set_title("the surest of each", loc="left", fontsize="medium")
        axes[1].axis("off")
    return png(made)


def _surest(
    labels: NDArray[np.integer], sure: NDArray[np.floating], pictures: UInt8, each: int
) -> UInt8:
    """The surest `each` pictures of every cluster, a row each, on white."""
    clusters = int(labels.max()) + 1
    height, width = pictures.shape[1:3]
    sheet = np.full((clusters, each, height, width, 3), 255, np.uint8)
    for cluster in range(clusters):
        members = np.flatnonzero(labels == cluster)
        best = members[np.argsort(-sure[members], kind="stable")[:each]]
        sheet[cluster, : len(best)] = pictures[best]
    joined: UInt8 = sheet.transpose(0, 2, 1, 3, 4).reshape(clusters * height, each * width, 3)
    return joined
