"""Small albums are clustered in one thread, with the same result."""

import numba
import numpy as np

from prosopon import clustering, graph
from prosopon.clustering import threads
from prosopon.records import Embeddings


@threads.serial_for_few
def _threads(*given: object) -> int:
    return numba.get_num_threads()


def test_few_numbers_are_gone_through_in_one_thread(monkeypatch):
    monkeypatch.setattr(threads, "FEW", 100)
    before = numba.get_num_threads()
    assert _threads(np.zeros((9, 10)), 200) == 1
    assert _threads(np.zeros((9, 10)), np.zeros(10)) == before
    assert numba.get_num_threads() == before


def test_one_thread_gives_the_clusters_of_many(monkeypatch):
    rng = np.random.default_rng(0)
    vectors = np.repeat(rng.normal(size=(12, 64)), 8, axis=0) + rng.normal(0, 0.7, (96, 64))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    faces = Embeddings(np.arange(96), vectors, "drawn")
    made = graph.build(faces)

    def found() -> tuple[float, list[int]]:
        threshold = clustering.estimate_threshold(faces, made).cosine
        return threshold, clustering.make("adaptive", threshold=threshold).fit(
            made
        ).labels_.tolist()

    alone = found()
    monkeypatch.setattr(threads, "FEW", 0)
    assert found() == alone
    assert 1 < len(set(alone[1])) < 96
