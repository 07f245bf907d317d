"""A folder for models of the user's own, and a network to put there."""

from pathlib import Path

import pytest

from prosopon.zoo.onnx_graph import GraphBuilder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for models of the user's own."""
    monkeypatch.setenv("PROSOPON_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """A tiny embedder: the mean colour of a chip."""
    graph = GraphBuilder("mean-colour")
    graph.add("Flatten", graph.add("GlobalAveragePool", "chips"), name="vectors")
    model = graph.finish({"chips": ("n", 3, 112, 112)}, {"vectors": ("n", 3)})
    file = tmp_path / "mean colour.onnx"
    file.write_bytes(model.SerializeToString())
    return file
