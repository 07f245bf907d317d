"""FC-ES's early stopping: by itself, and in the default method.

    python benchmarks/early_stopping.py lfw.prosopon=lfw/images celeba.prosopon=celeba.csv
    python benchmarks/early_stopping.py copies/lfw/original copies/celeba/original

Liu, "Face Clustering via Early Stopping and Edge Recall" (arXiv 2408.13431, 2024), by its
description, own code. P_i(j) falls exponentially with the squared distance of j to i and sums to 1
over i's list; a pair's edge probability is half the sum of P_i(m) + P_j(m) over what both lists
hold. Each list is walked from the nearest on and left at the first pair below `theta`; the map
equation groups what is left, weighed by the edge probability. The default's edges are stopped in
the same way: a list is left at its first neighbour that is no edge.

Reads collections with their truth, or what `benchmarks/clustering.py` reads. The best of
FC-ES is chosen on these very labels.
"""

import argparse
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from scipy.sparse import csr_array

import prosopon
from clustering import read, value
from prosopon import clustering, graph, zoo
from prosopon.clustering.adaptive import AdaptiveMapEquation
from prosopon.clustering.base import GraphClusterer
from prosopon.clustering.map_equation import map_communities
from prosopon.collection.ground_truth import label_faces
from prosopon.config import Settings
from prosopon.records import Embeddings, Float32, Int32, NeighbourGraph

WIDTHS = (0.02, 0.05, 0.1, 0.5)
THETAS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9)


class EarlyStopping(GraphClusterer):
    """The map equation on edge probabilities, each list left at the first one below `theta`.

    width : by which squared distances are divided; the paper has .5.
    stop : leave the list there; otherwise pairs behind the first one below count, too.
    """

    name = "early-stopping"

    def __init__(self, width: float = 0.5, theta: float = 0.22, stop: bool = True) -> None:
        self.width = width
        self.theta = theta
        self.stop = stop

    def _cluster(self, graph: NeighbourGraph) -> Int32:
        chances = edge_probabilities(graph, self.width)
        close = chances >= self.theta
        if self.stop:
            close = np.logical_and.accumulate(close, axis=1)
        return map_communities(either(graph, np.where(close, chances, 0)), 0)


class StoppedDefault(AdaptiveMapEquation):
    """The default, its lists left at the first neighbour that is no edge."""

    def weights(self, graph: NeighbourGraph, *strangers: Any) -> csr_array:
        whole = super().weights(graph, *strangers)
        n, k = graph.neighbours.shape
        others = np.where(graph.neighbours >= 0, graph.neighbours, np.arange(n)[:, None])
        edges = np.asarray(whole[np.arange(n).repeat(k), others.ravel()]).reshape(n, k)
        return either(graph, np.where(np.logical_and.accumulate(edges > 0, axis=1), edges, 0))


def edge_probabilities(graph: NeighbourGraph, width: float) -> Float32:
    """(n, k) of each neighbour; a face is the first in its own list."""
    alone = np.arange(len(graph), dtype=np.int32)[:, None]
    near = np.concatenate([alone, graph.neighbours], axis=1)
    cosines = np.concatenate([np.ones_like(alone, np.float32), graph.similarities], axis=1)
    shares = np.where(near >= 0, np.exp((cosines - 1) * (2 / width)), 0)
    shares /= shares.sum(axis=1, keepdims=True)
    return _shared(near, shares.astype(np.float32))[:, 1:]


@njit(cache=True)
def _shared(near: Any, shares: Any) -> Any:
    n, k = near.shape
    found = np.zeros((n, k), np.float32)
    place = np.full(n, -1, np.int32)
    for face in range(n):
        for at in range(k):
            if near[face, at] >= 0:
                place[near[face, at]] = at
        for at in range(k):
            other = near[face, at]
            for there in range(k if other >= 0 else 0):
                both = near[other, there]
                if both >= 0 and place[both] >= 0:
                    found[face, at] += (shares[face, place[both]] + shares[other, there]) / 2
        for at in range(k):
            if near[face, at] >= 0:
                place[near[face, at]] = -1
    return found


def either(graph: NeighbourGraph, weights: Float32) -> csr_array:
    """Symmetric (n, n): the larger of the weights (n, k) that two faces have in their lists."""
    rows, places = np.nonzero((weights > 0) & (graph.neighbours >= 0))
    where = (rows, graph.neighbours[rows, places])
    listed = csr_array((weights[rows, places], where), shape=(len(graph), len(graph)))
    return listed.maximum(listed.T).tocsr().astype(np.float32)


def read_case(case: str) -> tuple[Embeddings, np.ndarray]:
    """Embeddings and persons of COLLECTION=TRUTH, or of one of `clustering.read`'s files."""
    name, equals, truth = case.partition("=")
    if not equals:
        return read(Path(case))
    with prosopon.open(name) as collection:
        people = label_faces(collection, Path(truth), collection.visible).people
        found = collection.embeddings
    return found, np.array([people.get(face, "") for face in found.face_ids.tolist()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", metavar="COLLECTION=TRUTH")
    card = zoo.card(Settings().embedder).threshold
    for file in parser.parse_args().files:
        embeddings, persons = read_case(file)
        made = graph.build(embeddings)
        cosine = clustering.estimate_threshold(embeddings, made, card).cosine
        print(f"\n{file}: {len(made):,} faces\n\n| method | setting | P | R | F | B³ F |")
        print("|---|---|---|---|---|---|")
        tried = {
            "default": [AdaptiveMapEquation(cosine)],
            "default, stopped early": [StoppedDefault(cosine)],
            "FC-ES": [EarlyStopping(*given) for given in product(WIDTHS, THETAS)],
            "FC-ES, not stopped": [
                EarlyStopping(*given, False) for given in product(WIDTHS, THETAS)
            ],
        }
        for name, estimators in tried.items():
            trials = [
                clustering.attempt(one, made, embeddings, persons, persons != "")
                for one in estimators
            ]
            best = max(trials, key=value)
            varied = {} if len(trials) == 1 else best.parameters
            setting = ", ".join(f"{key} {varied[key]}" for key in ("width", "theta") if varied)
            kinds = [f"pairwise_{kind}" for kind in ("precision", "recall", "f")]
            cells = " | ".join(f"{best.scores[kind]:.4f}" for kind in (*kinds, "bcubed_f"))
            print(f"| {name} | {setting} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
