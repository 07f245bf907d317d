"""The whole of consensus subspace clustering in one estimator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.validation import check_random_state

from prosopon.errors import UsageError
from prosopon.files import replacing
from prosopon.progress import track
from prosopon.subspace.consensus import WeightedMetaClustering
from prosopon.subspace.filtering import OneFactorFilter
from prosopon.subspace.networks import ConvAutoencoder, MultiDecoderVAE
from prosopon.subspace.spectral import SparseSpectralClustering
from prosopon.subspace.validity import checked_candidates, choose_n_clusters

Images = NDArray[Any] | Sequence[NDArray[Any]]
N_NETWORKS = 10


@dataclass(frozen=True, slots=True)
class Variant:
    """What the recipes differ in."""

    affinity: str = "self-tuning"
    """Of `SparseSpectralClustering`."""
    eigenvectors: float = 1.0
    """For each cluster; Ng, Jordan and Weiss take one."""
    as_written: bool = False
    """Where the number of clusters is not given: that of the largest ratio of between to total sum
    of squares over spectral clusterings, as in the text (§5.3.4), instead of the knee of the ratio
    over k-means. The ratio mostly rises with the number of clusters, so the text's choice is often
    the largest that was tried."""
    encoder: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of `MultiDecoderVAE`, where they are not the default."""


FAITHFUL = Variant(as_written=True)
MENDED = Variant("mutual", 1.5, False, {"latent": 64, "hidden": 256, "kl_weight": 1e-4})
RECIPES = {"faithful": FAITHFUL, "mended": MENDED}


@dataclass(frozen=True, slots=True)
class _Repetition:
    """One pass through the pipeline up to the consensus; the seed settles everything random."""

    variant: Variant
    flatten: bool
    select: bool
    n_subspaces: int
    n_clusters: int | None
    seed: int

    def partitions(self, data: NDArray[np.float32]) -> NDArray[np.int32]:
        """Labels (n, n_subspaces) of scaled data."""
        random = np.random.RandomState(self.seed)
        features = self._features(data, random)  # (n, 2500)
        encoder = MultiDecoderVAE(self.n_subspaces, random_state=random, **self.variant.encoder)
        encoder.fit(features)
        wanted = self.n_clusters or self._chosen(encoder.transform(features), random)
        clusterer = SparseSpectralClustering(
            wanted,
            affinity=self.variant.affinity,
            n_eigenvectors=round(self.variant.eigenvectors * wanted),
            random_state=random,
        )
        found = [clusterer.fit_predict(subspace) for subspace in encoder.sample(features)]
        return np.stack(found, axis=1)

    def _chosen(self, points: NDArray[np.float32], random: np.random.RandomState) -> int:
        if not self.variant.as_written:
            return choose_n_clusters(points, random_state=random)

        def cluster(sample: NDArray[Any], k: int) -> NDArray[Any]:
            model = SparseSpectralClustering(
                k, affinity=self.variant.affinity, n_eigenvectors=k, random_state=random
            )
            labels: NDArray[Any] = model.fit_predict(sample)
            return labels

        return choose_n_clusters(
            points, subsamples=3, cluster=cluster, by="largest", random_state=random
        )

    def _features(
        self, data: NDArray[np.float32], random: np.random.RandomState
    ) -> NDArray[np.float32]:
        """Encoded and filtered (n, features) of scaled data."""
        groups = 1
        features = data.reshape(len(data), -1)
        if self.flatten and data.ndim > 2:
            groups = N_NETWORKS
            features = ConvAutoencoder(groups, random_state=random).fit_transform(data)
        if self.select:
            selector = OneFactorFilter(groups=groups, random_state=random)
            features = selector.fit_transform(features)
        return features


