"""The cosine that tells people apart in a collection, found without labels.

Two faces are taken for one person where that is more likely than not. How alike strangers are, and
photographs of one person, is a property of the embedder; its card states both. How many of the
pairs are one person is a property of the collection: an album of two people and a crowd of
thousands want different thresholds. That is one number, the number of people, and it is found by
expectation maximisation (Dempster, Laird and Rubin, J. R. Stat. Soc. B 39, 1977) on two normal
distributions of Fisher-transformed cosines (artanh; Metron 1, 1921). Each person counts the same,
however many photographs there are of them, and near-duplicates count as one photograph.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from prosopon.clustering.duplicates import Copies, near_duplicates
from prosopon.clustering.side_by_side import LIKENESS, seen_together
from prosopon.files import let_go
from prosopon.records import (
    Embeddings,
    Float32,
    Float64,
    Int32,
    Int64,
    NeighbourGraph,
    Threshold,
)

SAMPLE = 500
"""Faces that are compared with all others,"""
BLOCK = 16_384
"""so many at a time."""
BINS, REACH = 800, 4.0
"""Transformed cosines are counted in this many steps from -REACH to REACH."""
CENTRES: Float64 = np.linspace(-REACH, REACH, BINS, endpoint=False) + REACH / BINS
ROUNDS = 100
BELIEF = 10.0
"""People that it takes to move the strangers' mean half of the way from the card's to theirs, and
pairs of people in one photograph that it takes."""
LOOSEST, STRICTEST = 2.576, 3.719
"""Standard deviations above the strangers' mean, which one pair of strangers in 200 exceeds, and
one in 10,000: what a collection says may move the threshold between these."""
DUPLICATE = 3.0
"""Standard deviations above one person's mean from which two pictures are near-duplicates."""
UNLIKE = 3.0
"""Standard deviations above the strangers' mean, which one pair of strangers in 740 exceeds: faces
of one photograph that are more alike are taken for one person's, and parts of a cluster that are,
on average, are not parted."""
APART, WIDER = 4.5, 1.4
"""Of an embedder without calibration it is supposed that one person's mean lies so many of the
strangers' standard deviations above theirs, with so much more deviation (dlib's: 4.5, 1.4)."""


@dataclass(frozen=True, slots=True)
class Similarities:
    """Mean and standard deviation of the Fisher-transformed cosines of two faces."""

    same: tuple[float, float]
    """Of one person."""
    strangers: tuple[float, float]
    """Of two people. The deviation is that of the upper tail, which alone matters."""

    @property
    def duplicate(self) -> float:
        """Cosine from which two pictures are taken for near-duplicates."""
        mean, deviation = self.same
        return float(np.tanh(mean + DUPLICATE * deviation))

    @property
    def apart(self) -> float:
        """Mean cosine of two groups of faces below which they may be two people."""
        mean, deviation = self.strangers
        return float(np.tanh(mean + UNLIKE * deviation))

    def log_ratio(self, z: Float64) -> Float64:
        """How much more likely such transformed cosines are for one person than for two.

        Below the strangers' mean it stays as it is there: what is less alike than strangers says
        no more.
        """
        (same, wide), (apart, narrow) = self.same, self.strangers
        z = np.maximum(z, apart)
        squares = ((z - apart) / narrow) ** 2 - ((z - same) / wide) ** 2
        ratio: Float64 = squares / 2 + np.log(narrow / wide)
        return ratio

    def moved(self, strangers: float) -> "Similarities":
        return replace(self, strangers=(strangers, self.strangers[1]))


@dataclass(frozen=True, slots=True)
class EstimatedThreshold:
    """A threshold for one collection, and how it was found."""

    cosine: float
    low: float
    """What it would be with half as many people,"""
    high: float
    """and with twice as many."""
    people: float
    """Expected number of people."""
    duplicate: float
    """Cosine from which two faces are near-duplicates: the same picture saved again."""
    strangers: float
    """Mean cosine of two groups of faces below which they may be two people; 0 where the
    embedder's card doesn't say how alike strangers are."""
    calibrated: bool
    """Whether the embedder's card says how alike strangers are. Without, that is estimated too,
    and a collection of one or two people cannot be told from one in which all are alike."""


def stated_similarities(calibrated: Threshold | None) -> Similarities | None:
    """What an embedder's card says; None where it says nothing."""
    if calibrated is None or calibrated.same is None or calibrated.strangers is None:
        return None
    return Similarities(calibrated.same, calibrated.strangers)


