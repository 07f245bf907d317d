"""Hold a clustering against the truth."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prosopon import zoo
from prosopon.collection.collection import Collection
from prosopon.collection.ground_truth import Label, label_faces, read_truth
from prosopon.datasets.learnt import warning
from prosopon.errors import ProsoponError
from prosopon.metrics.clustering import Contingency, bcubed_scores, pairwise_scores, scores
from prosopon.records import Int32
from prosopon.store import clusterings, faces
from prosopon.tables import Result


@dataclass(frozen=True, slots=True)
class Evaluated(Result):
    """The scores of one run."""

    clustering: int
    labels: int
    """In the truth."""
    unmatched: int
    """Labels for which no face was found."""
    repeated: int
    """Labels of a file that is there twice, byte for byte: such a face counts once."""
    scores: dict[str, float]
    """Of the labelled faces that were found; and, with names that begin with `all_`, of all
    labelled faces in the collection's photographs, where one that was not found is a face alone.
    Only the latter can be compared between detectors."""
    warning: str = ""
    """Where the embedder has learnt from people of the truth: the scores are too good then."""


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
    found, labels = np.array(people)[labelled], made.labels[labelled]
    figures = scores(found, labels) | _with_missed(found, labels, known.missed)
    learnt = _learnt_from(made.recipe.model, read_truth(truth))
    return Evaluated(run.id, known.labels, known.unmatched, known.repeated, figures, learnt)


def _learnt_from(embedder: str, labels: list[Label]) -> str:
    """A sentence where the embedder, or a network of it, has learnt from the labelled people."""
    cards = zoo.cards()
    names = (embedder, *cards[embedder].made_of) if embedder in cards else ()
    people = [(label.person, label.path) for label in labels]
    said = [warning(id, cards[id].learnt_people, people) for id in names if id in cards]
    return "; ".join(sentence for sentence in said if sentence)


def _with_missed(
    people: NDArray[np.str_], labels: Int32, missed: tuple[str, ...]
) -> dict[str, float]:
    """The scores that count faces which were not found as clusters of one."""
    alone = np.full(len(missed), -1, np.int32)
    table = Contingency.of(np.append(people, missed), np.append(labels, alone))
    pairwise, bcubed = pairwise_scores(table), bcubed_scores(table)
    return {
        "all_faces": table.total,
        **{f"all_pairwise_{name}": value for name, value in pairwise.items()},
        **{f"all_bcubed_{name}": value for name, value in bcubed.items()},
    }