class ConsensusSubspaceClustering(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Clusters of images, or of feature vectors, by consensus over many noisy subspaces.

    Parameters
    ----------
    n_clusters : int or None
        None has `choose_n_clusters` find it in the first repetition's latent space.
    recipe : "faithful", "mended" or Variant
        As published, or with a wider latent space, a graph of mutual neighbours, and half as many
        eigenvectors again; docs/pseudolabel.md shows what each does.
    flatten : bool
        Encode images by convolutional autoencoders; otherwise their pixels go on as they are.
        Feature vectors are never encoded.
    select : bool
        Keep only the features that one factor explains worst.
    n_subspaces : int
    n_repeats : int
    memory : Path, str or None
        A folder that keeps the clusterings of each finished repetition, so that a fit of the same
        data with the same parameters and an integer `random_state` goes on where it stopped.
    random_state : int, RandomState or None

    Attributes
    ----------
    labels_ : (n,) int32
    confidence_ : (n,) share of all clusterings that agree with the label, 0 to 1
    n_clusters_ : the number given or found
    partitions_ : (n, n_repeats · n_subspaces) int32, each clustering before the consensus
    """

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        recipe: str | Variant = "faithful",
        flatten: bool = True,
        select: bool = True,
        n_subspaces: int = 3,
        n_repeats: int = 10,
        memory: Path | str | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.recipe = recipe
        self.flatten = flatten
        self.select = select
        self.n_subspaces = n_subspaces
        self.n_repeats = n_repeats
        self.memory = memory
        self.random_state = random_state

    def fit(self, X: Images, y: None = None) -> Self:
        """Cluster X: images (n, h, w) or (n, h, w, c), or feature vectors (n, d).

        Raises UsageError where images differ in size, are all the same, or are fewer than the
        clusters.
        """
        variant = RECIPES.get(self.recipe) if isinstance(self.recipe, str) else self.recipe
        if variant is None:
            raise UsageError(f"recipe: expected {' or '.join(RECIPES)}, got {self.recipe!r}")
        data = _scaled(X, self.n_clusters or 1)
        if self.n_clusters is None:
            checked_candidates(len(data))
        seeds = check_random_state(self.random_state).randint(2**31 - 1, size=self.n_repeats)
        steps = (self.flatten, self.select, self.n_subspaces)
        self.n_clusters_ = self.n_clusters
        partitions: list[NDArray[np.int32]] = []
        for seed in track(seeds.tolist(), "clustering in subspaces"):
            repetition = _Repetition(variant, *steps, self.n_clusters_, seed)
            partitions.append(_remembered(repetition, data, self.memory))
            self.n_clusters_ = self.n_clusters_ or int(partitions[0].max()) + 1
        self.partitions_ = np.concatenate(partitions, axis=1)
        consensus = WeightedMetaClustering(self.n_clusters_).fit(self.partitions_)
        self.labels_ = consensus.labels_
        self.confidence_ = consensus.confidence_
        return self


def _remembered(
    repetition: _Repetition, data: NDArray[np.float32], memory: Path | str | None
) -> NDArray[np.int32]:
    """The repetition's partitions, from `memory` if it has them, else made and kept there."""
    if memory is None:
        return repetition.partitions(data)
    digest = blake2b(data.tobytes() + f"{data.shape}{repetition}".encode(), digest_size=12)
    file = Path(memory) / f"{digest.hexdigest()}.npy"
    if file.exists():
        kept: NDArray[np.int32] = np.load(file, allow_pickle=False)
        return kept
    partitions = repetition.partitions(data)
    with replacing(file) as fresh:
        np.save(fresh, partitions)
    return partitions


def _scaled(X: Images, n_clusters: int) -> NDArray[np.float32]:
    """One array (n, ...) of the samples, each pixel or feature scaled to 0 to 1 over all."""
    shapes = {np.shape(sample) for sample in X}
    if len(shapes) > 1:
        some = " and ".join(map(str, sorted(shapes)[:2]))
        raise UsageError(
            f"the images differ in size ({some} among {len(X)}): cut or scale them to one size"
        )
    if len(X) < max(2, n_clusters):
        raise UsageError(
            f"{len(X)} images can't make {n_clusters} clusters: give more images or ask for fewer"
        )
    data = np.asarray(X, np.float32)
    if data.ndim not in (2, 3, 4):
        raise UsageError(
            f"images: expected (n, h, w) or (n, h, w, c), or vectors (n, d), got {data.shape}"
        )
    if not np.isfinite(data).all():
        raise UsageError("images: there are values that are not finite; remove them")
    if (data == data[0]).all():
        raise UsageError(f"all {len(data)} images are the same: there is nothing to cluster")
    scaled = MinMaxScaler().fit_transform(data.reshape(len(data), -1))
    return np.asarray(scaled, np.float32).reshape(data.shape)
