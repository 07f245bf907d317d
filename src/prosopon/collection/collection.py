"""One object owns a collection: what there is, what may be shown, what was decided, every verb."""

import gc
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from prosopon import config
from prosopon.collection.attributes import Attributes
from prosopon.collection.contributions import Contributions
from prosopon.collection.faces import FaceIndex
from prosopon.collection.following import Following
from prosopon.collection.listing import Face, faces
from prosopon.collection.people import People
from prosopon.collection.users import Users
from prosopon.collection.verb import Verb
from prosopon.collection.view import Clusters, CollectionView
from prosopon.errors import UsageError
from prosopon.paths import from_root
from prosopon.people import Decision, State, to_json
from prosopon.people.turning import Turn
from prosopon.records import Embeddings, NeighbourGraph, Photo
from prosopon.store import Connection, Store, catalogue, decisions, files, forgotten, open_store
from prosopon.store.current import chosen
from prosopon.store.database import version
from prosopon.store.faces import FaceTable
from prosopon.tables import Table

if TYPE_CHECKING:
    from prosopon.clustering import Constraints
    from prosopon.collection import backup as _backup
    from prosopon.collection import captions as _captions
    from prosopon.collection import cluster as _cluster
    from prosopon.collection import copies as _copies
    from prosopon.collection import dating as _dating
    from prosopon.collection import divide as _divide
    from prosopon.collection import enrol as _enrol
    from prosopon.collection import evaluate as _evaluate
    from prosopon.collection import export as _export
    from prosopon.collection import find as _find
    from prosopon.collection import forget as _forget
    from prosopon.collection import importing as _importing
    from prosopon.collection import index as _index
    from prosopon.collection import info as _info
    from prosopon.collection import parameter_sweep as _parameter_sweep
    from prosopon.collection import photographs as _photographs
    from prosopon.collection import pictures as _pictures
    from prosopon.collection import reconciling as _reconciling
    from prosopon.collection import relocate as _relocate
    from prosopon.collection import report as _report
    from prosopon.collection import status as _status
    from prosopon.collection import suggest as _suggest
    from prosopon.collection import watch as _watch


