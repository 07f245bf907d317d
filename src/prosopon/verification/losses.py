"""Losses that train embeddings by telling identities apart.

All are modules with a direction for each identity. They take embeddings (b, d) of any length and
identities (b,) int64, and return a scalar. θ is the angle between an embedding and a direction;
y is the right identity.
"""

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from prosopon.errors import UsageError

LossName = Literal["softmax", "coco", "sphereface", "cosface", "arcface", "sphereface2"]

_EDGE = 1e-6
"""Cosines are kept this far from ±1, where the arc cosine's slope is infinite."""


class MarginLoss(nn.Module):
    """Cross entropy of s·cos θ, where the right identity's cosine is made smaller by `target`.

    With `target` left as it is, this is COCO (Liu, Li and Wang 2017, equation 6) and NormFace.
    """

    def __init__(self, dimensions: int, identities: int, scale: float, margin: float) -> None:
        super().__init__()
        self.scale, self.margin = scale, margin
        self.directions = nn.Parameter(torch.empty(identities, dimensions))
        nn.init.xavier_normal_(self.directions)

    def target(self, cosine: Tensor) -> Tensor:
        """(b,) what takes the place of cos θ_y."""
        return cosine

    def forward(self, embeddings: Tensor, identities: Tensor) -> Tensor:
        """The mean loss of a batch."""
        cosines = cosines_to(embeddings, self.directions)
        rows = torch.arange(len(identities), device=identities.device)
        shift = self.target(cosines[rows, identities]) - cosines[rows, identities]
        right = functional.one_hot(identities, cosines.shape[1])
        logits = self.scale * (cosines + right * shift[:, None])
        return functional.cross_entropy(logits, identities)


class CosFace(MarginLoss):
    """cos θ − m (Wang et al. 2018, equation 4)."""

    def target(self, cosine: Tensor) -> Tensor:
        return cosine - self.margin


class ArcFace(MarginLoss):
    """cos(θ + m) (Deng et al. 2019, equation 3).

    Beyond θ = π − m, where cos(θ + m) would rise again, it goes on as a straight line in cos θ, as
    in the authors' code.
    """

    def target(self, cosine: Tensor) -> Tensor:
        sine = (1 - cosine.clamp(-1 + _EDGE, 1 - _EDGE).square()).sqrt()
        turned = cosine * math.cos(self.margin) - sine * math.sin(self.margin)
        beyond = cosine - self.margin * math.sin(self.margin)
        return torch.where(cosine > -math.cos(self.margin), turned, beyond)


class SphereFace(MarginLoss):
    """(−1)^k cos(mθ) − 2k with k = ⌊mθ/π⌋ (Liu et al. 2017, equation 7).

    Lengths of embeddings are replaced by the scale s, as in SphereFace Revived (Liu et al. 2022),
    so m may be any number from 1.
    """

    def target(self, cosine: Tensor) -> Tensor:
        angle = self.margin * torch.acos(cosine.clamp(-1 + _EDGE, 1 - _EDGE))
        k = torch.floor(angle.detach() / math.pi)
        return (1 - 2 * (k % 2)) * torch.cos(angle) - 2 * k


class SphereFace2(nn.Module):
    """One yes-or-no question for each identity (Wen et al. 2022, equation 8, margin of type C).

    λ/r · log(1 + exp(−r(g(cos θ_y) − m) − b)) + (1 − λ)/r · Σ log(1 + exp(r(g(cos θ_i) + m) + b))
    with g(z) = 2((z + 1)/2)^t − 1. The bias b starts where the pulls of yes and no are equal.
    """

    def __init__(
        self,
        dimensions: int,
        identities: int,
        scale: float,
        margin: float,
        balance: float = 0.7,
        sharpness: float = 3.0,
    ) -> None:
        super().__init__()
        if identities < 2:
            raise UsageError("sphereface2 needs at least 2 identities")
        self.scale, self.margin, self.balance, self.sharpness = scale, margin, balance, sharpness
        self.directions = nn.Parameter(torch.empty(identities, dimensions))
        nn.init.xavier_normal_(self.directions)
        self.bias = nn.Parameter(torch.tensor(self._first_bias(identities)))

    def similarity(self, cosines: Tensor) -> Tensor:
        """g, which spreads the cosines of different identities apart."""
        return 2 * ((cosines + 1) / 2).clamp(min=0) ** self.sharpness - 1

    def forward(self, embeddings: Tensor, identities: Tensor) -> Tensor:
        """The mean loss of a batch."""
        similar = self.similarity(cosines_to(embeddings, self.directions))
        right = functional.one_hot(identities, similar.shape[1]).bool()
        yes = functional.softplus(-self.scale * (similar - self.margin) - self.bias)
        no = functional.softplus(self.scale * (similar + self.margin) + self.bias)
        weighed = torch.where(right, self.balance * yes, (1 - self.balance) * no)
        return weighed.sum(dim=1).mean() / self.scale

    def _first_bias(self, identities: int) -> float:
        """b at which λσ(−a_y − b) = (1 − λ)(n − 1)σ(a_i + b), all angles being right ones."""
        middle = float(2 * 0.5**self.sharpness - 1)
        yes, no = self.scale * (middle - self.margin), self.scale * (middle + self.margin)
        z = self.balance / ((1 - self.balance) * (identities - 1))
        root = math.sqrt((1 - z) ** 2 + 4 * z * math.exp(yes - no))
        return math.log(2 * z) - math.log(1 - z + root) - no


class Softmax(nn.Module):
    """Cross entropy of plain scalar products, without scale, margin or normalisation."""

    def __init__(self, dimensions: int, identities: int, scale: float, margin: float) -> None:
        super().__init__()
        self.directions = nn.Parameter(torch.empty(identities, dimensions))
        nn.init.xavier_normal_(self.directions)

    def forward(self, embeddings: Tensor, identities: Tensor) -> Tensor:
        """The mean loss of a batch."""
        return functional.cross_entropy(embeddings @ self.directions.T, identities)


LOSSES: dict[str, type[nn.Module]] = {
    "softmax": Softmax,
    "coco": MarginLoss,
    "sphereface": SphereFace,
    "cosface": CosFace,
    "arcface": ArcFace,
    "sphereface2": SphereFace2,
}


def cosines_to(embeddings: Tensor, directions: Tensor) -> Tensor:
    """(b, identities) cosines; a vector of zeros has cosine 0 with everything."""
    return functional.normalize(embeddings) @ functional.normalize(directions).T
