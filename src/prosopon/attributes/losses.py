"""Losses over several yes-or-no attributes at once, to train with and to compare.

All take `logits` (b, a), `labels` (b, a) with 1, 0 and -1 for unknown, and return a scalar; unknown
labels have no part in it.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from prosopon.attributes.recipes import LossName
from prosopon.records import Float32

Loss = Callable[[Tensor, Tensor], Tensor]


def make_loss(name: LossName, frequencies: Float32) -> Loss:
    """The loss of that name; `frequencies` (a,) are the shares of positives in the training data,
    which only `balanced` uses."""
    match name:
        case "cosine":
            return cosine_proximity
        case "bce":
            return binary_cross_entropy
        case "summed bce":
            return summed_cross_entropy
        case "mae":
            return absolute_error
        case "mse":
            return squared_error
        case "focal":
            return focal
        case "balanced":
            return ClassBalanced(frequencies)


def cosine_proximity(logits: Tensor, labels: Tensor) -> Tensor:
    """Minus the mean cosine between the sigmoid outputs and the labels of each sample.

    Keras' `cosine_proximity`, with which Anzalone et al. (2019) train. A sample without positive
    labels counts as 0, as there.
    """
    known = (labels >= 0).float()
    truth = functional.normalize(labels.clamp(min=0).float(), dim=1, eps=1e-12)
    said = functional.normalize(torch.sigmoid(logits) * known, dim=1, eps=1e-12)
    return -(truth * said).sum(dim=1).mean()


def binary_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean of −log of the probability given to the true answer."""
    losses = functional.binary_cross_entropy_with_logits(
        logits, labels.clamp(min=0).to(logits.dtype), reduction="none"
    )
    return _mean(losses, labels)


def summed_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Sum over the attributes of −log of the probability given to the true answer, mean over
    pictures (Thom's dissertation, §4.3.2, the BCE of AttParseNet)."""
    losses = functional.binary_cross_entropy_with_logits(
        logits, labels.clamp(min=0).to(logits.dtype), reduction="none"
    )
    return (losses * (labels >= 0)).sum(dim=1).mean()


def absolute_error(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean of |p − y|."""
    return _mean((torch.sigmoid(logits) - labels).abs(), labels)


def squared_error(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean of (p − y)²."""
    return _mean((torch.sigmoid(logits) - labels).square(), labels)


def focal(logits: Tensor, labels: Tensor, gamma: float = 2.0) -> Tensor:
    """Cross-entropy weighed by (1 − p)^γ of the true answer's probability p (Lin et al. 2017,
    equation 4), so that what is already right counts little."""
    signs = labels.clamp(min=0).to(logits.dtype) * 2 - 1
    log_p = functional.logsigmoid(signs * logits)
    return _mean(-((1 - log_p.exp()) ** gamma) * log_p, labels)


class ClassBalanced:
    """Cross-entropy in which the two answers of each attribute weigh the same in sum."""

    def __init__(self, frequencies: Float32) -> None:
        share = torch.from_numpy(frequencies).float().clamp(1e-3, 1 - 1e-3)
        self.positive, self.negative = 0.5 / share, 0.5 / (1 - share)

    def __call__(self, logits: Tensor, labels: Tensor) -> Tensor:
        truth = labels.clamp(min=0).to(logits.dtype)
        losses = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
        positive, negative = self.positive.to(logits), self.negative.to(logits)
        return _mean(losses * (truth * positive + (1 - truth) * negative), labels)


def _mean(losses: Tensor, labels: Tensor) -> Tensor:
    known = (labels >= 0).to(losses.dtype)
    return (losses * known).sum() / known.sum().clamp(min=1)
