"""Faces in pictures that other programs send: found, compared, recognised. No picture is kept.

Who registered, by this service, is known until it ends; who is named in the collection, as long as
that says so. Faces of restricted persons are never among the answers.
"""

import os
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import numpy as np

from prosopon import zoo
from prosopon.collection.collection import Collection
from prosopon.collection.index_worker import FaceExtractor, Task
from prosopon.collection.roster import NOBODY
from prosopon.errors import Busy, NotHere, UsageError
from prosopon.geometry.boxes import main_face
from prosopon.persons import clean_name
from prosopon.records import Float32, Float64

MOST_REGISTERED = 100_000
PATIENCE = 60.0
"""Seconds that a picture waits for those before it."""


@dataclass(frozen=True, slots=True)
class ServedFace:
    """A face in a picture that was sent."""

    box: tuple[float, float, float, float]
    """x1, y1, x2, y2 in pixels of the upright picture."""
    score: float
    vector: Float32
    """(d,) unit length."""


@dataclass(frozen=True, slots=True)
class Registered:
    """Somebody whose face was sent to be recognised later."""

    id: str
    name: str
    vector: Float32
    labels: Mapping[str, str] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody known who resembles a face."""

    id: str
    """As it was registered, or the person's identifier in the collection."""
    name: str
    cosine: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SimilarFace:
    """A face of the collection that resembles another."""

    face: int
    photo: int
    box: tuple[float, ...]
    cosine: float
    person: str
    """Name; empty for nobody named."""


