"""The neighbour graph's contract, exact and approximate, growing and kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prosopon import engines, graph
from prosopon.errors import ProsoponError, UsageError
from prosopon.graph import cells
from prosopon.graph.steps import Steps, fingerprint
from prosopon.records import Embeddings


def embeddings(vectors: np.ndarray, model: str = "test") -> Embeddings:
    vectors = np.asarray(vectors, np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return Embeddings(100 + np.arange(len(vectors)), vectors / lengths, model)


def random_embeddings(n: int, d: int = 16, seed: int = 0) -> Embeddings:
    return embeddings(np.random.default_rng(seed).normal(size=(n, d)))


def people(n: int, seed: int = 0) -> Embeddings:
    """Faces in groups of about ten, as in a collection."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(n // 10 + 1, 32))
    return embeddings(centres[rng.integers(len(centres), size=n)] + 0.3 * rng.normal(size=(n, 32)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 40), st.integers(1, 45), st.integers(0, 5))
def test_exact_graph_keeps_the_contract(n, k, seed):
    faces = random_embeddings(n, 4, seed)
    made = graph.build(faces, k)
    assert made.neighbours.shape == made.similarities.shape == (n, k)
    assert made.recall == 1
    cosines = faces.vectors @ faces.vectors.T
    np.fill_diagonal(cosines, -np.inf)
    for row in range(n):
        listed = made.neighbours[row][made.neighbours[row] >= 0]
        assert len(listed) == len(set(listed.tolist())) == min(k, n - 1)
        assert row not in listed
        np.testing.assert_allclose(
            made.similarities[row, : len(listed)], cosines[row, listed], atol=1e-5
        )
        best = -np.sort(-cosines[row])[: len(listed)]
        np.testing.assert_allclose(made.similarities[row, : len(listed)], best, atol=1e-5)
        assert (made.neighbours[row, len(listed) :] == -1).all()
        assert np.isneginf(made.similarities[row, len(listed) :]).all()


def test_arrays_are_scaled_and_numbered():
    faces = random_embeddings(30)
    made = graph.build(faces.vectors.astype(np.float64) * 5, 4)
    expected = graph.build(faces, 4)
    np.testing.assert_array_equal(made.neighbours, expected.neighbours)
    np.testing.assert_array_equal(made.face_ids, np.arange(30))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.ones(3), r"\(n, d\) array of numbers, got one of shape \(3,\)"),
        ([["a"]], r"\(n, d\) array of numbers: "),
        ([[1, 0], [0, 0]], r"row 1 has the length 0\.0 \(1 such rows\)"),
        ([[np.nan, 0]], "row 0 has the length nan"),
    ],
)
def test_what_is_no_array_of_vectors_is_refused(wrong, message):
    with pytest.raises(UsageError, match=message):
        graph.build(wrong)


def test_duplicates_are_neighbours_of_one_another():
    same = np.tile([[1.0, 2.0, 3.0]], (7, 1))
    made = graph.build(embeddings(same), k=3)
    assert (made.neighbours >= 0).all()
    assert (made.neighbours != np.arange(7)[:, None]).all()
    np.testing.assert_allclose(made.similarities, 1, atol=1e-6)


@pytest.mark.parametrize("wrong", [np.nan, 0.0])
def test_vectors_that_are_none_are_refused_with_the_face(wrong):
    vectors = np.eye(4, dtype=np.float32)
    vectors[2] = wrong
    with pytest.raises(ValueError, match="row 2 \\(face 102\\)"):
        Embeddings(100 + np.arange(4), vectors, "test")


def test_no_neighbours_are_refused():
    with pytest.raises(UsageError, match="at least one neighbour"):
        graph.build(random_embeddings(5), k=0)


def test_a_graph_that_would_not_fit_is_refused_with_the_figures():
    faces = Embeddings(np.arange(3), np.eye(3), "test")
    needs = r"nearest of 3 faces needs about [\d,]+\.\d GB of memory and [\d,]+\.\d GB are free"
    with pytest.raises(ProsoponError, match=needs):
        graph.build(faces, k=10**12)


@pytest.mark.parametrize("known", [0, 1, 30, 199])
def test_growing_gives_what_building_gives(known):
    everyone = people(200)
    first = Embeddings(everyone.face_ids[:known], everyone.vectors[:known], "test")
    grown = graph.extend(graph.build(first, 12), everyone)
    built = graph.build(everyone, 12)
    np.testing.assert_array_equal(grown.face_ids, built.face_ids)
    np.testing.assert_array_equal(grown.neighbours, built.neighbours)
    np.testing.assert_allclose(grown.similarities, built.similarities, atol=1e-6)


