"""The registry that the command line lists and parses by."""

import re
import sys

import pytest

from prosopon.clustering import METHODS, make
from prosopon.errors import UsageError


def test_every_method_is_described():
    for name, method in METHODS.items():
        assert method.name == name
        assert method.takes in ("graph", "vectors")
        assert method.summary.endswith(".")
        for parameter in method.parameters.values():
            if parameter.default is None:
                assert parameter.optional
            else:
                assert isinstance(parameter.default, parameter.type)
        source = sys.modules[method.estimator.__module__].__doc__
        assert source and re.search(r"\b(19|20)\d\d\b", source), f"{name} names no paper"


def test_strings_become_values():
    made = make("agglomerative", n_clusters="12", distance_threshold="0.5", linkage="ward")
    assert made.get_params() == {
        "n_clusters": 12,
        "distance_threshold": 0.5,
        "linkage": "ward",
        "metric": "cosine",
    }
    assert make("agglomerative", n_clusters="none").n_clusters is None


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("nearest", {}, "there is no clusterer 'nearest': there are adaptive"),
        ("dbscan", {"epsilon": 1}, "dbscan has no parameter 'epsilon'; it has eps, min_samples"),
        ("dbscan", {"eps": "wide"}, "dbscan: eps must be float, got 'wide'"),
        ("dbscan", {"min_samples": "1.5"}, "min_samples must be int, got '1.5'"),
    ],
)
def test_mistakes_are_explained(name, parameters, message):
    with pytest.raises(UsageError, match=message):
        make(name, **parameters)
