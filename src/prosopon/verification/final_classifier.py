"""A classifier that is learnt on pairs of vectors: one person or two?

DoppelVer's View 1 asks for one. It sees how two vectors differ, number by number, where the cosine
sees one sum; for look-alikes that is what differences of vectors are proposed for.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from prosopon.records import Float32, Float64
from prosopon.verification.pairs import Pairs
from prosopon.verification.scoring import NO_FACE


def learnt_similarities(vectors: Float32, pairs: Pairs, strength: float = 0.01) -> Float64:
    """(n,) for each pair in a tested fold the probability, 0 to 1, that both show one person, by a
    logistic regression learnt on all other folds. NO_FACE where a picture has no face, and for
    pairs that are not tested.

    vectors : (pictures, d) of unit length, NaN for pictures in which no face was found.
    strength : the inverse of the penalty on squared weights.
    """
    features = pair_features(vectors[pairs.left], vectors[pairs.right])
    known = np.isfinite(features).all(axis=1)
    said = np.full(len(pairs), NO_FACE)
    for fold in pairs.tested:
        here = pairs.folds == fold
        learn = known & ~here
        regression = LogisticRegression(C=strength, max_iter=300)
        model = make_pipeline(StandardScaler(), regression)
        model.fit(features[learn], pairs.same[learn])
        rows = known & here
        if rows.any():
            said[rows] = model.predict_proba(features[rows])[:, 1]
    return said


def pair_features(left: Float32, right: Float32) -> Float32:
    """(n, 2d) squared differences and products: neither changes when the two are exchanged."""
    features: Float32 = np.concatenate([(left - right) ** 2, left * right], axis=1)
    return features
