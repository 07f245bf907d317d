"""How fast the main stages are on this machine, beside dlib and scikit-learn."""

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from prosopon import baselines, clustering, config, graph, photos, version, zoo
from prosopon.collection.collection import Collection
from prosopon.collection.models import Detector, Embedder
from prosopon.collection.review import Review, pages
from prosopon.collection.synthesise import synthesise
from prosopon.config import Settings
from prosopon.files import write_text
from prosopon.metrics.clustering import Contingency, pairwise_scores
from prosopon.progress import track
from prosopon.records import Embeddings, Float32, Int64, UInt8
from prosopon.store import open_store
from prosopon.tables import Result, Table

SAME = 0.94
"""Cosine from which two drawn vectors count as one person, for all methods."""
NEIGHBOURS = 80
PACKAGES = (
    *("numpy", "onnxruntime", "opencv-python-headless", "dlib-bin", "scikit-learn", "numba"),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One row."""

    stage: str
    by: str
    value: float
    unit: str
    note: str = ""
    """What came of it: faces found, pairwise F."""


@dataclass(frozen=True, slots=True)
class Benched(Result):
    """The table, and where it was measured."""

    table: Table[Measured]
    machine: str
    versions: dict[str, str]
    models: dict[str, str]
    date: str
    seconds: float

    def markdown(self) -> str:
        """The same as a page."""
        lines = [f"Measured {self.date} on {self.machine}, in {self.seconds:.0f} s.", ""]
        lines += [", ".join(f"{name} {one}" for name, one in self.versions.items()) + ".", ""]
        lines += [", ".join(f"{task}: {name}" for task, name in self.models.items()) + ".", ""]
        lines += ["| stage | by | | | what came of it |", "|---|---|--:|---|---|"]
        lines += [
            f"| {row.stage} | {row.by} | {_number(row.value)} | {row.unit} | {row.note} |"
            for row in self.table
        ]
        return "\n".join(lines) + "\n"


def bench(
    output: str | Path | None = None, settings: Settings | None = None, *, faces: int = 10_000
) -> Benched:
    """Measure the main stages on drawn people; about five minutes on two cores.

    output : a file to write the table to, as Markdown.
    faces : how many vectors are searched and clustered.
    """
    settings = settings or config.load()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        table = Table(_rows(Path(folder), settings, faces))
    versions = {"Prosopon": version.__version__, "Python": platform.python_version()}
    done = Benched(
        table,
        _machine(),
        versions | {name: _version(name) for name in PACKAGES},
        {"detector": settings.detector, "embedder": settings.embedder},
        datetime.now(UTC).date().isoformat(),
        time.perf_counter() - start,
    )
    if output is not None:
        write_text(Path(output), done.markdown())
    return done


def _rows(folder: Path, settings: Settings, faces: int) -> Iterator[Measured]:
    album = synthesise(
        *(folder / "album",), people=8, photos=4, groups=4, seed=1, size=640,
        workers=settings.workers,
    )  # fmt: skip
    files = sorted((album.folder / "images").iterdir())
    pictures = [photos.read(path, settings.limits).pixels for path in files]
    yield from _detection(pictures, settings)
    yield from _embedding(pictures, settings)
    yield from _album(folder, files, settings)
    yield from _vectors(faces)


def _detection(pictures: Sequence[UInt8], settings: Settings) -> Iterator[Measured]:
    stage = "find the faces in a photograph of 640 pixels"
    cnn = baselines.dlib_cnn_detector(zoo.checked_source(zoo.card("mmod")))
    finders: list[tuple[str, Callable[[UInt8], int], int]] = [
        (f"Prosopon, {name}", _counting(Detector(name)), count)
        for name, count in ((settings.detector, 36), ("mmod", 12))
    ]
    finders.append(("dlib, CNN (the same network as mmod)", cnn, 4))
    finders.append(("dlib, HOG", baselines.dlib_hog_detector(), 36))
    for by, find, count in track(finders, "finding faces"):
        find(pictures[0])  # what is loaded at the first call is not measured
        some = pictures[:count]
        milliseconds, found = _timed(partial(_each, find, some))
        note = f"{sum(found)} faces in {len(some)} photographs"
        yield Measured(stage, by, milliseconds / len(some), "ms", note)


def _each(find: Callable[[UInt8], int], pictures: Sequence[UInt8]) -> list[int]:
    return [find(one) for one in pictures]


def _counting(detector: Detector) -> Callable[[UInt8], int]:
    return lambda pixels: len(detector.find(pixels))


def _embedding(pictures: Sequence[UInt8], settings: Settings) -> Iterator[Measured]:
    stage = "turn a face into a vector"
    finder, embedder = Detector(settings.detector), Embedder("dlib-resnet")
    chips = np.concatenate([embedder.cut(one, finder.find(one)) for one in pictures[:20]])[:16]
    ours = embedder.embed(chips)
    milliseconds, _ = _timed(lambda: embedder.embed(chips))
    yield Measured(stage, "Prosopon, dlib-resnet", milliseconds / len(chips), "ms")
    theirs = baselines.dlib_embedder(zoo.checked_source(zoo.card("dlib-resnet")))
    milliseconds, found = _timed(lambda: [theirs(chip) for chip in islice(chips, 8)])
    unit = np.array(found) / np.linalg.norm(found, axis=1, keepdims=True)
    apart = float(np.abs(unit - ours[: len(unit)]).max())
    note = f"the same numbers: at most {apart:.1e} apart"
    yield Measured(stage, "dlib (the same network)", milliseconds / len(found), "ms", note)


def _album(folder: Path, files: Sequence[Path], settings: Settings) -> Iterator[Measured]:
    with Collection(open_store(str(folder / "bench.prosopon")), settings) as collection:
        milliseconds, indexed = _timed(lambda: collection.index(files[0].parent))
        rate = 1000 * len(files) / milliseconds
        note = f"{indexed.faces} faces in {len(files)} photographs; models loaded besides"
        yield Measured("index an album", "Prosopon", rate, "photographs a second", note)
        collection.cluster()
        milliseconds, _ = _timed(lambda: pages.clusters(Review(collection)))
        yield Measured("open the page of clusters", "Prosopon", milliseconds, "ms")


def _vectors(n: int) -> Iterator[Measured]:
    vectors, truth = drawn_vectors(n)
    embeddings = Embeddings(np.arange(n), vectors, "drawn")
    graph.build(vectors[:200], NEIGHBOURS)  # compiles
    stage = f"find the {NEIGHBOURS} nearest of each of {n:,} faces"
    milliseconds, found = _timed(lambda: graph.build(embeddings, NEIGHBOURS))
    yield Measured(stage, "Prosopon", milliseconds / 1000, "s")
    milliseconds, _ = _timed(lambda: baselines.sklearn_neighbours(vectors, NEIGHBOURS))
    yield Measured(stage, "scikit-learn, brute force", milliseconds / 1000, "s")
    estimator = clustering.make("adaptive", threshold=SAME)
    clustering.run(estimator, graph.build(vectors[:200], NEIGHBOURS))  # compiles
    runs: list[tuple[str, Callable[[], Any]]] = [
        ("Prosopon, adaptive, on that graph", lambda: clustering.run(estimator, found).labels),
        ("scikit-learn, DBSCAN", lambda: baselines.sklearn_dbscan(vectors, SAME)),
        ("dlib, Chinese whispers", lambda: baselines.dlib_chinese_whispers(vectors, SAME)),
    ]
    for by, fit in track(runs, "clustering"):
        milliseconds, labels = _timed(fit)
        scored = pairwise_scores(Contingency.of(truth, labels))["f"]
        yield Measured(
            f"group {n:,} faces", by, milliseconds / 1000, "s", f"pairwise F {scored:.3f}"
        )


def drawn_vectors(n: int, seed: int = 0) -> tuple[Float32, Int64]:
    """(n, 128) unit vectors of people who don't exist, and whose they are.

    As of dlib's network: all point one way (strangers have a cosine of .8, one person's of .95 on
    average), and most people have few photographs.
    """
    random = np.random.default_rng(seed)
    sizes = np.minimum(random.geometric(0.12, n), 60)
    truth = np.repeat(np.arange(n), sizes)[:n]
    common = random.standard_normal(128)
    people = common / np.linalg.norm(common) + 0.45 * random.standard_normal((n, 128)) / np.sqrt(
        128
    )
    spread = random.uniform(0.1, 0.38, (n, 1))  # sharp and poor photographs
    vectors = people[truth] + spread * random.standard_normal((n, 128)) / np.sqrt(128)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), truth


def _number(value: float) -> str:
    return f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    done = work()
    return 1000 * (time.perf_counter() - start), done


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores, {_processor()}"


def _processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "processor not told"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
