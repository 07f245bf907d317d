"""A cluster at a glance, on clusters whose truth is known."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.decomposition import PCA

from prosopon.errors import UsageError
from prosopon.summaries import (
    Occurrence,
    contact_sheet,
    eigenfaces,
    occurrence_chart,
    silhouette_chart,
    typical,
)


def decoded(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def faces(count: int, seed: int = 0) -> np.ndarray:
    """Grey squares that differ in brightness most and in one half a little."""
    rng = np.random.default_rng(seed)
    chips = np.full((count, 32, 32, 3), 128.0)
    chips += rng.normal(0, 25, (count, 1, 1, 1))
    chips[:, :, 16:] += rng.normal(0, 8, (count, 1, 1, 1))
    return np.clip(chips, 0, 255).astype(np.uint8)


# Occurrence


def test_occurrence_finds_what_marks_a_cluster() -> None:
    rng = np.random.default_rng(1)
    has = rng.random((1000, 4)) < [0.9, 0.2, 0.3, 0.02]
    cluster = np.arange(100)
    has[cluster, 1] = rng.random(100) < 0.8
    found = Occurrence.of(["common", "marking", "usual", "rare"], has, cluster)
    assert found.prominent == ["common", "marking"]
    assert found.distinctive[0] == "marking"
    assert "common" not in found.distinctive
    assert set(found.noisy) <= {"rare"}
    assert found.faces == 100


def test_occurrence_takes_rows_or_a_mask_and_one_face() -> None:
    has = np.eye(3, dtype=bool)
    by_rows = Occurrence.of("abc", has, [1])
    by_mask = Occurrence.of("abc", has, [False, True, False])
    np.testing.assert_array_equal(by_rows.shares, by_mask.shares)
    assert by_rows.prominent == ["b"]
    assert len(decoded(occurrence_chart(by_rows, "one face"))) > 50


def test_bad_occurrences_are_named() -> None:
    with pytest.raises(UsageError, match="no faces"):
        Occurrence.of("ab", np.ones((3, 2)), [])
    with pytest.raises(UsageError, match="expected 3 attributes"):
        Occurrence.of("abc", np.ones((3, 2)), [0])


def test_charts_grow_with_what_they_show() -> None:
    has = np.random.default_rng(0).random((50, 30)) < 0.5
    occurrence = Occurrence.of([f"a{i}" for i in range(30)], has, range(10))
    small, large = (decoded(occurrence_chart(occurrence, most=most)) for most in (3, 30))
    assert small.shape[0] < large.shape[0]
    rows = [{"method": "k-means", "k": k, "silhouette": 1 / k} for k in (2, 3, 4)]
    rows.append({"method": "DBSCAN", "k": 3, "silhouette": float("nan")})
    full, empty = decoded(silhouette_chart(rows)), decoded(silhouette_chart([]))
    assert drawn_pixels(full) > drawn_pixels(empty) > 0, "axes alone where there are no rows"


def drawn_pixels(picture: np.ndarray) -> int:
    return int((picture.min(axis=2) < 200).sum())


# Eigenfaces


def test_mean_and_components_are_those_of_pca() -> None:
    chips = faces(40)
    found = eigenfaces(chips, components=2, size=(32, 32))
    exact = PCA(2).fit(chips.reshape(40, -1).astype(float))
    np.testing.assert_allclose(found.mean.ravel(), exact.mean_, atol=0.01)
    for ours, theirs in zip(found.components.reshape(2, -1), exact.components_, strict=True):
        assert abs(ours @ theirs) == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(found.explained, exact.explained_variance_ratio_, atol=1e-3)
    assert found.explained[0] > 0.8
    assert found.picture().shape == (32, 32, 3)
    dark, middle, light = found.walk(0)
    assert dark.mean() < middle.mean() < light.mean()


def test_large_clusters_are_taken_in_batches() -> None:
    chips = faces(600)

    def batches() -> Iterator[np.ndarray]:
        for start in range(0, 600, 70):
            yield chips[start : start + 70]

    found = eigenfaces(batches(), components=2, size=(16, 16))
    exact = PCA(2).fit(eigen_input(chips))
    assert found.faces == 600
    np.testing.assert_allclose(found.mean.ravel(), exact.mean_, atol=0.02)
    assert abs(found.components[0].ravel() @ exact.components_[0]) > 0.99


def eigen_input(chips: np.ndarray) -> np.ndarray:
    import cv2

    small = [cv2.resize(chip, (16, 16), interpolation=cv2.INTER_AREA) for chip in chips]
    return np.stack(small).reshape(len(chips), -1).astype(float)


def test_one_face_is_its_own_mean_and_none_is_refused() -> None:
    one = eigenfaces(faces(1), size=(32, 32))
    np.testing.assert_array_equal(one.picture(), faces(1)[0])
    assert len(one.components) == len(one.explained) == 0
    with pytest.raises(UsageError, match="no face"):
        eigenfaces(np.empty((0, 8, 8, 3), np.uint8))


def test_equal_faces_have_no_variance_and_no_nan() -> None:
    same = np.repeat(faces(1), 5, axis=0)
    found = eigenfaces(same, components=3, size=(32, 32))
    assert np.isfinite(found.components).all()
    np.testing.assert_allclose(found.explained, 0, atol=1e-6)


@given(st.integers(2, 300), st.integers(1, 5))
@settings(max_examples=15, deadline=None)
def test_there_are_never_more_components_than_faces_allow(count: int, wanted: int) -> None:
    found = eigenfaces(faces(count), components=wanted, size=(8, 8))
    assert len(found.components) == min(wanted, count - 1)
    norms = np.linalg.norm(found.components.reshape(len(found.components), -1), axis=1)
    np.testing.assert_allclose(norms, 1, atol=1e-4)


# Typical faces and contact sheets


@given(st.integers(1, 30), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_medoid_is_nearest_to_all(count: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(count, 5))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    order = typical(vectors, count)
    assert sorted(order) == list(range(count))
    mean_cosines = (vectors @ vectors.T).mean(axis=1)
    assert mean_cosines[order[0]] == pytest.approx(mean_cosines.max())
    assert (np.diff(mean_cosines[order]) < 1e-9).all()


def test_contact_sheets_hold_every_face_in_order() -> None:
    chips = np.zeros((5, 20, 10, 3), np.uint8)
    chips[:] = (np.arange(5) * 40)[:, None, None, None]
    sheet = decoded(contact_sheet(chips, columns=2, cell=40, gap=4))
    assert sheet.shape == (4 + 3 * 44, 4 + 2 * 24, 3)
    for number in range(5):
        y, x = 4 + number // 2 * 44 + 20, 4 + number % 2 * 24 + 10
        assert (sheet[y, x] == number * 40).all()
    assert (sheet[-10, -10] == 255).all()
    assert decoded(contact_sheet(chips[:1])).shape[0] > 90
    empty = decoded(contact_sheet(np.empty((0, 8, 8, 3), np.uint8)))
    assert empty.shape == decoded(contact_sheet(np.empty((1, 8, 8, 3), np.uint8))).shape
    assert (empty == 255).all()
    framed = decoded(contact_sheet(chips, columns=2, cell=40, gap=4, marked=[0]))
    assert (framed != sheet).any()
