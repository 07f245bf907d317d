"""Photographs at addresses: object stores and servers that fsspec knows."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import known_implementations

import prosopon
from prosopon import synthetic
from prosopon.collection import pictures
from prosopon.errors import MissingExtra, ProsoponError, UsageError
from prosopon.paths import address, from_root, is_remote, located

SIDECAR = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
 xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>
 <rdf:li xml:lang="x-default">Harvest</rdf:li></rdf:Alt></dc:title>
 </rdf:Description></rdf:RDF></x:xmpmeta>"""


class Flaky(MemoryFileSystem):
    """A store that stops answering after some reads."""

    protocol = "flaky"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    reads_left = 10**9

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.removeprefix("flaky://").strip("/")

    def cat_file(self, path: str, *arguments: Any, **options: Any) -> Any:
        Flaky.reads_left -= 1
        self._answer()
        return super().cat_file(path, *arguments, **options)

    def info(self, path: str, **options: Any) -> Any:
        self._answer()
        return super().info(path, **options)

    def ls(self, path: str, detail: bool = True, **options: Any) -> Any:
        self._answer()
        return super().ls(path, detail, **options)

    def _answer(self) -> None:
        if Flaky.reads_left < 0:
            raise ConnectionResetError("the store went away")


fsspec.register_implementation("flaky", Flaky, clobber=True)


@pytest.fixture
def bucket(album: synthetic.Album) -> Iterator[MemoryFileSystem]:
    """Six photographs, one in a folder with a sidecar, and what is no photograph."""
    Flaky.store.clear()
    Flaky.reads_left = 10**9
    store = Flaky()
    for number, file in enumerate(sorted((album.folder / "images").glob("*.jpg"))[:6]):
        place = "/b/a/1938" if number == 0 else "/b/a"
        store.pipe_file(f"{place}/{number} é.jpg", file.read_bytes())
    store.pipe_file("/b/a/1938/0 é.jpg.xmp", SIDECAR.encode())
    store.pipe_file("/b/a/notes.txt", b"nothing")
    store.pipe_file("/b/a/.hidden.jpg", b"nothing")
    store.pipe_file("/b/a/@eaDir/x.jpg", b"nothing")
    yield store
    Flaky.store.clear()
    Flaky.reads_left = 10**9


@pytest.mark.parametrize(
    ("given", "text", "path"),
    [
        ("s3://bucket/folder", "s3://bucket/folder", "s3:/bucket/folder"),
        ("S3://bucket/a/../b/", "s3://bucket/b", "s3:/bucket/b"),
        ("memory:///b//c", "memory://b/c", "memory:/b/c"),
        ("sftp://me@host:22/home", "sftp://me@host:22/home", "sftp:/me@host:22/home"),
        ("file:///home/a.jpg", "/home/a.jpg", "/home/a.jpg"),
    ],
)
def test_an_address_survives_as_text_and_as_path(given: str, text: str, path: str) -> None:
    for form in (given, Path(given)):
        root = from_root(form)
        assert (str(root), address(root)) == (path, text)
        assert located(address(root, 3)) == (root, 3)
        assert is_remote(root) == is_remote(text) == (":" in text)


def test_a_folder_here_that_looks_like_an_address_is_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "s3:" / "bucket").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert from_root("s3:/bucket") == tmp_path / "s3:" / "bucket"


