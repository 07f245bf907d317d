"""The strict reader of dlib's files, on networks that the tests write and on the real ones."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate
from tests.zoo.dlib_writer import batch_norm, convolution, detector, string

from prosopon import zoo
from prosopon.errors import ProsoponError
from prosopon.zoo.convert import convert
from prosopon.zoo.dlib_format import read_network
from prosopon.zoo.models import checked_source
from prosopon.zoo.runtime import open_session

RNG = np.random.default_rng(5)
WEIGHTS = RNG.normal(size=(4, 3, 3, 3)).astype(np.float32)
BIAS = RNG.normal(size=4).astype(np.float32)
SCALE, SHIFT, MEANS = RNG.normal(size=(3, 4)).astype(np.float32)
VARIANCES = np.array([0.5, 1, 2, 3], np.float32)
LAST = RNG.normal(size=(1, 4, 9, 9)).astype(np.float32)
LAST_BIAS = np.array([0.25], np.float32)
SMALL = detector(
    [
        convolution(WEIGHTS, BIAS, stride=1, padding=0),
        batch_norm(SCALE, SHIFT, MEANS, VARIANCES),
        string("relu_"),
        convolution(LAST, LAST_BIAS, stride=1, padding=4),
    ]
)


def write(folder: Path, content: bytes) -> Path:
    file = folder / "network.dat"
    file.write_bytes(content)
    return file


def test_reads_what_was_written(tmp_path: Path) -> None:
    network = read_network(write(tmp_path, SMALL))
    assert network.loss.name == "loss_mmod_"
    assert network.loss.numbers["width"] == 80
    assert network.input.numbers["red"] == pytest.approx(122.782)
    assert [layer.name for layer in network.layers] == ["con_4", "bn_con2", "relu_", "con_4"]
    np.testing.assert_array_equal(network.layers[0].tensors["weights"], WEIGHTS)
    np.testing.assert_array_equal(network.layers[0].tensors["bias"], BIAS)
    np.testing.assert_array_equal(network.layers[1].tensors["running_variances"], VARIANCES)


def test_the_converted_network_computes_the_same(tmp_path: Path) -> None:
    """Batch normalisation is folded and the wide last kernel split; the sums stay."""
    file = tmp_path / "small.onnx"
    file.write_bytes(convert("mmod", write(tmp_path, SMALL))[""])
    image = RNG.normal(size=(3, 20, 24)).astype(np.float32)

    def convolve(x: np.ndarray, kernels: np.ndarray, bias: np.ndarray) -> np.ndarray:
        maps = [correlate(x, kernel, "valid")[0] for kernel in kernels]
        return np.array(maps) + bias[:, None, None]

    hidden = convolve(image, WEIGHTS, BIAS)
    normal = (hidden - MEANS[:, None, None]) / np.sqrt(VARIANCES + 1e-4)[:, None, None]
    hidden = np.maximum(normal * SCALE[:, None, None] + SHIFT[:, None, None], 0)
    expected = convolve(np.pad(hidden, ((0, 0), (4, 4), (4, 4))), LAST, LAST_BIAS)
    (scores,) = open_session(file).run(None, {"image": image[None]})
    np.testing.assert_allclose(scores[0], expected, rtol=1e-4, atol=1e-4)


def test_bytes_too_many_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProsoponError, match=rf"network\.dat.*byte {len(SMALL)}.*1 bytes more"):
        read_network(write(tmp_path, SMALL + b"\0"))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SMALL) - 1))
def test_a_truncated_file_is_an_error(tmp_path_factory: pytest.TempPathFactory, end: int) -> None:
    file = write(tmp_path_factory.mktemp("cut"), SMALL[:end])
    with pytest.raises(ProsoponError, match=r"network\.dat.*byte \d+.*the file ends"):
        read_network(file)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SMALL) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, at: int, change: int
) -> None:
    """A changed weight is for the hash to find; a changed structure never gets further."""
    content = bytearray(SMALL)
    content[at] ^= change
    file = write(tmp_path_factory.mktemp("changed"), bytes(content))
    try:
        network = read_network(file)
    except ProsoponError as error:
        assert "network.dat" in str(error) and "byte" in str(error)
    else:
        assert [layer.name for layer in network.layers] == ["con_4", "bn_con2", "relu_", "con_4"]


def test_an_unknown_layer_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProsoponError, match="expected con_4 or .* found 'rely_'"):
        read_network(write(tmp_path, SMALL.replace(b"relu_", b"rely_")))


def test_another_kind_of_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProsoponError, match="expected loss_metric_2, found loss_mmod_"):
        convert("dlib-resnet", write(tmp_path, SMALL))


@pytest.mark.models
def test_the_real_networks_are_read_to_the_end() -> None:
    resnet = read_network(checked_source(zoo.card("dlib-resnet")))
    detector = read_network(checked_source(zoo.card("mmod")))
    assert sum(layer.name == "con_4" for layer in resnet.layers) == 29
    assert sum(layer.marks == 2 for layer in resnet.layers) == 4  # blocks that halve the picture
    assert [layer.numbers["filters"] for layer in detector.layers if layer.name == "con_4"] == [
        16, 32, 32, 45, 45, 45, 1
    ]  # fmt: skip
