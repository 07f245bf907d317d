"""Look-alikes: the cosine of two vectors against classifiers learnt on pairs of vectors.

    python benchmarks/look_alikes.py --people lfw/images celeba --work look/

The most alike pairs of people, each person in one pair, in five splits with nobody in two: pairs of
two pictures of one of them, and as many of one picture of each. Scores are of splits that nothing
was learnt on (D-EER: where as many pairs are falsely accepted as refused): the cosine; logistic
regression on what `prosopon verify` has (squared differences and products), and on absolute
differences alone, as proposed for look-alikes; a support vector machine on these. The published
D-EER of 2.7 % is of other pictures and another embedder. WORK/look_alikes.csv has the pairs of
people, for `prosopon benchmark build --data WORK/people`.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from prosopon import config, faces, zoo
from prosopon.datasets import read_identities
from prosopon.files import write_table
from prosopon.metrics.verification import Roc
from prosopon.records import Float32, Float64
from prosopon.studies.models import aligned_faces
from prosopon.verification.final_classifier import pair_features
from prosopon.verification.look_alikes import LookAlikes, look_alikes
from prosopon.verification.pairs import Pairs
from prosopon.verification.scoring import similarities
from verification_losses import together

ONE_PERSON = 0.972
"""Mean vectors nearer than this are one person under two labels: looked at, and left out."""
SPLITS, EACH = 5, 60
"""Splits, and pairs of pictures of each kind for two people, at most."""
LEARNT_ON = 4000
"""Pairs at most for the support vector machine."""


def absolute(left: Float32, right: Float32) -> Float32:
    """(n, d) by how much each number differs."""
    return np.abs(left - right)


def _logistic() -> Any:
    return LogisticRegression(C=0.01, max_iter=300)


def _machine() -> Any:
    return SVC(C=1.0, gamma="scale")


CLASSIFIERS: dict[str, tuple[Callable[[Float32, Float32], Float32], Callable[[], Any]]] = {
    "logistic regression, squared differences and products": (pair_features, _logistic),
    "logistic regression, absolute differences": (absolute, _logistic),
    "support vector machine, absolute differences": (absolute, _machine),
}


def learnt(vectors: Float32, pairs: Pairs, name: str) -> Float64:
    """(n,) scores, each split's from a classifier that has seen the others; NaN without a face."""
    features_of, classifier = CLASSIFIERS[name]
    features = features_of(vectors[pairs.left], vectors[pairs.right])
    known = np.isfinite(features).all(axis=1)
    scores = np.full(len(features), np.nan)
    rng = np.random.default_rng(0)
    for split in np.unique(pairs.folds):
        rows = known & (pairs.folds == split)
        others = rng.permutation(np.flatnonzero(known & (pairs.folds != split)))
        others = others[:LEARNT_ON] if classifier is _machine else others
        model = make_pipeline(StandardScaler(), classifier())
        model.fit(features[others], pairs.same[others])
        if rows.any():
            scores[rows] = model.decision_function(features[rows])
    return scores


def line(name: str, scores: Float64, pairs: Pairs) -> str:
    """D-EER of all pairs with two faces, and of each split."""
    known = np.isfinite(scores) & (scores > -1)
    rates = []
    for split in np.unique(pairs.folds):
        here = known & (pairs.folds == split)
        if len(np.unique(pairs.same[here])) == 2:
            rates.append(100 * Roc.of(scores[here], pairs.same[here]).equal_error_rate)
    error = np.std(rates, ddof=1) / np.sqrt(len(rates))
    return f"{name} | {np.mean(rates):.1f} ± {error:.1f} | {min(rates):.1f} to {max(rates):.1f}"


def pairs_of(alike: list[LookAlikes], people: np.ndarray) -> Pairs:
    """Pairs of pictures (rows of `people`), as many of two people as of one, in SPLITS."""
    rng = np.random.default_rng(0)
    rows: list[tuple[int, int, bool, int]] = []
    for number, pair in enumerate(alike):
        one, other = (np.flatnonzero(people == name) for name in (pair.one, pair.other))
        same = [np.stack(np.triu_indices(len(of), 1)) for of in (one, other)]
        ones = np.concatenate([one[same[0]], other[same[1]]], axis=1)
        twos = np.stack(np.meshgrid(one, other)).reshape(2, -1)
        count = min(EACH, ones.shape[1], twos.shape[1])
        for kind, of in ((True, ones), (False, twos)):
            drawn = rng.permutation(of.shape[1])[:count]
            rows += [(*map(int, of[:, at]), kind, number % SPLITS) for at in drawn]
    left, right, kinds, folds = map(np.array, zip(*rows, strict=True))
    return Pairs(tuple(map(str, range(len(people)))), left, right, kinds, folds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=Path, nargs="+", required=True)
    parser.add_argument("--work", type=Path, required=True, help="Kept from run to run.")
    parser.add_argument("--embedder", default="dlib-resnet")
    asked = parser.parse_args()
    folder = together(asked.people, asked.work / "people")
    files = [(name, file) for name, of in read_identities(folder).items() for file in of]
    portraits = aligned_faces([file for _, file in files], config.load(workers=1), asked.work)
    vectors = portraits.vectors(faces.embedder(zoo.load(asked.embedder)))
    people = np.array([name for name, _ in files])
    people[~portraits.found] = ""
    found = look_alikes(vectors[portraits.found], people[portraits.found].tolist(), 60, 5, 1)
    alike = [pair for pair in found if pair.similarity < ONE_PERSON]
    named = [(pair.one, pair.other) for pair in alike]
    write_table(asked.work / "look_alikes.csv", named, ("one", "other"))
    pairs = pairs_of(alike, people)
    print(f"{len(set(people))} people; {len(found)} pairs of people, {len(alike)} kept")
    print(f"| {len(pairs)} pairs of pictures | D-EER, % | splits |\n|---|---|---|")
    print(f"| {line('cosine', similarities(vectors, pairs), pairs)} |", flush=True)
    for name in CLASSIFIERS:
        print(f"| {line(name, learnt(vectors, pairs, name), pairs)} |", flush=True)


if __name__ == "__main__":
    main()
