"""The main job from beginning to end, on an album of people who don't exist."""

import time
from dataclasses import dataclass
from pathlib import Path

from prosopon import config
from prosopon.collection.cluster import Clustered
from prosopon.collection.collection import Collection
from prosopon.collection.evaluate import Evaluated
from prosopon.collection.index import Indexed
from prosopon.collection.synthesise import synthesise
from prosopon.config import Settings
from prosopon.store import open_store
from prosopon.synthetic import Album
from prosopon.tables import Result


@dataclass(frozen=True, slots=True)
class Demo(Result):
    """What was done, and where to look."""

    album: Album
    indexed: Indexed
    clustered: Clustered
    evaluated: Evaluated
    collection: Path
    report: Path
    export: Path
    seconds: float


def demo(folder: str | Path = "demo", settings: Settings | None = None) -> Demo:
    """Draw an album into `folder`, index, cluster, evaluate, report and export it."""
    folder, settings = Path(folder), settings or config.load()
    start = time.perf_counter()
    album = draw(folder, settings)
    name = folder / "demo.prosopon"
    page, table = folder / "report.html", folder / "faces.csv"
    with Collection(open_store(str(name)), settings) as collection:
        indexed = collection.index(album.folder / "images")
        clustered = collection.cluster()
        evaluated = collection.evaluate(album.truth)
        collection.report(page, truth=album.truth)
        collection.export(table)
    seconds = time.perf_counter() - start
    return Demo(album, indexed, clustered, evaluated, name, page, table, seconds)


def draw(folder: Path, settings: Settings) -> Album:
    """The demo's album, in `folder/album`."""
    return synthesise(
        folder / "album",
        people=24,
        photos=6,
        groups=12,
        seed=1,
        size=480,
        workers=settings.workers,
    )
