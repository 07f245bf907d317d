"""Triplet loss with semi-hard mining (Schroff, Kalenichenko and Philbin 2015), and its batches.

Two things make triplet training end in NaN, and both are excluded here. The slope of a distance is
infinite where two embeddings coincide, as those of a picture and its copy do: so distances stay
squared, as in the paper. And the mean over no triplets is 0/0: so a batch without triplets has loss
0, and identities with one picture are left out of batches.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional

from prosopon.errors import UsageError
from prosopon.records import Int64
from prosopon.training import Batches


def triplet_loss(embeddings: Tensor, identities: Tensor, margin: float) -> Tensor:
    """Mean of max(0, |a − p|² − |a − n|² + margin) over all pairs a, p of one identity in a batch.

    embeddings : (b, d) of any length, compared as unit vectors. identities : (b,) int64.
    n is the nearest negative that is farther than p (semi-hard); where none is farther, the
    farthest, which is the least hard there is.
    """
    vectors = functional.normalize(embeddings)
    squares = (2 - 2 * vectors @ vectors.T).clamp(min=0)  # (b, b)
    same = identities[:, None] == identities[None]
    anchors, positives = torch.nonzero(same.fill_diagonal_(False), as_tuple=True)
    negative = identities[:, None] != identities[None]
    usable = negative.any(dim=1)[anchors]
    anchors, positives = anchors[usable], positives[usable]
    if not len(anchors):
        return embeddings.sum() * 0
    near = squares[anchors, positives]  # (t,)
    chosen = _semi_hard(squares.detach()[anchors], near.detach(), negative[anchors])
    far = squares[anchors].gather(1, chosen[:, None])[:, 0]
    return functional.relu(near - far + margin).mean()


def _semi_hard(squares: Tensor, near: Tensor, negative: Tensor) -> Tensor:
    """(t,) the column of each triplet's negative; `squares` and `negative` are (t, b)."""
    farther = negative & (squares > near[:, None])
    nearest = squares.masked_fill(~farther, torch.inf).argmin(dim=1)
    farthest = squares.masked_fill(~negative, -torch.inf).argmax(dim=1)
    return torch.where(farther.any(dim=1), nearest, farthest)


def balanced(identities: ArrayLike, people: int, pictures: int, seed: int) -> Batches:
    """Batches of so many people with so many pictures each, every person about once an epoch.

    People with fewer pictures give all they have; those with one are left out.
    Raises UsageError if fewer than two people have two pictures.
    """
    labels = np.asarray(identities)
    rows = [np.flatnonzero(labels == person) for person in np.unique(labels)]
    rows = [of_person for of_person in rows if len(of_person) > 1]
    if len(rows) < 2:
        raise UsageError(
            f"triplets need at least 2 people with 2 pictures each; there are {len(rows)}"
        )

    def batches(epoch: int) -> Sequence[Int64]:
        rng = np.random.default_rng([seed, epoch])
        order = rng.permutation(len(rows))
        groups = np.array_split(order, max(1, len(order) // people))
        return [
            np.concatenate(
                [rng.permutation(rows[person])[:pictures] for person in group.tolist()]
            ).astype(np.int64)
            for group in groups
        ]

    return batches