class Collection:
    """A collection of photographs and what is known of the faces in them.

    Its attributes are loaded when they are first asked for, and again when the store has moved on;
    `view` holds all of them as they stand at one moment. Several threads may use one.

    Faces are `visible` without restricted persons, without what is no face or to be ignored; only
    indexing and forgetting ask for `all_faces`. Clusters are called by their lasting identifiers.
    """

    def __init__(
        self, store: Store, settings: config.Settings, *, embedder: str | None = None
    ) -> None:
        """embedder : whose vectors are taken; by default those last indexed."""
        self.store = store
        self.settings = settings
        self._embedder = embedder
        self._lock = threading.Lock()
        self._version = ""
        self._following: Following | None = None

    def __repr__(self) -> str:
        return f"<collection {self.name}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.store.__exit__(kind, error, trace)

    def using(self, embedder: str | None) -> "Collection":
        """The same collection by the vectors of another embedder."""
        return Collection(self.store, self.settings, embedder=embedder) if embedder else self

    @property
    def name(self) -> str:
        """As the user gave it: a file, or a database's URL."""
        return self.store.name

    @property
    def is_indexed(self) -> bool:
        """Whether an index run has ended well, so that there are faces to speak of."""
        with self.store.read() as connection:
            return chosen(connection) is not None

    @property
    def view(self) -> CollectionView:
        """The collection as it stands. Raises ProsoponError where nothing is indexed yet.

        Other faces or another clustering are loaded anew; the log is followed decision by decision,
        also those of other processes.
        """
        with self._lock, self.store.read() as connection, _nothing_collected():
            now = version(connection)
            if self._following is None or now != self._version:
                self._following = self._loaded(connection)
                self._version = now
            assert self._following is not None
            return self._following.view(connection)

    def view_of(self, run: int | None) -> CollectionView:
        """The collection in the clusters of an earlier run; None: of the last one.

        Raises ProsoponError if there is no such run.
        """
        view = self.view
        return view if run is None else replace(view, faces=view.faces.of_run(run))

    def decide(self, made: Sequence[Decision], by: str | None = None) -> Sequence[Decision]:
        """Add decisions to the log, all or none; returns them as they were added.

        by : whose right it takes, where there are users; by default the first one's author. What a
            contributor decides is added as contributions.

        Raises NotAllowed, or UsageError where there are users and this is none.
        """
        with self.store.begin(same_version=True) as connection:
            added = self.users.permitted(connection, made, by or made[0].author)
            decisions.append(connection, [to_json(entry) for entry in added])
        return added

    @property
    def photos(self) -> Mapping[int, Photo]:
        """Every photograph that is still at a path, by number."""
        with self.store.read() as connection:
            numbers = sorted({number for _, number in catalogue.all_paths(connection)})
            return catalogue.find_many(connection, numbers)

    def find_photo(self, photo: int | str | Path) -> tuple[int, Photo]:
        """Number and photograph, by number or path.

        Raises UsageError for one that is not in the collection, or whose file is gone.
        """
        reason = "not a photograph of this collection, or its file is gone; index its folder first"
        with self.store.read() as connection:
            if isinstance(photo, int):
                known = catalogue.find_many(connection, [photo]).get(photo)
                found = None if known is None else (photo, known)
            else:
                path = from_root(photo)
                found = catalogue.find(connection, path)
                reason = files.failure_reasons(connection).get(str(path), reason)
        if found is None:
            raise UsageError(f"{photo}: {reason}")
        return found

    @cached_property
    def people(self) -> People:
        """Who there is, and who the faces are: what is decided there is kept in the log."""
        return People(self)

    @cached_property
    def users(self) -> Users:
        """Who may use the collection over the page, and what each may do."""
        return Users(self)

    @cached_property
    def contributions(self) -> Contributions:
        """What contributors suggested and waits for a curator's word."""
        return Contributions(self)

    @cached_property
    def attributes(self) -> Attributes:
        """What the faces show: `attributes()` is the table, `attributes.predict()` makes it."""
        return Attributes(self)

    @property
    def all_faces(self) -> FaceTable:
        """All faces that the current detector found, those too that may not be shown."""
        return self.view.faces.table

    @property
    def faces(self) -> Table[Face]:
        """The faces that may be shown, with where they are and who: `.to_pandas()`."""
        return faces(self.view)

    @property
    def visible(self) -> FaceTable:
        """The faces that may be shown, as arrays."""
        return self.view.visible

    @property
    def clustering(self) -> Clusters | None:
        """Which clusters the visible faces are in; None where nothing is clustered yet."""
        return self.view.clusters

    @property
    def decisions(self) -> Sequence[Decision]:
        """The log, the oldest first. What it comes to is `state`."""
        return self.view.log

    @property
    def state(self) -> State:
        """What holds after all decisions."""
        return self.view.state

    @property
    def embeddings(self) -> Embeddings:
        """The vectors of the visible faces."""
        view = self.view
        all_of_them = view.faces.embeddings
        rows = np.isin(all_of_them.face_ids, view.visible.ids)
        return Embeddings(all_of_them.face_ids[rows], all_of_them.vectors[rows], all_of_them.model)

    @property
    def graph(self) -> NeighbourGraph:
        """The neighbours of all faces, those too that may not be shown."""
        return self.view.faces.graph

    @property
    def constraints(self) -> "Constraints":
        """What people decided of pairs of faces, by row of `graph`."""
        return self.view.constraints

    @property
    def threshold(self) -> float:
        """The cosine that tells people apart here."""
        return self.view.faces.threshold

    if TYPE_CHECKING:
        backup = _backup.backup
        calibrate = _parameter_sweep.calibrate
        cluster = _cluster.cluster
        compare = _parameter_sweep.compare
        copies = _copies.copies
        date = _dating.date
        divide = _divide.divide
        enrol = _enrol.enrol
        evaluate = _evaluate.evaluate
        export = _export.export
        find = _find.find
        forget = _forget.forget
        import_ = _importing.import_
        index = _index.index
        info = _info.info
        large_face = _pictures.large_face
        match = _reconciling.match
        name_from_captions = _captions.name_from_captions
        photographs = _photographs.photographs
        pixels = _pictures.pixels
        profile = _status.profile
        propagate = _suggest.propagate
        relocate = _relocate.relocate
        report = _report.report
        search_photos = _photographs.search_photos
        status = _status.status
        suggest = _suggest.suggest
        suggest_faces = _suggest.suggest_faces
        suggest_from_captions = _captions.suggest_from_captions
        suggest_merges = _suggest.suggest_merges
        suggest_questions = _suggest.suggest_questions
        sweep = _parameter_sweep.sweep
        thumbnails = _pictures.thumbnails
        watch = _watch.watch
    else:
        backup = Verb("backup")
        calibrate = Verb("calibrate", "parameter_sweep")
        cluster = Verb("cluster")
        compare = Verb("compare", "parameter_sweep")
        copies = Verb("copies")
        date = Verb("date", "dating")
        divide = Verb("divide")
        enrol = Verb("enrol")
        evaluate = Verb("evaluate")
        export = Verb("export")
        find = Verb("find")
        forget = Verb("forget")
        import_ = Verb("import_", "importing")
        index = Verb("index")
        info = Verb("info")
        large_face = Verb("large_face", "pictures")
        match = Verb("match", "reconciling")
        name_from_captions = Verb("name_from_captions", "captions")
        photographs = Verb("photographs")
        pixels = Verb("pixels", "pictures")
        profile = Verb("profile", "status")
        propagate = Verb("propagate", "suggest")
        relocate = Verb("relocate")
        report = Verb("report")
        search_photos = Verb("search_photos", "photographs")
        status = Verb("status")
        suggest = Verb("suggest")
        suggest_faces = Verb("suggest_faces", "suggest")
        suggest_from_captions = Verb("suggest_from_captions", "captions")
        suggest_merges = Verb("suggest_merges", "suggest")
        suggest_questions = Verb("suggest_questions", "suggest")
        sweep = Verb("sweep", "parameter_sweep")
        thumbnails = Verb("thumbnails", "pictures")
        watch = Verb("watch")

    def _loaded(self, connection: Connection) -> Following:
        """What follows the log, with the faces and clusters that there are now."""
        background_too = self.settings.background_faces
        faces = FaceIndex.load(self.store, connection, self._embedder, background_too)
        turned = catalogue.turned(connection)
        turns = {photo: Turn(*became) for photo, became in turned.items()}
        before = self._following
        return before.on(faces, turns) if before else Following(faces, turns)


def open(collection: str | Path | None = None, **settings: Any) -> Collection:
    """Open a collection, and make it where there is none.

    collection : a file, or a database's URL; without it, the settings decide.
    settings : any of `prosopon.config.Settings`, such as `detector="mmod"`.

    Raises UsageError for a setting that doesn't exist, ProsoponError for what is no collection.
    """
    chosen = config.load(collection=None if collection is None else str(collection), **settings)
    return open_with(chosen)


def open_with(settings: config.Settings, *, create: bool = True) -> Collection:
    """Open the collection that the settings name, and finish what was cut short in it.

    create : make it where there is none; otherwise that is a ProsoponError.
    """
    store = open_store(settings.collection, create=create)
    forgotten.finish_interrupted(store)
    return Collection(store, settings)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """While a log is read millions of objects come and none goes: Python's search for cycles would
    look at all of them again and again, in a quarter of the time and more."""
    usual = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if usual:
            gc.enable()
