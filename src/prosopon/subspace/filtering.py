"""Keep the features that a single factor can't explain."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import svds
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, check_random_state, validate_data


class OneFactorFilter(SelectorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Keep the features with the largest error under one-factor non-negative factorisation.

    What all images have in common is one factor; a feature that it rebuilds well tells images
    apart badly. The error of feature j is Σᵢ |Xᵢⱼ − wᵢhⱼ|. By Perron and Frobenius the leading
    singular vectors of a non-negative matrix are non-negative, so with one factor the best
    factorisation is the leading singular triple, with no iteration and no local optimum.

    Parameters
    ----------
    keep : float
        Share of the features to keep, above 0 and up to 1.
    groups : int
        Consecutive blocks of columns, equally many in each, that are filtered one by one.
    random_state : int, RandomState or None
        Starts the singular value solver.

    Attributes
    ----------
    errors_ : (n_features,) absolute reconstruction error of each feature, summed over the rows.
    """

    def __init__(self, keep: float = 0.5, groups: int = 1, random_state: Any = None) -> None:
        self.keep = keep
        self.groups = groups
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> Self:
        """Choose features of X (n_samples, n_features), which must not be negative.

        Raises ValueError where `keep` or `groups` can't be used with X.
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32], ensure_non_negative=True)
        if not 0 < self.keep <= 1:
            raise ValueError(f"keep: expected a share above 0 and up to 1, got {self.keep!r}")
        if X.shape[1] % self.groups:
            raise ValueError(
                f"groups: {X.shape[1]} features can't be split into {self.groups} equal groups"
            )
        random = check_random_state(self.random_state)
        blocks = np.hsplit(X, self.groups)
        errors = [one_factor_errors(block, random) for block in blocks]
        self.errors_ = np.concatenate(errors)
        kept = max(1, round(self.keep * blocks[0].shape[1]))
        self._support = np.concatenate([_largest(error, kept) for error in errors])
        return self

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        return self._support

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags


def one_factor_errors(X: NDArray[Any], random: np.random.RandomState) -> NDArray[Any]:
    """Σᵢ |Xᵢⱼ − wᵢhⱼ| for each column j of X (n, d), with the best non-negative w (n,), h (d,)."""
    if min(X.shape) == 1 or not X.any():  # the solver can't start from nothing
        return np.zeros(X.shape[1], X.dtype)
    X = np.ascontiguousarray(X)  # the solver's products are several times slower on a slice
    start = random.uniform(size=min(X.shape)).astype(X.dtype)
    left, value, right = svds(X, k=1, v0=start)
    errors: NDArray[Any] = np.abs(X - np.abs(left * value) * np.abs(right)).sum(axis=0)
    return errors


def _largest(values: NDArray[Any], count: int) -> NDArray[np.bool_]:
    """A mask (d,) of the `count` largest values, the earlier one where they tie."""
    mask = np.zeros(len(values), bool)
    mask[np.argsort(-values, kind="stable")[:count]] = True
    return mask
