"""Hold a clustering against the truth."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prosopon.collection.collection import Collection
from prosopon.collection.truth import label_faces
from prosopon.errors import ProsoponError
from prosopon.metrics.clustering import scores
from prosopon.store import clusterings, faces


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The scores of one run."""

    clustering: int
    labels: int
    """In the truth."""
    unmatched: int
    """Labels for which no face was found; they don't count in the scores."""
    scores: dict[str, float]


def evaluate(
    collection: Collection, truth: str | Path, *, clustering: int | None = None
) -> Evaluated:
    """Score a run (the last one by default) against a folder for each person, or a CSV.

    Faces that the truth is silent on are left out.

    Raises ProsoponError: nothing clustered yet, no such run, no truth for any face.
    """
    truth = Path(truth)
    with collection.store.read() as connection:
        run = clusterings.find(connection, clustering)
        if run is None:
            raise ProsoponError(
                f"{collection.name}: nothing is clustered yet; run  prosopon cluster"
            )
        made = clusterings.load(connection, run.id)
        table = faces.load_faces(connection, face_ids=made.face_ids.tolist())
    known = label_faces(collection, truth, table)
    if not known.people:
        raise ProsoponError(
            f"{truth}: none of its {known.labels} labels meets a face that was found"
        )
    people = [known.people.get(face, "") for face in made.face_ids.tolist()]
    labelled = np.array([person != "" for person in people])
    figures = scores(np.array(people)[labelled], made.labels[labelled])
    return Evaluated(run.id, known.labels, known.unmatched, figures)
