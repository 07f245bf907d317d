"""Look-alikes: a benchmark built from people at hand, and cosine against learnt classifiers on it.

    python benchmarks/look_alikes.py --people lfw/images celeba --work look/ --picture-weights m.npz

The most alike pairs of people, each person in one pair, become a benchmark in splits with nobody
in two, as DoppelVer's. On it, in splits that nothing was learnt on (D-EER: where as many pairs are
falsely accepted as refused): the cosine of two vectors; logistic regression on what `prosopon
verify` has (squared differences and products), and on absolute differences alone, as proposed for
look-alikes; and a support vector machine on these. The published D-EER of 2.7 % is of other
pictures and another embedder.
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
from prosopon.errors import ProsoponError
from prosopon.metrics.verification import Roc
from prosopon.records import Float32, Float64
from prosopon.studies import benchmark
from prosopon.studies.look_alikes import Wanted, in_folder
from prosopon.studies.models import aligned_faces
from prosopon.studies.verify import Task, read_pairs
from prosopon.verification.building.sampling import Sizes
from prosopon.verification.final_classifier import pair_features
from prosopon.verification.pairs import Pairs
from prosopon.verification.scoring import similarities
from verification_losses import together

ONE_PERSON = 0.972
"""Mean vectors nearer than this are one person under two labels: looked at, and left out."""
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=Path, nargs="+", required=True)
    parser.add_argument("--work", type=Path, required=True, help="Kept from run to run.")
    parser.add_argument("--picture-weights", type=Path)
    parser.add_argument("--embedder", default="dlib-resnet")
    asked = parser.parse_args()
    settings = config.load(workers=1)
    people = together(asked.people, asked.work / "people")
    wanted = Wanted(most=60, least_pictures=5, each=1)
    found = in_folder(people, asked.embedder, settings, wanted, None, keep=asked.work)
    kept = [pair for pair in found.pairs if pair.similarity < ONE_PERSON]
    print(f"{found.people} people; {len(found.pairs)} pairs, {len(kept)} below {ONE_PERSON}")
    listed = asked.work / "look_alikes.csv"
    listed.write_text("one,other\n" + "".join(f"{p.one},{p.other}\n" for p in kept))
    built = asked.work / "benchmark"
    sizes = Sizes(splits=5)
    plan = benchmark.Plan(people, listed, built, picture_weights=asked.picture_weights, sizes=sizes)
    print(benchmark.build(plan, settings).counts)
    model = faces.embedder(zoo.load(asked.embedder))
    for protocol in ("doppelganger", "vise"):
        try:
            pairs, pictures = read_pairs(Task(protocol, built))
        except ProsoponError as reason:
            print(f"{protocol}: {reason}")
            continue
        portraits = aligned_faces(pictures, settings, asked.work / protocol)
        for mirror in (False, True):
            vectors = portraits.vectors(model, mirror=mirror)
            about = f"{protocol}, {len(pairs)} pairs{', mirrored copy too' if mirror else ''}"
            print(f"| {about} | D-EER, % | splits |\n|---|---|---|")
            print(f"| {line('cosine', similarities(vectors, pairs), pairs)} |")
            for name in CLASSIFIERS:
                print(f"| {line(name, learnt(vectors, pairs, name), pairs)} |", flush=True)


if __name__ == "__main__":
    main()
