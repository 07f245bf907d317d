"""Faces with known persons, made of numbers."""

from dataclasses import dataclass

import numpy as np
import pytest

from prosopon import graph
from prosopon.records import Embeddings, NeighbourGraph


@dataclass(frozen=True)
class Crowd:
    """Embeddings, their persons and their graph."""

    embeddings: Embeddings
    persons: np.ndarray
    graph: NeighbourGraph

    def __len__(self) -> int:
        return len(self.persons)


def crowd(n: int, people: int, spread: float, seed: int = 0, k: int = 40) -> Crowd:
    """`n` faces of `people` persons; at 0.05 persons lie far apart, at 0.12 they touch."""
    rng = np.random.default_rng(seed)
    common = np.zeros(32)
    common[0] = 2.0
    centres = common + 0.16 * rng.normal(size=(people, 32))
    persons = rng.integers(people, size=n)
    vectors = centres[persons] + spread * rng.normal(size=(n, 32))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    embeddings = Embeddings(1000 + np.arange(n), vectors.astype(np.float32), "test")
    return Crowd(embeddings, persons, graph.build(embeddings, k))


@pytest.fixture(scope="session")
def apart() -> Crowd:
    """Persons that any method should tell apart."""
    return crowd(400, 25, 0.05)


@pytest.fixture(scope="session")
def touching() -> Crowd:
    """Persons that touch here and there."""
    return crowd(900, 90, 0.11, seed=1)
