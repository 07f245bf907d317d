"""The two networks of consensus subspace clustering, as scikit-learn transformers.

Both are small and trained for a fixed number of steps, so that time hardly grows with the number
of images. They run on a GPU where there is one.
"""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.utils.validation import check_is_fitted, check_random_state, validate_data
from torch import Tensor, nn
from torch.nn import functional

from prosopon.errors import UsageError

_ROWS_AT_ONCE = 4096
"""Samples that pass through a trained network together."""


class ConvAutoencoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """One-layer convolutional autoencoders of images (n, h, w) or (n, h, w, c) in 0 to 1.

    One strided convolution with overlapping windows covers the image with a grid of cells, and
    one transposed convolution rebuilds it. The code after the rectifier, flattened, is the
    feature vector. Several networks with different starts are trained side by side on the same
    batches; none sees another.

    Parameters
    ----------
    n_networks : int
    grid : int
        Cells along each side of the image.
    channels : int
        Features of each cell: 5 · 5 · 20 = 500 features of each network.
    steps, batch_size, learning_rate
        Of the training by Adam, the rate going up and down once.
    random_state : int, RandomState or None

    Attributes
    ----------
    loss_ : mean squared error of a pixel in the last step
    """

    def __init__(
        self,
        n_networks: int = 1,
        *,
        grid: int = 5,
        channels: int = 20,
        steps: int = 100,
        batch_size: int = 64,
        learning_rate: float = 5e-3,
        random_state: Any = None,
    ) -> None:
        self.n_networks = n_networks
        self.grid = grid
        self.channels = channels
        self.steps = steps
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> Self:
        """Train on images X. Raises UsageError for anything but (n, h, w[, c])."""
        images = _channels_first(X)
        self.n_features_in_ = int(np.prod(images.shape[1:]))
        height, width = images.shape[2:]
        with _seeded(self.random_state):
            network = _GridAutoencoders(
                images.shape[1], (height, width), self.n_networks, self.grid, self.channels
            )
            self.network_ = network.to(_device())
            self.loss_ = _train(self.network_, images, self)
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Features (n, n_networks · grid² · channels) ≥ 0, one network's after the other's."""
        check_is_fitted(self)
        return _apply(lambda batch: self.network_.encode(batch).flatten(1), _channels_first(X))


class MultiDecoderVAE(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Variational autoencoder with one encoder, several noisy latent samples, a decoder for each.

    Every decoder rebuilds the input from its own draw z = μ + noise · σ · ε, so the encoder must
    serve them all. The loss is the mean of their squared errors plus `kl_weight` times the
    Kullback-Leibler divergence of N(μ, σ²) from N(0, 1) (Kingma and Welling, ICLR 2014).

    Inputs are centred, turned to their leading principal components, and scaled so that the first
    has variance 1: the first and last layers are linear and could do the same, only slower.
    Errors count as shares of the total variance.

    Parameters
    ----------
    n_samples : int
        Latent samples, and decoders.
    latent, hidden : int
        Sizes of the latent space and of the hidden layers.
    components : int
        Principal components to keep.
    noise : float
        Scales the noise in the latent space.
    kl_weight, steps, batch_size, learning_rate
        Of the loss, and of the training by Adam, the rate going up and down once.
    random_state : int, RandomState or None

    Attributes
    ----------
    loss_ : loss in the last step
    """

    def __init__(
        self,
        n_samples: int = 3,
        *,
        latent: int = 15,
        hidden: int = 64,
        components: int = 128,
        noise: float = 0.25,
        kl_weight: float = 0.003,
        steps: int = 1000,
        batch_size: int = 256,
        learning_rate: float = 3e-3,
        random_state: Any = None,
    ) -> None:
        self.n_samples = n_samples
        self.latent = latent
        self.hidden = hidden
        self.components = components
        self.noise = noise
        self.kl_weight = kl_weight
        self.steps = steps
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> Self:
        """Train on X (n, d)."""
        X = validate_data(self, X, dtype=np.float32, ensure_min_samples=2)
        self._random = check_random_state(self.random_state)
        wanted = min(self.components, *X.shape)
        turning = PCA(
            wanted, svd_solver="randomized", iterated_power=2, random_state=self._random
        )  # the network can turn the rest itself
        self.rotation_ = turning.fit(X)
        self.scale_ = 1 / max(float(self.rotation_.singular_values_[0]) / len(X) ** 0.5, 1e-12)
        turned = self._turned(X)
        with _seeded(self._random):
            network = _Variational(wanted, float(turned.var(axis=0).sum()), self)
            self.network_ = network.to(_device())
            self.loss_ = _train(self.network_, turned, self)
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """The latent means μ (n, latent)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)
        return _apply(lambda batch: self.network_.encode(batch)[0], self._turned(X))

    def sample(self, X: Any) -> NDArray[np.float32]:
        """Noisy latent samples (n_samples, n, latent): the subspaces. Each call draws anew."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)
        with _seeded(self._random):
            drawn = _apply(lambda batch: self.network_.draw(batch), self._turned(X))
        return np.ascontiguousarray(drawn.swapaxes(0, 1))

    def _turned(self, X: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(self.rotation_.transform(X) * self.scale_, np.float32)


class _GridAutoencoders(nn.Module):
    """Convolutional autoencoders side by side.

    All encoders see the same images, so they are one convolution. The decoders are matrix products
    over the windows: with few channels quicker on a CPU than grouped convolutions, and the same.
    """

    def __init__(
        self, colours: int, size: tuple[int, int], networks: int, grid: int, channels: int
    ) -> None:
        super().__init__()
        stride = [-(-side // grid) for side in size]
        overlap = [step // 2 for step in stride]
        spare = [step * grid - side for step, side in zip(stride, size, strict=True)]
        self.border = [spare[1] // 2, -(-spare[1] // 2), spare[0] // 2, -(-spare[0] // 2)]
        self.full = (stride[0] * grid, stride[1] * grid)
        self.windows: dict[str, Any] = {
            "kernel_size": [s + 2 * o for s, o in zip(stride, overlap, strict=True)],
            "stride": stride,
            "padding": overlap,
        }
        kernel = self.windows["kernel_size"]
        pixels = colours * int(np.prod(kernel))
        self.codes = (networks, channels)
        self.encoder = nn.Parameter(_uniform(networks * channels, colours, *kernel, fan_in=pixels))
        self.encoder_bias = nn.Parameter(torch.zeros(networks * channels))
        self.decoder = nn.Parameter(_uniform(networks, pixels, channels, fan_in=channels))
        self.decoder_bias = nn.Parameter(torch.zeros(networks, colours, 1, 1))

    def encode(self, images: Tensor) -> Tensor:
        """Codes (b, networks, channels, cells) of images (b, colours, h, w)."""
        return self._encode(functional.pad(images, self.border))

    def loss(self, images: Tensor) -> Tensor:
        """Mean squared error of a pixel, summed over the networks."""
        padded = functional.pad(images, self.border)
        b, colours, height, width = padded.shape
        patches = (self.decoder @ self._encode(padded)).flatten(1, 2)
        rebuilt = functional.fold(patches, self.full, **self.windows)
        rebuilt = rebuilt.view(b, -1, colours, height, width) + self.decoder_bias
        return (rebuilt - padded[:, None]).square().mean(dim=(0, 2, 3, 4)).sum()

    def _encode(self, padded: Tensor) -> Tensor:
        where = {name: self.windows[name] for name in ("stride", "padding")}
        maps = functional.conv2d(padded, self.encoder, self.encoder_bias, **where)
        return torch.relu(maps).view(len(maps), *self.codes, -1)


class _Variational(nn.Module):
    """The network of `MultiDecoderVAE`, with its settings."""

    def __init__(self, inputs: int, variance: float, settings: MultiDecoderVAE) -> None:
        super().__init__()
        hidden, latent = settings.hidden, settings.latent
        self.variance = max(variance, 1e-12)
        self.noise, self.kl_weight = settings.noise, settings.kl_weight
        self.encoder = nn.Sequential(nn.Linear(inputs, hidden), nn.SELU())
        self.mean = nn.Linear(hidden, latent)
        self.log_variance = nn.Linear(hidden, latent)
        self.decoders = nn.ModuleList(
            nn.Sequential(nn.Linear(latent, hidden), nn.SELU(), nn.Linear(hidden, inputs))
            for _ in range(settings.n_samples)
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """μ and log σ², (b, latent) each."""
        hidden = self.encoder(x)
        return self.mean(hidden), self.log_variance(hidden)

    def draw(self, x: Tensor) -> Tensor:
        """Latent samples (b, samples, latent)."""
        return self._draw(*self.encode(x))

    def loss(self, x: Tensor) -> Tensor:
        """Mean over the decoders of the squared error of a row, plus the weighted divergence."""
        mean, log_variance = self.encode(x)
        samples = self._draw(mean, log_variance).unbind(1)
        errors = [
            (decoder(z) - x).square().sum(dim=1).mean()
            for decoder, z in zip(self.decoders, samples, strict=True)
        ]
        divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean() / 2
        return torch.stack(errors).mean() / self.variance + self.kl_weight * divergence

    def _draw(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        deviation = (log_variance / 2).exp()[:, None]
        shape = (len(mean), len(self.decoders), mean.shape[1])
        return mean[:, None] + self.noise * deviation * torch.randn(shape, device=mean.device)


def _train(network: Any, data: NDArray[np.float32], settings: Any) -> float:
    """Minimise `network.loss` over random batches of `data`; returns the last loss."""
    rows = torch.from_numpy(data)
    optimizer = torch.optim.Adam(network.parameters(), settings.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.learning_rate, total_steps=settings.steps
    )
    for _ in range(settings.steps):
        batch = rows[torch.randint(len(rows), (settings.batch_size,))].to(_device())
        optimizer.zero_grad()
        loss = network.loss(batch)
        loss.backward()
        optimizer.step()
        schedule.step()
    return float(loss.detach())


def _apply(function: Callable[[Tensor], Tensor], data: NDArray[np.float32]) -> NDArray[np.float32]:
    """`function` of all rows of `data`, some at once, without gradients."""
    with torch.no_grad():
        parts = [
            function(batch.to(_device())).cpu()
            for batch in torch.split(torch.from_numpy(data), _ROWS_AT_ONCE)
        ]
    return np.asarray(torch.cat(parts).numpy(), np.float32)


def _channels_first(X: Any) -> NDArray[np.float32]:
    """Images (n, h, w[, c]) as contiguous (n, c, h, w)."""
    images = np.asarray(X, np.float32)
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or not images.size:
        raise UsageError(f"images: expected shape (n, h, w) or (n, h, w, c), got {images.shape}")
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def _uniform(*shape: int, fan_in: int) -> Tensor:
    """Start values as `nn.Linear` draws them."""
    bound = fan_in**-0.5
    return torch.empty(shape).uniform_(-bound, bound)


class _seeded:
    """Torch's generator, seeded inside the block and left as it was afterwards."""

    def __init__(self, random_state: Any) -> None:
        self.seed = int(check_random_state(random_state).randint(2**31 - 1))
        self.fork = torch.random.fork_rng()

    def __enter__(self) -> None:
        self.fork.__enter__()
        torch.manual_seed(self.seed)

    def __exit__(self, *error: Any) -> None:
        self.fork.__exit__(*error)


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"
