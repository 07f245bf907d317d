"""Consensus subspace clustering: images → pseudo-labels, with a confidence for each.

The pipeline of `ConsensusSubspaceClustering` (`pipeline.py`), and its steps, each a scikit-learn
estimator that works alone:

images (n, h, w[, c]) → min-max scaling
→ `ConvAutoencoder`: 500 features from each of ten networks (n, 5000)
→ `OneFactorFilter`: the half of them that one factor explains worst (n, 2500)
→ `MultiDecoderVAE`: three noisy samples of the latent space (3, n, 15)
→ `SparseSpectralClustering` in each; everything repeated ten times (n, 30)
→ `WeightedMetaClustering`: labels (n,) and confidence (n,)

`choose_n_clusters` finds the number of clusters where nobody gives it. The networks need torch
(`pip install 'prosopon-archive[train]'`) and live in `networks.py` and `pipeline.py`,
which are therefore imported by their own names; what is exported here runs without it.
"""

from prosopon.subspace.consensus import WeightedMetaClustering
from prosopon.subspace.filtering import OneFactorFilter
from prosopon.subspace.spectral import SparseSpectralClustering
from prosopon.subspace.validity import between_ratio, choose_n_clusters

__all__ = [
    "OneFactorFilter",
    "SparseSpectralClustering",
    "WeightedMetaClustering",
    "between_ratio",
    "choose_n_clusters",
]
