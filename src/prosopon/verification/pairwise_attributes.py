"""Attributes nobody has named: each tells two people apart, and says of any face whose it favours.

Many small linear classifiers on frozen features, one for each pair of people; their outputs are a
new vector for any face. Thom's dissertation conjectures that pairs of look-alikes give better ones
than pairs by chance.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from prosopon.errors import UsageError
from prosopon.progress import track
from prosopon.records import Float32, Int64

PersonPair = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Attributes:
    """Linear classifiers on one kind of features."""

    names: tuple[str, ...]
    weights: Float32
    """(k, d)"""
    biases: Float32
    """(k,)"""
    centre: Float32
    """(k,) mean output over the faces that were learnt from."""

    def outputs(self, vectors: Float32) -> Float32:
        """(n, k) in −1 to 1: how far a face is on the second side of each attribute."""
        margins = vectors @ self.weights.T + self.biases
        values: Float32 = np.tanh(margins / 2)
        return values

    def vectors(self, vectors: Float32) -> Float32:
        """(n, k) centred outputs of unit length, to compare faces by; NaN rows stay NaN."""
        centred = self.outputs(vectors) - self.centre
        lengths = np.linalg.norm(centred, axis=1, keepdims=True)
        unit: Float32 = centred / np.maximum(lengths, np.finfo(np.float32).tiny)
        return unit

    def first(self, count: int) -> "Attributes":
        """The first so many of them."""
        return Attributes(
            self.names[:count], self.weights[:count], self.biases[:count], self.centre[:count]
        )


def random_pairs(people: Sequence[str], count: int, least: int, seed: int) -> list[PersonPair]:
    """Pairs of people with at least so many faces, by chance, each pair once."""
    names, faces = np.unique(np.asarray(people), return_counts=True)
    able = names[faces >= least].tolist()
    most = len(able) * (len(able) - 1) // 2
    if count > most:
        raise UsageError(
            f"{len(able)} people with {least} faces or more make {most} pairs, not {count}"
        )
    rng = np.random.default_rng(seed)
    chosen: dict[PersonPair, None] = {}
    while len(chosen) < count:
        one, other = sorted(rng.choice(len(able), 2, replace=False).tolist())
        chosen[able[one], able[other]] = None
    return list(chosen)


def discover(
    vectors: Float32, people: Sequence[str], pairs: Sequence[PersonPair], strength: float = 1.0
) -> Attributes:
    """One logistic regression for each pair of people.

    vectors : (n, d) features of faces; people : (n,) who they are. strength : inverse of the
    regularisation. Features are scaled to a deviation of 1 first, and the weights back.
    """
    labels = np.asarray(people)
    rows = {name: np.flatnonzero(labels == name) for name in {n for pair in pairs for n in pair}}
    chosen = (
        (
            np.concatenate([rows[one], rows[other]]),
            np.repeat([0, 1], [len(rows[one]), len(rows[other])]),
        )
        for one, other in track(pairs, "learning attributes", len(pairs))
    )
    return _fit(vectors, chosen, [f"{one} / {other}" for one, other in pairs], strength)


def named(
    vectors: Float32, truth: NDArray[np.integer], names: Sequence[str], strength: float = 1.0
) -> Attributes:
    """The same kind of classifiers for attributes with labels; truth : (n, k) 0 or 1."""
    everyone = np.arange(len(vectors))
    columns = ((everyone, truth[:, column]) for column in range(truth.shape[1]))
    return _fit(vectors, columns, names, strength)


def retrieval(vectors: Float32, people: Sequence[str]) -> dict[str, float]:
    """Every face looks for the others of its person: share whose nearest is right, and mean average
    precision. Faces that are their person's only one are not asked for."""
    labels = np.asarray(people)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    first, precisions = [], []
    for row, cosine in enumerate(cosines):
        hits = labels[np.argsort(-cosine, kind="stable")[:-1]] == labels[row]
        if hits.any():
            places = np.flatnonzero(hits) + 1
            first.append(hits[0])
            precisions.append(np.mean(np.arange(1, len(places) + 1) / places))
    if not first:
        raise UsageError("nobody has two faces: there is nothing to retrieve")
    return {"nearest": float(np.mean(first)), "precision": float(np.mean(precisions))}


def ends(outputs: Float32, attribute: int, count: int) -> tuple[Int64, Int64]:
    """Rows of the faces at both ends of an attribute, the farthest first."""
    known = np.flatnonzero(~np.isnan(outputs[:, attribute]))
    order = known[np.argsort(outputs[known, attribute], kind="stable")]
    return order[:count], order[::-1][:count]


def _fit(
    vectors: Float32,
    problems: Iterable[tuple[Int64, NDArray[np.integer]]],
    names: Sequence[str],
    strength: float,
) -> Attributes:
    deviation = vectors.std(axis=0) + np.finfo(np.float32).eps
    mean = vectors.mean(axis=0)
    scaled = (vectors - mean) / deviation
    weights, biases = [], []
    for rows, truth in problems:
        model = LogisticRegression(C=strength, class_weight="balanced", max_iter=200)
        model.fit(scaled[rows], truth)
        weights.append(model.coef_[0] / deviation)
        biases.append(model.intercept_[0] - weights[-1] @ mean)
    made = Attributes(
        tuple(names),
        np.array(weights, np.float32),
        np.array(biases, np.float32),
        np.zeros(len(names), np.float32),
    )
    centre = made.outputs(vectors).mean(axis=0)
    return Attributes(made.names, made.weights, made.biases, centre)
