"""How long the review page's pages and answers take on a large collection.

    python benchmarks/review.py [--faces 100000] [--folder DIR] [--without-suggestions]

Makes a collection of that many faces, two on a photograph, in clusters of twenty, with vectors
around one centre for each person; three clusters in ten are named. Then asks for every page over
HTTP, as one visitor, and prints of ten times in milliseconds the median, the slowest, and the
median of the processor time (of this process, which asks and answers); and how long an answer takes
until the next page shows it; and how long suggestions take that a process beside the page works out
after an answer. No photograph is read.
"""

import argparse
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import numpy as np
from sqlalchemy import insert

from prosopon import config, zoo
from prosopon.collection import Collection
from prosopon.collection.review import Review, pages
from prosopon.collection.review.suggestion_worker import work_out
from prosopon.people import Decision, Kind
from prosopon.persons import new_person_id
from prosopon.photos import HASH_BYTES
from prosopon.records import Clustering, ClusteringSpec
from prosopon.store import Store, clusterings, faces, open_store, schema
from prosopon.store.current import Current, choose
from prosopon.web import Access, application
from prosopon.web.server import listening, server

CLUSTER = 20
PAGES = (
    *("/", "/questions", "/clusters", "/people", "/leftovers", "/check", "/sheets", "/log"),
    *("/photos", "/photos?order=date", "/photos?faces=unnamed", "/photos?q=0", "/photos/777"),
    *("/search?q=person+12", "/names?q=per", "/pulse?since=0"),
)


