"""Portraits and models for the tests of faces."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest

from prosopon import zoo
from prosopon.zoo import Model

MOBILEFACENET = Path(__file__).parents[2] / "benchmarks" / "verification_mobilefacenet.py"


@pytest.fixture(scope="session")
def hopper() -> np.ndarray:
    """The United States Navy's portrait of Grace Hopper (public domain), 600 by 512 pixels."""
    path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


@pytest.fixture(scope="session")
def load(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[[str], Model]:
    """Loads a model by id; `yunet-n` and `mobilefacenet` are added from the development data."""
    folder = tmp_path_factory.mktemp("models")
    added: dict[str, Model] = {}

    def add(id: str) -> Model:
        weights = request.getfixturevalue("shared_data") / "weights"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PROSOPON_MODELS", str(folder))
            if id == "yunet-n":
                zoo.add(
                    weights / "yunet_n.onnx", id=id, task="detector", backend="yunet",
                    licence="Apache-2.0", channels="BGR",
                )  # fmt: skip
            else:
                network = folder / "mobilefacenet.onnx"
                arrays = weights / "mobilefacenet_casia.npz"
                subprocess.run([sys.executable, MOBILEFACENET, arrays, network], check=True)
                zoo.add(
                    network, id=id, task="embedder", backend="onnx-embedder", licence="research",
                    alignment="sphereface-112x96", input_size=(112, 96), mean=(127.5,) * 3,
                    scale=128.0,
                )  # fmt: skip
            return zoo.load(id)

    def load(id: str) -> Model:
        if id not in ("yunet-n", "mobilefacenet"):
            return zoo.load(id)
        if id not in added:
            added[id] = add(id)
        return added[id]

    return load
