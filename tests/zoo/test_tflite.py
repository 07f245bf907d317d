"""Networks of TensorFlow Lite that can't be converted are refused by name."""

import importlib.util
from pathlib import Path

import pytest

from prosopon.errors import ProsoponError
from prosopon.zoo.tflite_onnx import convert_tflite


@pytest.fixture(scope="module")
def networks() -> Path:
    """The folder of facelib's networks."""
    found = importlib.util.find_spec("facelib")
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "facerec" / "feature_extraction" / "data"


def test_a_network_of_floats(networks: Path) -> None:
    graph = convert_tflite(networks / "mobilenet_fp32.tflite")[""].graph
    ((taken,), (given,)) = graph.input, graph.output
    sizes = [size.dim_param or size.dim_value for size in taken.type.tensor_type.shape.dim]
    assert sizes == ["n", 3, 112, 112]
    assert given.type.tensor_type.shape.dim[1].dim_value == 128


def test_integers_are_refused(networks: Path) -> None:
    with pytest.raises(ProsoponError, match=r"mobilenet_int8\.tflite: .*TensorFlow Lite|float32"):
        convert_tflite(networks / "mobilenet_int8.tflite")


@pytest.mark.parametrize("kept", [0, 8, 1000, 13_000_000])
def test_a_damaged_file_is_refused(networks: Path, tmp_path: Path, kept: int) -> None:
    damaged = tmp_path / "damaged.tflite"
    damaged.write_bytes((networks / "mobilenet_fp32.tflite").read_bytes()[:kept])
    with pytest.raises(ProsoponError, match=r"damaged\.tflite: not a TensorFlow Lite network"):
        convert_tflite(damaged)


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.tflite"
    other.write_bytes(b"\x07" * 4096)
    with pytest.raises(ProsoponError, match=r"other\.tflite: not a TensorFlow Lite network"):
        convert_tflite(other)
