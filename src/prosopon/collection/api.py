"""The verbs as methods, for programs and notebooks.

    import prosopon

    with prosopon.open("archive.prosopon") as archive:
        archive.index("scans/")
        archive.cluster()
        archive.report("people.html")

Each method does what the verb of the same name does, and returns the same result.
"""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from prosopon import config
from prosopon.collection import cluster as cluster_workflow
from prosopon.collection import evaluate as evaluate_workflow
from prosopon.collection import export as export_workflow
from prosopon.collection import index as index_workflow
from prosopon.collection import report as report_workflow
from prosopon.collection import status as status_workflow
from prosopon.collection.copies import copies as copies_of
from prosopon.collection.current import current
from prosopon.records import Clustering, Embeddings
from prosopon.store import Store, clusterings, faces, open_store
from prosopon.store.faces import FaceTable


class Collection:
    """A collection of photographs and what is known of the faces in them."""

    def __init__(self, store: Store, settings: config.Settings) -> None:
        self.store = store
        self._settings = settings

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.store.__exit__(kind, error, trace)

    def index(self, *folders: str | Path, retry: bool = False) -> index_workflow.Indexed:
        """Find, align and embed every face in the photographs below `folders`."""
        roots = [Path(folder) for folder in folders]
        return index_workflow.index(self.store, roots, self._settings, retry=retry)

    def cluster(self, method: str | None = None, **parameters: Any) -> cluster_workflow.Clustered:
        """Group the faces by person; see docs/clustering.md for methods and parameters."""
        return cluster_workflow.cluster(self.store, method or self._settings.method, parameters)

    def evaluate(self, truth: str | Path) -> evaluate_workflow.Evaluated:
        """Score the last clustering against a folder per person, or a CSV."""
        return evaluate_workflow.evaluate(self.store, Path(truth))

    def report(self, target: str | Path) -> Path:
        """Write the collection as one HTML page."""
        return report_workflow.report(self.store, Path(target), self._settings)

    def export(self, target: str | Path) -> export_workflow.Exported:
        """Write every face to a file; its name's end tells the format."""
        return export_workflow.export(self.store, self._settings, Path(target))

    def status(self) -> status_workflow.Status:
        """What the collection holds, and which files could not be used."""
        return status_workflow.status(self.store)

    def copies(self) -> dict[int, int]:
        """Photo id → id of the photo that it is a re-saved or resized copy of."""
        return copies_of(self.store)

    def faces(self) -> FaceTable:
        """Every face found by the current detector, column by column."""
        with self.store.read() as connection:
            chosen = current(self.store, connection)
            return faces.load_faces(connection, detector_id=chosen.detector_id)

    def embeddings(self) -> Embeddings:
        """The vectors of these faces under the current embedder."""
        with self.store.read() as connection:
            chosen = current(self.store, connection)
            return faces.load_embeddings(connection, chosen.embedder, chosen.detector_id)

    def clustering(self, run: int | None = None) -> Clustering | None:
        """A run of a clusterer (the last one by default), None where there is none."""
        with self.store.read() as connection:
            found = clusterings.find(connection, run)
            return None if found is None else clusterings.load(connection, found.id)


def open(collection: str | Path | None = None, **settings: Any) -> Collection:
    """Open a collection, and make it where there is none.

    collection : a file, or a database's URL; without it, the settings decide.
    settings : any of `prosopon.config.Settings`, such as `detector="mmod"`.

    Raises UsageError for a setting that doesn't exist, ProsoponError for what is no collection.
    """
    chosen = config.load(collection=None if collection is None else str(collection), **settings)
    return Collection(open_store(chosen.collection), chosen)
