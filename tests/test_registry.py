"""Back-ends by name: the program's own, and those of `plugin_package`, as if it were installed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from prosopon import exchange, faces, registry, zoo
from prosopon.clustering import METHODS
from prosopon.errors import ProsoponError, UsageError
from prosopon.verification.protocols import PROTOCOLS

OURS = {
    "detectors": (faces.DETECTORS, {"centerface", "mmod", "mtcnn", "yunet"}),
    "embedders": (faces.EMBEDDERS, {"dlib-resnet", "onnx-embedder"}),
    "clusterers": (METHODS, {"adaptive", "dbscan", "hdbscan", "k-means", "map-equation"}),
    "protocols": (PROTOCOLS, {"agedb-30", "csv", "insightface", "lfw"}),
    "formats": (exchange.FORMATS, {"csv", "json", "coco", "iiif"}),
}
THEIRS = {
    "detectors": "example-skin",
    "embedders": "example-colours",
    "clusterers": "example-single-link",
    "protocols": "example-lines",
    "formats": "example-text",
}


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes a package, with these entry points, that can be found."""

    def make(package: str, entry_points: str) -> None:
        about = tmp_path / f"{package}-1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Name: {package}\nVersion: 1\n", encoding="utf-8")
        (about / "entry_points.txt").write_text(entry_points, encoding="utf-8")
        registry.plug_ins.cache_clear()

    monkeypatch.syspath_prepend(str(tmp_path))
    yield make
    registry.plug_ins.cache_clear()


@pytest.mark.parametrize("kind", OURS)
def test_ours_come_first_then_theirs(kind: str) -> None:
    known: Mapping[str, Any] = OURS[kind][0]
    names = list(known)
    assert set(names) >= OURS[kind][1]
    assert names[-1] == THEIRS[kind] and THEIRS[kind] in known and len(known) == len(names)
    assert known[THEIRS[kind]] is not None


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="no protocol 'lwf': there are .*lfw.*, example-lines"):
        PROTOCOLS["lwf"]


def test_a_protocol_of_another_package_is_read(tmp_path: Path) -> None:
    lines = ["a b yes", "a c no", "d e yes", "d f no", "g h yes", "g i no"]
    rows = [lines[0], lines[2], lines[1], lines[3]]
    (tmp_path / "pairs.lines").write_text("\n".join(rows), encoding="utf-8")
    pairs = PROTOCOLS["example-lines"].pairs(tmp_path)
    assert pairs.same.tolist() == [True, True, False, False]


def test_a_back_end_without_weights_has_a_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROSOPON_MODELS", str(tmp_path))
    card = zoo.card("example-colours")
    assert zoo.is_present(card) and card in zoo.cards().values()
    zoo.verify(card.id)
    assert faces.embedder(zoo.load(card.id)).dimensions == 75


def test_a_package_that_fails_is_named_when_it_is_used(install: Any) -> None:
    install("broken-one", "[prosopon.clusterers]\nours = no_such_module:Method\n")
    assert "ours" in METHODS and METHODS["dbscan"]
    with pytest.raises(ProsoponError, match="package broken-one can't be used .*no_such_module"):
        METHODS["ours"]


def test_names_that_are_taken_are_refused(install: Any) -> None:
    install("greedy", "[prosopon.formats]\ncsv = anything:FORMAT\n")
    with pytest.raises(ProsoponError, match="greedy brings formats named 'csv'"):
        list(exchange.FORMATS)
    install("other", "[prosopon.formats]\ncsv = something:ELSE\n")
    with pytest.raises(ProsoponError, match="packages .* and .* both bring formats named 'csv'"):
        list(exchange.FORMATS)
