"""Photos, faces, embeddings, clusterings: what goes in comes out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection

from prosopon.errors import ProsoponError
from prosopon.records import Clustering, ClusteringSpec, Faces, File, ModelCard, Photo
from prosopon.store import Store, catalogue, clusterings, faces, files, open_store, runs
from prosopon.store.files import Known
from prosopon.store.thumbnails import Thumbnails

DETECTOR = ModelCard("d", "detector", "fake", "0" * 64, "CC0-1.0", "file:d")
EMBEDDER = ModelCard("e", "embedder", "fake", "1" * 64, "CC0-1.0", "file:e")


def photo(number: int) -> Photo:
    return Photo(f"{number:064x}", f"/photos/{number}.jpg", 640, 480)


def file(path: str, size: int = 10, mtime_ns: int = 5) -> File:
    return File(Path(path), size, mtime_ns)


def add(connection: Connection, photo: Photo, file: File) -> int:
    (photo_id,) = files.add(connection, [(file, [replace(photo, path=str(file.path))])])
    return photo_id


def some_faces(n: int, seed: int = 0) -> Faces:
    rng = np.random.default_rng(seed)
    boxes = rng.uniform(0, 400, (n, 4)).astype(np.float32)
    landmarks = rng.uniform(0, 400, (n, 5, 2)).astype(np.float32)
    return Faces("", boxes, landmarks, rng.uniform(0, 1, n).astype(np.float32), "d")


def quality(n: int) -> dict[str, np.ndarray]:
    values = {name: np.arange(n, dtype=np.float32) for name in faces.QUALITY}
    values["yaw"] = np.full(n, np.nan, np.float32)
    return values


def index_one(store: Store, number: int, found: Faces) -> list[int]:
    with store.begin() as connection:
        faces.use_model(connection, EMBEDDER)
        detector_id = faces.use_detector(connection, DETECTOR, {"smallest_face": 40})
        photo_id = add(connection, photo(number), file(f"/photos/{number}.jpg"))
        ids = faces.add_detections(
            connection, detector_id, [(photo_id, found, quality(len(found)))]
        )
        vectors = np.eye(len(ids), 4, dtype=np.float32)
        faces.add_embeddings(connection, ids, "e", vectors)
    return ids


def test_one_photo_at_two_paths(store: Store) -> None:
    with store.begin() as connection:
        first = add(connection, photo(1), file("/a.jpg"))
        second = add(connection, photo(1), file("/b.jpg"))
    assert first == second
    with store.read() as connection:
        assert catalogue.counts(connection) == {"photos": 1, "paths": 2, "gone": 0, "failures": 0}
        found = catalogue.find(connection, Path("/b.jpg"))
        assert found is not None
        assert found[1].sha256 == photo(1).sha256


def test_a_changed_file_is_another_photo(store: Store) -> None:
    with store.begin() as connection:
        before = add(connection, photo(1), file("/a.jpg"))
        assert files.unchanged(connection, [file("/a.jpg")]) == {Path("/a.jpg"): Known([before])}
        assert files.unchanged(connection, [file("/a.jpg", mtime_ns=6)]) == {}
        after = add(connection, photo(2), file("/a.jpg", mtime_ns=6))
        assert before != after
        assert catalogue.all_paths(connection) == [("/a.jpg", after)]


def test_failures_are_kept_until_the_file_gives_a_picture(store: Store) -> None:
    with store.begin() as connection:
        files.add_failure(connection, "/a.jpg", file("/a.jpg"), "file is empty")
        files.add_failure(connection, "/a.jpg", file("/a.jpg"), "file is empty")
        assert files.unchanged(connection, [file("/a.jpg")]) == {
            Path("/a.jpg"): Known([], failed=True)
        }
        assert files.failure_reasons(connection) == {"/a.jpg": "file is empty"}
        add(connection, photo(1), file("/a.jpg", size=11))
        assert files.failure_reasons(connection) == {}


def test_faces_and_vectors_come_back_as_they_were(store: Store) -> None:
    found = some_faces(3)
    ids = index_one(store, 1, found)
    with store.read() as connection:
        table = faces.load_faces(connection, face_ids=ids)
        embeddings = faces.load_embeddings(connection, "e", 1)
    assert table.ids.tolist() == embeddings.face_ids.tolist() == ids
    np.testing.assert_array_equal(table.boxes, found.boxes)
    np.testing.assert_array_equal(table.landmarks, found.landmarks)
    np.testing.assert_array_equal(table.scores, found.scores)
    np.testing.assert_array_equal(table.quality["roll"], [0, 1, 2])
    assert np.isnan(table.quality["yaw"]).all()
    np.testing.assert_array_equal(embeddings.vectors, np.eye(3, 4))


def test_what_is_left_to_do(store: Store) -> None:
    index_one(store, 1, some_faces(2))
    with store.begin() as connection:
        other = add(connection, photo(2), file("/photos/2.jpg"))
        assert catalogue.unfinished(connection, [1, other], 1, "e") == {other: False}
        assert catalogue.unfinished(connection, [1], 1, "another") == {1: True}
        detector = faces.use_detector(connection, DETECTOR, {"smallest_face": 20})
        assert catalogue.unfinished(connection, [1], detector, "e") == {1: False}


def test_faces_of_a_vanished_photo_are_kept_but_not_shown(store: Store) -> None:
    ids = index_one(store, 1, some_faces(2))
    with store.begin() as connection:
        assert files.below(connection, Path("/photos")) == [Path("/photos/1.jpg")]
        assert files.below(connection, Path("/photo")) == []
        files.mark_gone(connection, [Path("/photos/1.jpg")])
        assert len(faces.load_faces(connection, face_ids=ids)) == 0
        assert len(faces.load_embeddings(connection, "e", 1)) == 0
        add(connection, photo(1), file("/elsewhere/1.jpg"))
        assert len(faces.load_faces(connection, face_ids=ids)) == 2


def test_a_model_with_other_weights_is_refused(store: Store) -> None:
    index_one(store, 1, some_faces(1))
    other = ModelCard("e", "embedder", "fake", "2" * 64, "CC0-1.0", "file:e")
    with pytest.raises(ProsoponError, match="add them under another id"), store.begin() as c:
        faces.use_model(c, other)


def test_clusterings_are_kept_with_their_recipe(store: Store) -> None:
    ids = np.array(index_one(store, 1, some_faces(4)))
    recipe = ClusteringSpec("dbscan", {"eps": 0.3}, "e", {"k": 80})
    labels = np.array([1, 1, -1, 0], np.int32)
    made = Clustering(ids, labels, np.array([0.5, 1, 0, 1], np.float32), recipe)
    with store.begin() as connection:
        run = clusterings.save(connection, made, {1: 17}, {1: 0.75})
        found = clusterings.find(connection)
        assert found is not None
        assert (found.id, found.recipe, found.faces, found.clusters) == (run, recipe, 4, 2)
        back = clusterings.load(connection, run)
        np.testing.assert_array_equal(back.labels, labels)
        np.testing.assert_array_equal(back.membership, made.membership)
        table = clusterings.load_clusters(connection, run)
        fresh, kept = table.identifiers.tolist()
        assert (fresh > 0, kept, table.sizes.tolist()) == (True, 17, [1, 2])
        again = clusterings.save(connection, made, {}, {})
        new = clusterings.load_clusters(connection, again).identifiers.tolist()
        assert not {fresh, kept} & set(new)
        with pytest.raises(ProsoponError, match="no such run; there are: 1"):
            clusterings.find(connection, 99)


def test_runs(store: Store) -> None:
    with store.begin() as connection:
        run = runs.start(connection, "index", {"roots": ["/a"]})
        runs.end(connection, run, "done", {"faces": 3})
        (kept,) = runs.list_runs(connection, "index")
        assert (kept.status, kept.figures, kept.options) == (
            "done",
            {"faces": 3},
            {"roots": ["/a"]},
        )
        assert runs.list_runs(connection, "cluster") == []


def test_thumbnails_are_kept_dropped_and_survive_damage(tmp_path: Path) -> None:
    thumbnails = Thumbnails(tmp_path / "cache")
    assert thumbnails.get([1]) == {}
    thumbnails.put({1: b"one" * 50, 2: b"two" * 50})
    assert thumbnails.get([1, 2, 3]) == {1: b"one" * 50, 2: b"two" * 50}
    thumbnails.drop([1])
    assert thumbnails.get([1, 2]) == {2: b"two" * 50}
    for part in (tmp_path / "cache").iterdir():
        assert b"oneone" not in part.read_bytes()
        part.write_bytes(b"no database at all" * 100)
    assert thumbnails.get([2]) == {}
    thumbnails.put({3: b"three"})
    assert thumbnails.get([3]) == {3: b"three"}


def test_a_second_writer_is_refused(store: Store) -> None:
    url = store._engine.url
    name = url.database if url.drivername == "sqlite" else url.render_as_string(False)
    with open_store(str(name)) as second:
        held = "another run is writing"
        with store.writing(), pytest.raises(ProsoponError, match=held), second.writing():
            pass
        with second.writing():
            pass
