"""Which attributes mark a cluster: how often each occurs, against the whole collection."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prosopon.errors import UsageError
from prosopon.summaries.drawing import ABOVE, BELOW, GREY, figure, png

PROMINENT = 0.5
"""Share of a cluster's faces from which an attribute is prominent."""
NOISY = 0.1
"""Share below which an attribute that occurs at all is noise (Anzalone et al. 2019)."""


@dataclass(frozen=True, slots=True, eq=False)
class Occurrence:
    """Shares of a cluster's faces that have each attribute."""

    attributes: tuple[str, ...]
    shares: NDArray[np.float64]
    """(a,) in the cluster."""
    expected: NDArray[np.float64]
    """(a,) in the whole collection."""
    faces: int

    @classmethod
    def of(cls, attributes: Sequence[str], has: ArrayLike, rows: Any) -> Self:
        """Count. has : (n, a) bool for the whole collection; rows : the cluster's, as numbers or as
        a mask. UsageError where the cluster is empty."""
        table = np.asarray(has, bool)
        if table.ndim != 2 or table.shape[1] != len(attributes):
            raise UsageError(
                f"expected {len(attributes)} attributes a face, got a table of {table.shape}"
            )
        cluster = table[np.arange(len(table))[rows]] if np.size(rows) else table[:0]
        if not len(cluster):
            raise UsageError("the cluster has no faces")
        return cls(tuple(attributes), cluster.mean(axis=0), table.mean(axis=0), len(cluster))

    @property
    def prominent(self) -> list[str]:
        """Attributes of at least half of the cluster, the commonest first."""
        order = np.argsort(-self.shares, kind="stable")
        return [self.attributes[i] for i in order if self.shares[i] >= PROMINENT]

    @property
    def noisy(self) -> list[str]:
        """Attributes of a few faces only, the rarest first."""
        order = np.argsort(self.shares, kind="stable")
        return [self.attributes[i] for i in order if 0 < self.shares[i] < NOISY]

    @property
    def surprise(self) -> NDArray[np.float64]:
        """(a,) how many standard errors each share lies above the collection's: what sets the
        cluster apart, rather than what most faces have anyway."""
        variance = self.expected * (1 - self.expected) / self.faces
        return (self.shares - self.expected) / np.sqrt(np.maximum(variance, 1e-12))

    @property
    def distinctive(self) -> list[str]:
        """Attributes at least two standard errors above the collection, the clearest first."""
        order = np.argsort(-self.surprise, kind="stable")
        return [self.attributes[i] for i in order if self.surprise[i] >= 2]


def occurrence_chart(occurrence: Occurrence, title: str = "", most: int = 20) -> bytes:
    """Bars of the `most` attributes furthest from the collection, as PNG; the collection's shares
    are marked on each bar."""
    distance = np.abs(occurrence.shares - occurrence.expected)
    chosen = np.argsort(-distance, kind="stable")[:most]
    chosen = chosen[np.argsort(occurrence.shares[chosen], kind="stable")]
    shares, expected = occurrence.shares[chosen], occurrence.expected[chosen]
    made = figure(6.5, 1.2 + 0.27 * len(chosen))
    axes = made.subplots()
    colours = [
        ABOVE if share >= usual else BELOW for share, usual in zip(shares, expected, strict=True)
    ]
    axes.barh(range(len(chosen)), shares, color=colours, height=0.7)
    axes.scatter(expected, range(len(chosen)), marker="|", s=110, color="black", zorder=3)
    axes.axvline(PROMINENT, color=GREY, linewidth=0.8, linestyle=":")
    axes.set_yticks(
        range(len(chosen)), [occurrence.attributes[i].replace("_", " ") for i in chosen]
    )
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_xlabel(f"share of {occurrence.faces:,} faces ( | = whole collection)")
    axes.spines[["top", "right"]].set_visible(False)
    if title:
        axes.set_title(title, loc="left", fontsize="medium")
    return png(made)
