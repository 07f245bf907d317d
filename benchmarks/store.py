"""What many faces cost in a database: filling, reading, saving a clustering, verbs.

    python benchmarks/store.py /tmp/a.prosopon 50000
    python benchmarks/store.py postgresql://prosopon@127.0.0.1:5432/test 50000
    python benchmarks/store.py /tmp/a.prosopon 1000000 --quick
    python benchmarks/store.py /tmp/a.prosopon 1000000 --quick --named 300000 --persons 30000

Made-up faces, 2.5 a photograph, written as `index` writes them, eight photographs a transaction;
`--quick` writes thousands of photographs a transaction. One face in a hundred is named, given a
person at a time, unless `--named` and `--persons` say otherwise. The verbs run as a user runs them,
as programs of their own.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, insert

from prosopon.collection import Collection
from prosopon.config import load
from prosopon.people import Decision, Kind, Region, to_json
from prosopon.persons import new_person_id
from prosopon.records import Clustering, ClusteringSpec, Faces, File, Photo
from prosopon.store import (
    Store,
    catalogue,
    clusterings,
    decisions,
    faces,
    files,
    open_store,
    schema,
)
from prosopon.store.current import Current, choose
from prosopon.zoo import card

A_PHOTO = (2, 3)
"""Faces of even and of odd photographs."""
WIDTH, HEIGHT = 6000, 4000
NAMED = 100
"""One face of so many has a name, by default."""
A_PERSON = 20
"""Named faces of each person, by default."""


def main() -> None:
    """Fill a new collection and print what everything took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("collection")
    parser.add_argument("faces", type=int)
    parser.add_argument("--quick", action="store_true", help="fill in large transactions")
    parser.add_argument("--named", type=int, help="so many faces have a name")
    parser.add_argument("--persons", type=int, help="of so many persons")
    parser.add_argument("--verbs-only", action="store_true", help="it is filled already")
    arguments = parser.parse_args()
    with open_store(arguments.collection) as store:
        if not arguments.verbs_only:
            together = 4000 if arguments.quick else 8
            timed("fill", lambda: fill(store, arguments.faces, together))
            named = arguments.named or arguments.faces // NAMED
            persons = arguments.persons or -(-named // A_PERSON)
            timed("decide", lambda: decide(store, arguments.faces, named, persons))
        own = Collection(store, load(collection=arguments.collection))
        index = timed("read faces", lambda: own.view.faces)
        timed("read vectors", lambda: index.embeddings)
        if not arguments.verbs_only:
            timed("save a clustering", lambda: save(store, index.face_ids))
    for verb in (["status"], ["people", "list"], ["log"]):
        command = [sys.executable, "-m", "prosopon", *verb, "-c", arguments.collection, "--json"]
        run = partial(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)
        for turn in ("first", "again"):
            timed(f"prosopon {' '.join(verb)}, {turn}", run)


def timed(label: str, work: Callable[[], Any]) -> Any:
    """Run `work` and print its seconds, by the clock and of the processor (ours alone)."""
    start, used = time.perf_counter(), os.times()
    result = work()
    wall, now = time.perf_counter() - start, os.times()
    cpu = sum(now[:4]) - sum(used[:4])
    print(f"{label:<32}{wall:9.2f} s{cpu:9.2f} s of the processor", flush=True)
    return result


def photo_of(number: int) -> Photo:
    """The made-up photograph of that number."""
    name = f"/photos/{number // 1000:05}/{number:08}.jpg"
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Photo(digest, name, WIDTH, HEIGHT, pixels=digest[::-1])


def boxes_of(number: int) -> np.ndarray:
    """(n, 4) where its faces are, in pixels."""
    left = 500.0 * np.arange(1, 1 + A_PHOTO[number % 2])
    top = np.full_like(left, 100 + number % 2000)
    return np.stack([left, top, left + 300, top + 300], axis=1).astype(np.float32)


def fill(store: Store, count: int, together: int) -> None:
    """Write `count` faces and the photographs that they are in."""
    detector, embedder = card("yunet"), card("dlib-resnet")
    rng = np.random.default_rng(0)
    with store.begin() as connection:
        faces.use_model(connection, embedder)
        detector_id = faces.use_detector(connection, detector, {})
        choose(connection, Current(detector_id, embedder.id))
    add = add_by_the_thousand if together > 8 else add_as_index_does
    photographs = 2 * count // sum(A_PHOTO)
    for start in range(0, photographs, together):
        numbers = range(start, min(start + together, photographs))
        with store.begin() as connection:
            found = []
            for number, photo_id in zip(numbers, add(connection, numbers), strict=True):
                boxes = boxes_of(number)
                n = len(boxes)
                quality = {name: np.full(n, 0.5, np.float32) for name in faces.QUALITY}
                scores = np.full(n, 0.99, np.float32)
                landmarks = np.zeros((n, 5, 2), np.float32)
                record = Faces("", boxes, landmarks, scores, detector.id)
                found.append((photo_id, record, quality))
            ids = faces.add_detections(connection, detector_id, found)
            vectors = rng.normal(size=(len(ids), 128)).astype(np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            faces.add_embeddings(connection, ids, embedder.id, vectors)


def add_as_index_does(connection: Connection, numbers: Sequence[int]) -> list[int]:
    """The ids of new photographs."""
    made = [photo_of(number) for number in numbers]
    ids = files.add(connection, [(File(Path(one.path), 1000, 1), [one]) for one in made])
    hashes = {photo_id: hash_of(one) for photo_id, one in zip(ids, made, strict=True)}
    catalogue.set_perceptual_hashes(connection, hashes)
    return ids


def add_by_the_thousand(connection: Connection, numbers: Sequence[int]) -> list[int]:
    """The ids of new photographs, which are known to be new."""
    new = [photo_of(number) for number in numbers]
    rows = [
        {
            "sha256": photo.sha256,
            "width": WIDTH,
            "height": HEIGHT,
            "orientation": 1,
            "pixels": photo.pixels,
            "perceptual_hash": hash_of(photo),
        }
        for photo in new
    ]
    returning = insert(schema.photos).returning(schema.photos.c.id, sort_by_parameter_order=True)
    ids = list(connection.scalars(returning, rows))
    places = [
        {
            "path": photo.path,
            "file": photo.path,
            "photo_id": photo_id,
            "sha256": photo.sha256,
            "size": 1000,
            "mtime_ns": 1,
        }
        for photo, photo_id in zip(new, ids, strict=True)
    ]
    connection.execute(insert(schema.paths), places)
    return ids


def hash_of(photo: Photo) -> bytes:
    """A perceptual hash of nothing."""
    return hashlib.sha256(photo.sha256.encode()).digest()


def decide(store: Store, count: int, named: int, persons: int) -> None:
    """Name `named` faces of photographs far apart, a person at a time."""
    photographs = np.linspace(0, 2 * count // sum(A_PHOTO) - 1, named).astype(int)
    made = []
    for number, theirs in enumerate(np.array_split(photographs, persons)):
        person = new_person_id()
        changes = {"name": f"P {number}"}
        made.append(Decision("Ada", Kind.CREATE, persons=(person,), changes=changes))
        regions = []
        for photograph in theirs.tolist():
            x1, y1, x2, y2 = boxes_of(photograph)[0].tolist()
            box = (x1 / WIDTH, y1 / HEIGHT, x2 / WIDTH, y2 / HEIGHT)
            regions.append(Region(photo_of(photograph).sha256, box))
        made.append(Decision("Ada", Kind.NAME, tuple(regions), persons=(person,)))
    with store.begin(same_version=True) as connection:
        decisions.append(connection, [to_json(entry) for entry in made])


def save(store: Store, face_ids: np.ndarray) -> None:
    """Keep a clustering of all faces, ten to a cluster."""
    n = len(face_ids)
    labels = (np.arange(n) // 10).astype(np.int32)
    recipe = ClusteringSpec("adaptive", {"threshold": 0.94}, "dlib-resnet", {"k": 80})
    made = Clustering(face_ids, labels, np.full(n, 0.5, np.float32), recipe)
    qualities = dict.fromkeys(range(n // 10), 0.9)
    with store.begin() as connection:
        clusterings.save(connection, made, {}, qualities)


if __name__ == "__main__":
    main()
