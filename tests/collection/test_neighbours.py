"""Where the graph of neighbours comes from, and where it goes."""

import shutil
from pathlib import Path

import pytest

import prosopon
from prosopon import engines

pytestmark = pytest.mark.models


def test_what_an_engine_found_is_not_sought_again_where_it_cannot_be_kept(
    collection: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engines, "build", lambda name, workers: engines.Serial())  # for Ray
    with prosopon.open(collection, engine="ray") as opened:
        expected = opened.cluster()
        (kept,) = opened.store.cache.glob("graph-*")
    shutil.rmtree(kept)
    kept.write_text("in the way")
    with prosopon.open(collection, engine="ray") as opened:
        found = opened.cluster()
    assert caplog.text.count("the neighbours are not kept") == 1
    assert (found.clusters, found.faces) == (expected.clusters, expected.faces)