def estimate_threshold(
    embeddings: Embeddings,
    graph: NeighbourGraph,
    calibrated: Threshold | None = None,
    copies: Copies | None = None,
    photos: Int64 | None = None,
) -> EstimatedThreshold:
    """The cosine from which two faces are more likely one person than two, in this collection.

    graph : of the embeddings; near-duplicates are found in it.
    calibrated : the embedder's, as on its card. For fewer than two faces it is returned.
    copies : see `near_duplicates`.
    photos : (n,) number of each face's photograph, -1 for weak faces; see `seen_together`.
    """
    stated = stated_similarities(calibrated)
    if len(embeddings) < 2:
        cosine = 1.0 if calibrated is None else calibrated.cosine
        return EstimatedThreshold(
            cosine, cosine, cosine, len(embeddings), 1.0, 0.0, stated is not None
        )
    begin = stated or _supposed(embeddings.vectors)
    pictures = near_duplicates(graph, begin.duplicate, copies)
    belief = BELIEF if stated else 0.0
    if stated and photos is not None:
        begin, belief = _by_company(stated, embeddings.vectors, photos, pictures)
    faces = _Sample.of(embeddings.vectors, pictures)
    people, known = faces.people(begin, belief)
    cosine, low, high = (
        round(_even_odds(known, _prior(faces.total, max(k, 1.0))), 4)
        for k in (people, people / 2, people * 2)
    )
    return EstimatedThreshold(
        *(cosine, low, high, round(people, 1), begin.duplicate),
        *(0.0 if stated is None else stated.apart, stated is not None),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """How alike some faces are to all."""

    counts: Float64
    """(s, BINS) other pictures by transformed cosine."""
    weights: Float64
    """(s,) that a face has: near-duplicates share that of one."""
    total: float
    """Different pictures in the collection."""

    @classmethod
    def of(cls, vectors: Float32, pictures: Int32) -> "_Sample":
        """pictures : (n,) as of `near_duplicates`."""
        from prosopon.clustering.estimation_kernels import count

        weights = 1 / np.bincount(pictures)[pictures]
        n = len(vectors)
        rows = np.arange(n)
        if n > SAMPLE:
            rows = np.sort(np.random.default_rng(0).choice(n, SAMPLE, replace=False))
        counts, sample = np.zeros((len(rows), BINS)), vectors[rows]
        for start in range(0, n, BLOCK):
            part = slice(start, start + BLOCK)
            cosines = sample @ vectors[part].T
            count(
                *(cosines, pictures[part], weights[part], pictures[rows], counts),
                *(REACH, 2 * REACH / BINS),
            )
            let_go(vectors)
        return cls(counts, weights[rows], float(weights.sum()))

    def people(self, known: Similarities, belief: float) -> tuple[float, Similarities]:
        """The expected number of people, and how alike strangers are here.

        belief : people whose evidence equals that of `known`; with 0 its strangers' mean is only
        where the search begins.
        """
        people, stated = self.total, known.strangers[0]
        for _ in range(ROUNDS):
            same = expit(known.log_ratio(CENTRES) + _prior(self.total, people))
            before, own = people, 1 + self.counts @ same
            people = float(np.average(1 / own, weights=self.weights)) * self.total
            people = float(np.clip(people, 1, self.total))
            apart = (self.weights @ self.counts) * (1 - same)
            if apart.sum() > 0:
                mean = float(np.average(CENTRES, weights=apart))
                known = known.moved(stated + (mean - stated) * people / (people + belief))
            if abs(people - before) < 1e-4 * before:
                break
        return people, known


def _supposed(vectors: Float32) -> Similarities:
    """Where to begin for an embedder of which nothing is known: most of the least alike quarter of
    the pairs are strangers."""
    one, other = np.random.default_rng(0).integers(0, len(vectors), (2, 200_000))
    one, other = one[one != other], other[one != other]
    cosines = np.einsum("ij,ij->i", vectors[one], vectors[other])
    lowest, low, middle = np.arctanh(
        np.clip(np.quantile(cosines, [0.05, 0.25, 0.5]), -0.999, 0.999)
    )
    deviation = max(float(low - lowest) / 0.97, 1e-3)  # normal quantiles: -1.645 and -0.674
    centre = min(float(low) + 0.674 * deviation, float(middle))
    deviation *= 1.2  # the upper tail is heavier
    return Similarities((centre + APART * deviation, WIDER * deviation), (centre, deviation))


def _by_company(
    stated: Similarities, vectors: Float32, photos: Int64, pictures: Int32
) -> tuple[Similarities, float]:
    """What is known before anybody is grouped, from the card and from people who were photographed
    together, and how many people's evidence equals it."""
    mean, deviation = stated.strangers
    pairs, together = seen_together(vectors, photos, pictures, mean + UNLIKE * deviation)
    together -= LIKENESS * deviation
    belief = BELIEF + pairs
    return stated.moved((BELIEF * mean + pairs * together) / belief), belief


def _prior(faces: float, people: float) -> float:
    """Log odds that two faces are one person, if all people have equally many."""
    return float(np.log(max(faces - people, 0.5)) - np.log(faces * max(people - 1, 0.5)))


def _even_odds(known: Similarities, prior: float) -> float:
    """The cosine at which two faces are as likely one person as two, within the bounds."""
    mean, deviation = known.strangers
    z = np.linspace(mean + LOOSEST * deviation, mean + STRICTEST * deviation, 1_000)
    likely = known.log_ratio(z) + prior >= 0
    return float(np.tanh(z[np.argmax(likely)] if likely.any() else z[-1]))