class FaceService:
    """Answers about faces, with the models of a collection. Several threads may ask."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        settings = collection.settings
        if collection.is_indexed:
            settings = settings.model_copy(update={"embedder": collection.view.faces.embedder})
        self.model = settings.embedder
        self._extractor = FaceExtractor.of(settings)
        self._registered: dict[str, Registered] = {}
        self._looking = threading.Lock()

    @property
    def threshold(self) -> float:
        """The cosine that tells two people apart, as calibrated for the model."""
        known = zoo.card(self.model).threshold
        if known is None:
            raise UsageError(f"{self.model} is not calibrated: give a threshold, or run calibrate")
        return known.cosine

    def extract(self, picture: bytes) -> list[ServedFace]:
        """The faces in a picture file.

        Raises UsageError for what is no picture, Busy where too many are waiting.
        """
        if not self._looking.acquire(timeout=PATIENCE):
            raise Busy("too many pictures at once: send them one after the other")
        try:
            with tempfile.TemporaryDirectory() as folder:  # the decoders take files
                path = os.path.join(folder, "picture")  # noqa: PTH118 (a text is wanted)
                with open(path, "wb") as file:  # noqa: PTH123
                    file.write(picture)
                ((found,), _) = self._extractor.examine([Task(0, path, None)])
        finally:
            self._looking.release()
        if found.failure is not None or found.faces is None:
            raise UsageError(f"the picture can't be used: {found.failure}")
        faces = found.faces
        return [
            ServedFace((box[0], box[1], box[2], box[3]), float(score), vector)
            for box, score, vector in zip(
                faces.boxes.tolist(), faces.scores, found.vectors, strict=True
            )
        ]

    def main_face(self, picture: bytes) -> ServedFace:
        """The face that a picture is of. Raises UsageError where there is none."""
        found = self.extract(picture)
        if not found:
            raise UsageError("no face was found in the picture")
        boxes = np.array([face.box for face in found], np.float32)
        right, bottom = boxes[:, 2:].max(axis=0).tolist()
        return found[main_face(boxes, (int(right), int(bottom)))]

    def cosine(self, one: ServedFace, other: ServedFace) -> float:
        """How alike two faces are, from -1 to 1."""
        return float(one.vector @ other.vector)

    def register(
        self, name: str, embedding: Sequence[float], labels: Mapping[str, str] | None = None
    ) -> Registered:
        """Remember somebody's face. Raises UsageError: no name, too many, no vector here."""
        vector: Float32 = np.array(embedding, np.float32)
        if len(self._registered) >= MOST_REGISTERED:
            raise UsageError(f"{MOST_REGISTERED:,} faces are registered already: forget some first")
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or not length:
            raise UsageError("the embedding has no direction")
        wanted = next((len(one.vector) for one in self._registered.values()), len(vector))
        if len(vector) != wanted:
            raise UsageError(f"expected an embedding of {wanted} numbers, got {len(vector)}")
        made = Registered(str(uuid4()), clean_name(name), vector / length, dict(labels or {}))
        self._registered[made.id] = made
        return made

    def forget(self, id: str) -> None:
        """Forget a registered face. Raises NotHere."""
        if self._registered.pop(id, None) is None:
            raise NotHere("nobody is registered by this id")

    def identify(self, vector: Float32, limit: int) -> list[Match]:
        """Those who resemble a face most: registered, or named in the collection; each once."""
        known = list(self._registered.values())
        cosines = _cosines(np.array([one.vector for one in known], np.float32), vector)
        matches = [
            Match(one.id, one.name, float(cosine), one.labels)
            for one, cosine in zip(known, cosines, strict=True)
        ]
        matches += self._named(vector)
        return sorted(matches, key=lambda match: -match.cosine)[:limit]

    def _named(self, vector: Float32) -> list[Match]:
        """Persons of the collection, each by the face of theirs that is most alike."""
        if not self._collection.is_indexed:
            return []
        view = self._collection.view
        embeddings = view.faces.embeddings
        rows = view.faces.rows(embeddings.face_ids.tolist())
        sure = view.shown & (view.who != NOBODY) & ~view.doubtful
        who = view.who[rows][sure[rows]]
        cosines = _cosines(embeddings.vectors[sure[rows]], vector)
        order = np.argsort(-cosines, kind="stable")
        people, first = np.unique(who[order], return_index=True)
        return [
            Match(view.persons[person].id, view.persons[person].name, float(cosines[order[place]]))
            for person, place in zip(people.tolist(), first.tolist(), strict=True)
        ]

    def similar(
        self, face: int, threshold: float, limit: int, only_named: bool
    ) -> list[SimilarFace]:
        """Faces of the collection that resemble one of its own at least so much (cosine).

        Raises NotHere for a face that is not there, or may not be shown.
        """
        view = self._collection.view
        embeddings = view.faces.embeddings
        rows = view.faces.rows(embeddings.face_ids.tolist())
        at = np.flatnonzero((embeddings.face_ids == face) & view.shown[rows])
        if not len(at):
            raise NotHere(f"{face}: no such face in the collection")
        cosines = _cosines(embeddings.vectors, embeddings.vectors[at[0]])
        named = (view.who != NOBODY) & ~view.doubtful
        fits = view.shown[rows] & (cosines >= threshold) & (embeddings.face_ids != face)
        fits &= named[rows] | (not only_named)
        best = np.flatnonzero(fits)[np.argsort(-cosines[fits], kind="stable")][:limit]
        return [
            SimilarFace(
                int(embeddings.face_ids[place]),
                int(view.faces.photo_ids[rows[place]]),
                tuple(view.faces.boxes[rows[place]].tolist()),
                float(cosines[place]),
                view.persons[view.who[rows[place]]].name if named[rows[place]] else "",
            )
            for place in best.tolist()
        ]


def _cosines(vectors: Float32, vector: Float32) -> Float64:
    """(n,) of unit vectors (n, d), or none, with one. Raises UsageError for another model's."""
    if not len(vectors):
        return np.empty(0, np.float64)
    if vectors.shape[1] != len(vector):
        raise UsageError(f"expected {vectors.shape[1]} numbers, got {len(vector)}: another model")
    return np.asarray(vectors @ vector, np.float64)
