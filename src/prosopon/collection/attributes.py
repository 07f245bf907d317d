"""What the faces of a collection show: attributes, predicted and kept."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prosopon import engines
from prosopon.errors import ProsoponError, UsageError
from prosopon.progress import track
from prosopon.records import Photo
from prosopon.store import attributes as values
from prosopon.store import catalogue
from prosopon.store import faces as face_rows
from prosopon.store.attributes import AttributeTable
from prosopon.tables import Result

if TYPE_CHECKING:
    from prosopon.collection.attribute_worker import Task
    from prosopon.collection.collection import Collection

DEFAULT = "attributes-head"


@dataclass(slots=True)
class Predicted(Result):
    """What a run did."""

    model: str
    attributes: tuple[str, ...]
    photos: int = 0
    faces: int = 0
    known: int = 0
    """Faces that had their attributes already."""
    failures: dict[str, str] = field(default_factory=dict)
    """Path → reason, of photographs that can't be read any more."""


class Attributes:
    """The attributes of a collection: `collection.attributes()` gives the table."""

    def __init__(self, collection: "Collection") -> None:
        self._collection = collection

    def __call__(self, model: str | None = None) -> AttributeTable:
        """Of all faces that may be shown, by the model named, else the one last used.

        Raises ProsoponError if there are none.
        """
        store, view = self._collection.store, self._collection.view
        with store.read() as connection:
            chosen = model or values.current(connection)
            detector = view.faces.detector_id
            table = None if chosen is None else values.load(connection, chosen, detector)
        if table is None or not len(table):
            raise ProsoponError(
                f"{store.name}: its faces have no attributes yet; run  prosopon attributes predict"
            )
        return table.of(view.visible.ids)

    def known(self) -> bool:
        """Whether any model has predicted them."""
        with self._collection.store.read() as connection:
            return values.current(connection) is not None

    def predict(
        self, model: str = DEFAULT, *, without: Sequence[str] = (), again: bool = False
    ) -> Predicted:
        """Bring the attributes of all faces up to date; what is known is not looked at again.

        without : attributes that are not to be kept.
        again : forget what the model said before.

        Raises ProsoponError if nothing is indexed, or the model can't be had; UsageError where
        other attributes of this model are kept already.
        """
        from prosopon import zoo
        from prosopon.collection.attribute_worker import AttributePredictor, models
        from prosopon.datasets.vocabulary import find

        store, settings = self._collection.store, self._collection.settings
        detector = self._collection.view.faces.detector_id
        predictor = AttributePredictor.of(model, settings)
        loaded, _ = models(predictor)
        dropped = {find(word).name for word in without}
        columns = [place for place, name in enumerate(loaded.attributes) if name not in dropped]
        done = Predicted(model, tuple(loaded.attributes[place] for place in columns))
        with store.writing():
            with store.begin() as connection:
                face_rows.use_model(connection, zoo.card(model))
                if again:
                    values.drop(connection, model)
                kept = values.load(connection, model, detector)
                if len(kept) and kept.names != done.attributes:
                    raise UsageError(
                        f"{store.name}: other attributes of {model} are kept already "
                        f"({len(kept.names)} of them): add --again to look at all faces anew"
                    )
                done.known = len(kept)
                thresholds = loaded.thresholds[columns].tolist()
                values.use(connection, model, done.attributes, thresholds)
                left = values.unfinished(connection, model, detector)
                photos = catalogue.find_many(connection, left)
            engine = engines.build(settings.engine, settings.workers)
            answers = engine.map(predictor, self._tasks(left, photos, detector))
            for answer in track(answers, "reading attributes", len(left)):
                if answer.failure:
                    done.failures[answer.path] = answer.failure
                    continue
                with store.begin(same_version=True) as connection:
                    values.add(connection, answer.face_ids, model, answer.probabilities[:, columns])
                done.photos += 1
                done.faces += len(answer.face_ids)
        return done

    def _tasks(
        self, left: Iterable[int], photos: dict[int, Photo], detector: int
    ) -> "Iterator[Task]":
        from prosopon.collection.attribute_worker import Task

        for photo in left:
            with self._collection.store.read() as connection:
                table = face_rows.load_faces(connection, detector_id=detector, photo_id=photo)
            yield Task(photos[photo].path, table)
