"""Templates: averages over media, one to many with strangers, and the layouts they come in."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from prosopon.errors import ProsoponError
from prosopon.verification import template_lists
from prosopon.verification.templates import Templates, identify, pooled, similarities


def unit(*angles: float) -> np.ndarray:
    """(n, 2) unit vectors of so many degrees."""
    turns = np.radians(angles)
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


def singles(count: int, **fields: object) -> Templates:
    """Each picture a template of its own."""
    rows = np.arange(count)
    none = np.empty(0, np.int64)
    names = tuple(map(str, rows))
    made = Templates(names, rows, rows, rows, count, none, none, np.empty(0, bool))
    return replace(made, **fields)


def test_a_medium_counts_once_however_many_pictures_it_has() -> None:
    vectors = unit(0, 60, 60, 60, 10)
    vectors[4] = np.nan
    of = np.array([0, 0, 0, 0, 1])
    media = np.array([0, 1, 1, 1, 2])
    lists = replace(singles(5), template=of, medium=media, count=2)
    means = pooled(vectors, lists)
    np.testing.assert_allclose(means[0], unit(30)[0], atol=1e-6)
    assert np.isnan(means[1]).all(), "no picture of it has a face"
    pair = replace(lists, left=np.array([0, 0]), right=np.array([0, 1]))
    np.testing.assert_allclose(similarities(means, pair), [1, -1], atol=1e-6)


def test_ranks_and_strangers() -> None:
    # gallery: a 0°, b 90°; probes: a at 10° (right), b at 40° (nearer to a), a stranger at 45°
    vectors = unit(0, 90, 10, 40, 45)
    lists = singles(
        5,
        subjects=("a", "b", "a", "b", "x"),
        galleries=(np.array([0, 1]),),
        probes=np.array([2, 3, 4]),
    )
    found = identify(vectors, lists)
    assert (found.probes, found.strangers) == (2, 1)
    assert found.ranks["1"] == 0.5 and found.ranks["5"] == 1
    assert np.isnan(found.true_identifications["0.1"]), "one stranger says nothing of a tenth"


def test_a_threshold_that_strangers_pass_seldom_costs_probes() -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(60, 16))
    people = np.arange(60)
    draws = [centres + noise * rng.normal(size=centres.shape) for noise in (0.3, 1.0)]
    vectors = np.concatenate(draws)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    lists = singles(
        120,
        subjects=tuple(map(str, np.tile(people, 2))),
        galleries=(people[:30], people[30:]),
        probes=60 + people,
    )
    found = identify(vectors, lists)
    assert (found.probes, found.strangers) == (60, 60)
    rates = found.true_identifications
    assert np.isnan(rates["0.01"]) and 0.2 < rates["0.1"] <= found.ranks["1"]


def write(folder: Path, name: str, text: str = "") -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def test_ijb(tmp_path: Path) -> None:
    write(tmp_path, "meta/ijbc_face_tid_mid.txt", "1.jpg 7 70\n2.jpg 7 71\n3.jpg 8 72\n")
    write(tmp_path, "meta/ijbc_template_pair_label.txt", "7 8 0\n7 7 1\n")
    write(tmp_path, "meta/ijbc_1N_gallery_G1.csv", "TEMPLATE_ID,SUBJECT_ID\n7,100\n")
    write(tmp_path, "meta/ijbc_1N_probe_mixed.csv", "TEMPLATE_ID,SUBJECT_ID\n8,100\n9,101\n")
    for picture in "123":
        write(tmp_path, f"loose_crop/{picture}.jpg")
    lists, files = template_lists.read(tmp_path)
    assert lists.template.tolist() == [0, 0, 1] and lists.same.tolist() == [False, True]
    assert lists.subjects == ("100", "100") and lists.probes is not None
    assert lists.probes.tolist() == [1] and lists.galleries[0].tolist() == [0]
    assert files["3.jpg"] == tmp_path / "loose_crop/3.jpg"
    (tmp_path / "loose_crop/2.jpg").unlink()
    with pytest.raises(ProsoponError, match=r"1 of 3 pictures .* 2\.jpg"):
        template_lists.read(tmp_path)
    write(tmp_path, "meta/ijbc_face_tid_mid.txt", "1.jpg 7\n")
    with pytest.raises(ProsoponError, match="line 1: expected a picture, a template"):
        template_lists.read(tmp_path)


def test_tinyface(tmp_path: Path) -> None:
    for name in ("Gallery_Match/1_1.jpg", "Gallery_Distractor/d1.jpg", "Probe/1_2.jpg"):
        write(tmp_path / "Testing_Set", name)
    lists, files = template_lists.read(tmp_path)
    assert lists.subjects == ("1", "", "1") and len(files) == 3
    found = identify(unit(0, 80, 5), lists)
    assert found.ranks["1"] == 1 and found.strangers == 0


def test_a_folder_of_something_else_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProsoponError, match="no benchmark of templates"):
        template_lists.read(tmp_path)