def fill(store: Store, count: int) -> None:
    """Photographs, faces, vectors and one clustering."""
    rng = np.random.default_rng(0)
    photos = count // 2
    card, embedder = zoo.load("mtcnn").card, zoo.load("dlib-resnet-mirrored").card
    labels = np.arange(count) // CLUSTER
    labels[-count // 50 :] = -1
    centres = rng.normal(size=(count // CLUSTER + 1, 128))
    with store.begin() as connection:
        detector = faces.use_detector(connection, card, {})
        faces.use_model(connection, embedder)
        choose(connection, Current(detector, embedder.id))
        connection.execute(
            insert(schema.photos),
            [
                {
                    "id": n + 1,
                    "sha256": sha256(str(n).encode()).hexdigest(),
                    "width": 800,
                    "height": 600,
                    "orientation": 1,
                    "pixels": sha256(f"pixels {n}".encode()).hexdigest(),
                    "perceptual_hash": rng.bytes(HASH_BYTES),
                }
                for n in range(photos)
            ],
        )
        connection.execute(
            insert(schema.paths),
            [
                {
                    "path": f"/scans/{n // 500:04}/{n:07}.jpg",
                    "file": f"/scans/{n // 500:04}/{n:07}.jpg",
                    "photo_id": n + 1,
                    "sha256": sha256(str(n).encode()).hexdigest(),
                    "size": 1,
                    "mtime_ns": 1,
                }
                for n in range(photos)
            ],
        )
        order = rng.permutation(count)  # a cluster's faces are on photographs far apart
        landmarks = np.zeros((5, 2), "<f4").tobytes()
        connection.execute(
            insert(schema.faces),
            [
                {
                    "id": n + 1,
                    "photo_id": int(place) // 2 + 1,
                    "detector_id": detector,
                    "x1": 100.0 + 300 * (int(place) % 2),
                    "y1": 100.0,
                    "x2": 250.0 + 300 * (int(place) % 2),
                    "y2": 300.0,
                    "landmarks": landmarks,
                    "score": 0.99,
                    "sharpness": 1.0,
                }
                for n, place in enumerate(order)
            ],
        )
        for start in range(0, count, 10_000):
            rows = np.arange(start, min(start + 10_000, count))
            around = centres[labels[rows]] + 0.25 * rng.normal(size=(len(rows), 128))
            around /= np.linalg.norm(around, axis=1, keepdims=True)
            ids = (rows + 1).tolist()
            faces.add_embeddings(connection, ids, embedder.id, around.astype(np.float32))
        run = Clustering(
            np.arange(1, count + 1),
            labels.astype(np.int32),
            rng.uniform(0.5, 1, count).astype(np.float32),
            ClusteringSpec("made up", {}, embedder.id),
        )
        clusterings.save(connection, run, {}, {})


def report(label: str, action: Callable[[], object], repeats: int = 10) -> None:
    """Print how long `action` takes."""
    wall, used = [], []
    for _ in range(repeats):
        start, cpu = time.perf_counter(), time.process_time()
        action()
        wall.append(1000 * (time.perf_counter() - start))
        used.append(1000 * (time.process_time() - cpu))
    median = statistics.median
    print(f"{label:<24}{median(wall):9.1f}{max(wall):9.1f}{median(used):9.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--faces", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="keep the collection here, and use it again")
    parser.add_argument(
        "--without-suggestions", action="store_true", help="as before the first have come"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder or Path(scratch)
        measure(folder, arguments.faces, suggest=not arguments.without_suggestions)


def measure(folder: Path, count: int, suggest: bool) -> None:
    """Print the table."""
    made = folder / f"review-{count}.prosopon"
    if not made.exists():
        with open_store(str(made)) as store:
            fill(store, count)
            collection = Collection(store, config.load(collection=str(made)))
            collection.decide(list(named(collection, count // CLUSTER * 3 // 10)))
    name = str(shutil.copy(made, folder / "answered.prosopon"))
    with open_store(name) as store:
        collection = Collection(store, config.load(collection=name))
        review = Review(collection)
        start, cpu = time.perf_counter(), time.process_time()
        decided = collection.view.length
        wall, used = time.perf_counter() - start, time.process_time() - cpu
        print(f"{count:,} faces, {decided:,} decisions; opened in {wall:.1f} s, CPU {used:.1f} s")
        if suggest:  # the neighbour graph is made now, if it isn't there
            review.suggestions = work_out(collection)
            print(f"{len(review.suggestions.questions)} questions suggested")
        start = time.process_time()
        review.warm()  # as the server does beside the first page
        print(f"warmed, CPU {time.process_time() - start:.1f} s")
        print(f"{'ms':<24}{'median':>9}{'slowest':>9}{'CPU':>9}")
        visit(review)
        if suggest:
            report("suggestions, beside it", lambda: work_out(collection), repeats=3)


def named(collection: Collection, clusters: int) -> Iterator[Decision]:
    """Every face of the first clusters is named."""
    now = collection.view
    for label in range(clusters):
        person = (new_person_id(),)
        faces = now.faces.face_ids[now.faces.members(label)].tolist()
        yield Decision("x", Kind.CREATE, persons=person, changes={"name": f"Person {label}"})
        yield Decision("x", Kind.NAME, tuple(now.regions(faces)), persons=person)


def visit(review: Review) -> None:
    """Ask for every page, and give answers."""
    access = Access(port=0, token="")
    listener = listening(access)
    running = server(application(review, access, "benchmark"))
    threading.Thread(target=running.run, args=([listener],), daemon=True).start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    person = f"/people/{pages.people(review)[0][0].person.id}"
    cluster = f"/clusters/{pages.clusters(review)[0][0].identifier}"
    with httpx.Client(base_url=address, timeout=600) as client:
        client.get("/")
        for page in (*PAGES, cluster, person):
            report(page[:22], lambda page=page: client.get(page).raise_for_status())
        headers = {"X-CSRF-Token": access.csrf}
        said = iter({"cluster": c.identifier, "name": "New"} for c in pages.clusters(review)[0])

        def answer() -> None:
            client.post("/do/name", json=next(said), headers=headers).raise_for_status()

        report("an answer", answer)
        report("… and the next question", lambda: (answer(), client.get("/questions")))
    running.should_exit = True


if __name__ == "__main__":
    main()