@pytest.mark.models
def test_an_address_is_indexed_like_a_folder(bucket: MemoryFileSystem, tmp_path: Path) -> None:
    for name in bucket.find("/b/a"):
        file = tmp_path / "a" / name.removeprefix("/b/a/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bucket.cat_file(name))
    found = []
    for root in (tmp_path / "a", "flaky://b/a"):
        with prosopon.open(tmp_path / f"{len(found)}.prosopon") as collection:
            done = collection.index(root)
            assert (done.files, done.examined, done.unchanged) == (6, 6, 0)
            assert done.passed_over == {".txt": 1, "hidden": 1}
            assert [Path(folder).name for folder in done.skipped_folders] == ["@eaDir"]
            assert (done.remarks, done.failures, done.unreachable) == ([], {}, {})
            again = collection.index(root)
            assert (again.files, again.unchanged, again.examined) == (6, 6, 0)
            hits = collection.search_photos(order="folder").photos
            shown = {pictures.whole_photo(collection, hit.id, 320) for hit in hits}
            assert all(pictures.is_there(collection, hit.id) for hit in hits)
            base = address(from_root(root))
            found.append(
                (
                    [hit.path.removeprefix(base) for hit in hits],
                    [hit.title for hit in hits],
                    [hit.date for hit in hits],
                    collection.view.faces.boxes,
                    collection.embeddings.vectors,
                    shown,
                )
            )
            titles = {hit.path: hit.title for hit in hits}
            assert titles[f"{base}/1938/0 é.jpg"] == "Harvest"
            below = collection.search_photos(folder=f"{base}/1938").photos
            assert [hit.path for hit in below] == [f"{base}/1938/0 é.jpg"]
            assert collection.status().gone == 0
    here, there = found
    assert here[:3] == there[:3] and here[5] == there[5]
    assert np.array_equal(here[3], there[3]) and np.array_equal(here[4], there[4])


@pytest.mark.models
def test_what_changed_is_seen_and_what_is_gone_is_gone(
    bucket: MemoryFileSystem, tmp_path: Path
) -> None:
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        collection.index("flaky://b/a")
        before = len(collection.faces)
        bucket.mv("/b/a/1 é.jpg", "/b/a/moved.jpg")
        bucket.rm("/b/a/2 é.jpg")
        bucket.pipe_file("/b/a/3 é.jpg", b"\xff\xd8\xff damaged")
        done = collection.index("flaky://b/a")
        assert (done.files, done.moved, done.vanished) == (5, 1, 1)
        assert list(done.failures) == ["flaky://b/a/3 é.jpg"]
        assert len(collection.faces) == before - 2
        bucket.rm("/b/a", recursive=True)
        done = collection.index("flaky://b/a")
        assert done.missing == ["flaky://b/a"] and done.vanished == 4


@pytest.mark.models
@pytest.mark.parametrize("reads", [0, 3, 6, 9, 12])
def test_a_store_that_goes_away_loses_nothing(
    bucket: MemoryFileSystem, tmp_path: Path, reads: int
) -> None:
    with prosopon.open(tmp_path / "a.prosopon", workers=1) as collection:
        Flaky.reads_left = reads
        try:
            done = collection.index("flaky://b/a")
            assert done.unreachable or done.remarks  # it went away when all else was read
        except ProsoponError as error:
            assert "flaky://b/a: can't be reached: the store went away" in str(error)
        with pytest.raises(ProsoponError, match="can't be reached"):
            collection.index("flaky://b/a")
        status = collection.status()
        assert status.gone == 0 and not status.failures
        Flaky.reads_left = 10**9
        done = collection.index("flaky://b/a")
        assert (done.files, done.failures, done.unreachable) == (6, {}, {})
        assert status.photos + done.files - done.unchanged == 6
        assert collection.status().examined == 6
        assert {hit.title for hit in collection.search_photos().photos} == {"", "Harvest"}
        Flaky.reads_left = -1
        shown = collection.search_photos().photos
        assert all(pictures.is_there(collection, hit.id) for hit in shown)
        assert len(collection.thumbnails(collection.view.faces.face_ids.tolist())) == len(
            collection.faces
        )
        with pytest.raises(ProsoponError, match="the store went away"):
            pictures.whole_photo(collection, shown[0].id, 320)


@pytest.mark.models
def test_other_folders_are_indexed_without_asking_the_store(
    bucket: MemoryFileSystem, album: synthetic.Album, tmp_path: Path
) -> None:
    for number in (0, 7):  # a copy of one, and another
        shutil.copy(sorted((album.folder / "images").glob("*.jpg"))[number], tmp_path)
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        collection.index("flaky://b/a/1938")
        Flaky.reads_left = -1
        done = collection.index(tmp_path)
        assert (done.files, done.remarks, done.vanished) == (2, [], 0)


@pytest.mark.models
def test_nothing_is_written_to_an_address(bucket: MemoryFileSystem, tmp_path: Path) -> None:
    before = {name: bucket.cat_file(name) for name in bucket.find("/")}
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        collection.index("flaky://b/a")
        face = int(collection.view.faces.face_ids[0])
        collection.people.name([face], "Anna")
        with pytest.raises(ProsoponError, match="nothing is written .* prosopon export people.csv"):
            collection.export(form="xmp")
        with pytest.raises(UsageError, match="relocate is for folders; index the new place"):
            collection.relocate("flaky://b/a", tmp_path)
        target = tmp_path / "people.csv"
        collection.export(target)
        assert "flaky://b/a" in target.read_text()
        assert "flaky://b/a" in collection.report(tmp_path / "report.html").read_text()
    assert {name: bucket.cat_file(name) for name in bucket.find("/")} == before


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.mark.models
def test_a_web_server_that_is_down_is_no_empty_folder(
    album: synthetic.Album, tmp_path: Path
) -> None:
    folder = tmp_path / "served" / "pictures"
    folder.mkdir(parents=True)
    for file in sorted((album.folder / "images").glob("*.jpg"))[:2]:
        shutil.copy(file, folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = f"http://127.0.0.1:{server.server_address[1]}/pictures"
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        assert collection.index(root).examined == 2
        assert collection.index(root).unchanged == 2
        server.shutdown()
        server.server_close()
        with pytest.raises(ProsoponError, match="can't be reached"):
            collection.index(root)
        assert collection.status().gone == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nowhere://x/y", "no protocol that fsspec knows"),
        ("sftp://me:secret@127.0.0.1/x", "FSSPEC_SFTP_PASSWORD"),
        ("zip://a::s3://b", "unpack it first"),
        ("memory://not/there", "no such file or folder"),
        ("lacking://b", "run  pip install lacking-driver"),
    ],
)
def test_a_wrong_address_is_told(given: str, said: str, tmp_path: Path) -> None:
    known = {"class": "lacking_driver.Driver", "err": "install it"}
    known_implementations["lacking"] = known
    with (
        prosopon.open(tmp_path / "a.prosopon") as collection,
        pytest.raises(ProsoponError, match=said) as told,
    ):
        collection.index(given)
    assert "secret" not in str(told.value)


def test_without_fsspec_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with prosopon.open(tmp_path / "a.prosopon") as collection, pytest.raises(MissingExtra) as told:
        collection.index("s3://bucket")
    assert "pip install 'prosopon-archive[remote]'" in str(told.value)


def test_the_command_line_says_so_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "prosopon", "index", "http://127.0.0.1:9/x"]
    ran = subprocess.run(
        [*command, "-c", str(tmp_path / "a.prosopon")],
        capture_output=True,
        text=True,
        env={**os.environ, "PROSOPON_CONFIG": str(tmp_path / "none.toml")},
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith("error: http://127.0.0.1:9/x: can't be reached")
    assert "Traceback" not in ran.stderr