def test_growing_refuses_another_model():
    with pytest.raises(UsageError, match="'one', these faces with 'other'"):
        graph.extend(
            graph.build(embeddings(np.eye(3), "one")), embeddings(np.eye(4)[:, :3] + 1, "other")
        )


def test_growing_refuses_other_faces():
    known = graph.build(random_embeddings(5))
    with pytest.raises(UsageError, match="graph's faces first"):
        graph.extend(known, random_embeddings(3))


def test_approximate_graph():
    faces = people(6_000)
    exact = graph.build(faces, 20, exact=True)
    made = graph.build(faces, 20, exact=False)
    assert 0.5 < made.recall <= 1
    listed = made.neighbours >= 0
    assert (made.neighbours != np.arange(len(faces))[:, None]).all()
    for row in range(0, len(faces), 97):
        names = made.neighbours[row][listed[row]]
        assert len(set(names.tolist())) == len(names)
        np.testing.assert_allclose(
            made.similarities[row][listed[row]],
            faces.vectors[names] @ faces.vectors[row],
            atol=1e-5,
        )
    found = [np.isin(exact.neighbours[row], made.neighbours[row]).mean() for row in range(6_000)]
    assert made.recall == pytest.approx(np.mean(found), abs=0.03)
    near = [np.isin(exact.neighbours[row, :5], made.neighbours[row]).mean() for row in range(6_000)]
    assert np.mean(near) > 0.97


def test_building_twice_gives_the_same():
    faces = people(3_000)
    for exact in (True, False):
        first, second = (graph.build(faces, 10, exact=exact) for _ in range(2))
        np.testing.assert_array_equal(first.neighbours, second.neighbours)


@pytest.mark.parametrize("stopped_in", ["cells", "lists-1", "lists-4", "lists-5"])
def test_a_search_that_was_stopped_goes_on(tmp_path, monkeypatch, stopped_in):
    faces = people(3_000)
    expected = graph.build(faces, 10, exact=False)
    monkeypatch.setattr("prosopon.graph.building.LONG", 1_000)
    keep, looked = Steps.keep, []

    def stop(self, name, *arrays, instead_of=None):
        keep(self, name, *arrays, instead_of=instead_of)
        looked.append(name)
        if name == stopped_in:
            raise KeyboardInterrupt

    monkeypatch.setattr(Steps, "keep", stop)
    with pytest.raises(KeyboardInterrupt):
        graph.build(faces, 10, exact=False, unfinished=tmp_path / "unfinished")
    made = graph.build(faces, 10, exact=False, unfinished=tmp_path / "unfinished")
    np.testing.assert_array_equal(made.neighbours, expected.neighbours)
    np.testing.assert_array_equal(made.similarities, expected.similarities)
    assert looked == ["cells", *(f"lists-{number}" for number in range(1, 7))]  # none twice
    assert not (tmp_path / "unfinished").exists()


def test_a_search_of_other_faces_is_not_gone_on_with(tmp_path):
    folder = tmp_path / "unfinished"
    first, second = people(300), people(300, seed=1)
    Steps(folder, fingerprint(first, 10)).keep("cells", np.zeros(3))
    assert len(Steps(folder, fingerprint(first, 10)).load("cells")) == 1
    assert Steps(folder, fingerprint(second, 10)).load("cells") == []
    assert Steps(folder, fingerprint(first, 9)).load("cells") == []


def test_kept_and_opened(tmp_path):
    made = graph.build(random_embeddings(50), 7)
    graph.save(made, tmp_path / "graph")
    opened = graph.load(tmp_path / "graph")
    for name in ("face_ids", "neighbours", "similarities"):
        np.testing.assert_array_equal(getattr(opened, name), getattr(made, name))
    assert (opened.model, opened.recall) == (made.model, made.recall)
    grown = graph.extend(opened, random_embeddings(50))  # what is mapped can be grown and replaced
    graph.save(grown, tmp_path / "graph")
    assert len(graph.load(tmp_path / "graph")) == 50


@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_damaged_graph_says_so(tmp_path, damage):
    graph.save(graph.build(random_embeddings(50), 7), tmp_path)
    file = tmp_path / "neighbours.npy"
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ProsoponError, match="build it again"):
        graph.load(tmp_path)


@pytest.mark.parametrize("name", ["threads", "ray"])
def test_an_engine_finds_the_same(name, monkeypatch):
    monkeypatch.setattr(cells, "TASK", 700)  # several
    faces = people(2_000)
    alone = graph.build(faces, 10, exact=False)
    shared = graph.build(faces, 10, exact=False, engine=engines.build(name, 2))
    np.testing.assert_array_equal(shared.neighbours, alone.neighbours)
    np.testing.assert_array_equal(shared.similarities, alone.similarities)
    assert shared.recall == alone.recall
