"""A gallery of portraits: who of the people in it is in the collection."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from prosopon.collection.collection import Collection
from prosopon.collection.ground_truth import face_of, read_truth
from prosopon.collection.index_worker import FaceExtractor, Task
from prosopon.collection.rights import Role
from prosopon.collection.roster import NOBODY
from prosopon.collection.view import CollectionView
from prosopon.errors import ProsoponError
from prosopon.paths import from_root
from prosopon.people import Decision, Kind, gallery
from prosopon.people.decisions import MACHINE
from prosopon.people.suggest import ASK, TICK
from prosopon.people.suggestion import Suggestion, sure
from prosopon.persons import Person, is_nobody, new_person_id, search_key
from prosopon.progress import track
from prosopon.records import Float32, Float64, Int64


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a gallery came to."""

    people: int
    portraits: int
    new: list[str] = field(default_factory=list)
    """Names of persons who were not known before."""
    named: int = 0
    """Faces that were named."""
    suggestions: list[Suggestion] = field(default_factory=list)
    """Whom the other faces resemble, the most probable first."""
    problems: list[str] = field(default_factory=list)
    """Portraits that were left out, and why."""


def enrol(
    collection: Collection,
    portraits: str | Path,
    *,
    accept: float | None = None,
    author: str | None = None,
    limit: int = 100,
) -> Enrolled:
    """Compare all faces with portraits of a few people; most may be nobody known.

    portraits : a folder for each person with a picture or more, or a CSV with the columns path and
        person (and x, y, width, height). Pictures need not be in the collection.
    accept : name as many faces as can be, so that this share is expected to be right, as decisions
        of the machine, which people overrule; None names nobody.
    author : who adds the persons; by default the user.

    Raises ProsoponError where there are no portraits with a face.
    """
    view = collection.view
    source = Path(portraits)
    vectors, names, problems = _portraits(collection, view, source)
    if not len(vectors):
        raise ProsoponError(f"{source}: no portrait with a face in it: " + "; ".join(problems[:5]))
    by = collection.people.by(author).author
    collection.users.by(by).require(Role.CURATOR)
    persons, made = _persons(view, sorted(set(names)), by)
    collection.decide(made, by)
    view = collection.view
    number = {name: place for place, name in enumerate(persons)}
    rows, person, chance = _identified(view, vectors, np.array([number[name] for name in names]))
    people = list(persons.values())
    named: Sequence[Decision] = ()
    taken = np.zeros(len(rows), bool)
    if accept is not None:
        mean = np.cumsum(chance) / np.arange(1, len(chance) + 1)
        taken[: int(np.searchsorted(-mean, -accept, "right"))] = True
        named = _decisions(view, rows[taken], person[taken], people)
        if named:
            collection.decide(named)
    open_ = np.flatnonzero(~taken & (chance >= ASK))[:limit]
    return Enrolled(
        people=len(people),
        portraits=len(vectors),
        new=[entry.changes["name"] for entry in made],
        named=int(taken.sum()),
        suggestions=[
            Suggestion(
                people[person[place]].id,
                people[person[place]].name,
                probability := round(float(chance[place]), 4),
                sure(probability) + ", by portraits",
                "tick" if probability >= TICK else "ask",
                int(view.faces.face_ids[rows[place]]),
            )
            for place in open_.tolist()
        ],
        problems=problems,
    )


def _portraits(
    collection: Collection, view: CollectionView, source: Path
) -> tuple[Float32, list[str], list[str]]:
    """(p, d) the main faces' vectors, whose they are, and what was left out."""
    folder = source if source.is_dir() else source.parent
    settings = collection.settings.model_copy(update={"embedder": view.faces.embedder})
    extractor = FaceExtractor.of(settings)
    vectors, names, problems = [], [], []
    for label in track(read_truth(source), "looking at portraits"):
        if is_nobody(label.person):
            problems.append(f"{label.path}: {label.person} is nobody")
            continue
        picture = folder / label.path
        if not picture.exists():  # a table of Windows'
            picture = folder / label.path.replace("\\", "/")
        path = str(from_root(picture))
        ((found,), _) = extractor.examine([Task(0, path, None)])
        if found.failure is not None or found.faces is None or not len(found.faces):
            problems.append(f"{path}: {found.failure or 'no face found'}")
            continue
        boxes = found.faces.boxes
        whole = boxes[:, 2:].max(axis=0)
        place = face_of(label, boxes, (int(whole[0]), int(whole[1])))
        if place is None:
            problems.append(f"{path}: no face found in the box given")
            continue
        vectors.append(found.vectors[place])
        names.append(" ".join(label.person.replace("_", " ").split()))
    return np.array(vectors, np.float32), names, problems


def _persons(
    view: CollectionView, names: list[str], author: str
) -> tuple[dict[str, Person], list[Decision]]:
    """The persons of these names, and the decisions that make those who are not known.

    Raises ProsoponError for a name that several have.
    """
    at = datetime.now(UTC)
    found: dict[str, Person] = {}
    made = []
    for name in names:
        key = search_key(name)
        same = [
            one
            for one in view.state.people.values()
            if key in map(search_key, (one.name, *one.variants))
        ]
        if len(same) > 1:
            raise ProsoponError(f"{len(same)} persons are called {name!r}: merge or rename them")
        if not same:
            same = [Person(new_person_id(), name)]
            changes = {"name": name}
            made.append(
                Decision(author, Kind.CREATE, persons=(same[0].id,), changes=changes, at=at)
            )
        found[name] = same[0]
    return found, made


def _identified(
    view: CollectionView, vectors: Float32, person: Int64
) -> tuple[Int64, Int64, Float64]:
    """Rows of open faces, the enrolled person of each, and the probability; the surest first.

    Of the faces of one photograph the surest has the name; a name that people said no to is none.
    """
    faces = view.faces
    rows = faces.rows(faces.embeddings.face_ids.tolist())
    found = gallery.identify(
        faces.embeddings.vectors, faces.labels[rows], vectors, person, faces.threshold
    )
    chance = gallery.shipped().probability(found)
    order = np.argsort(-chance, kind="stable")
    _, first = np.unique(
        np.column_stack((faces.photo_ids[rows], found.person))[order], axis=0, return_index=True
    )
    order = order[np.sort(first)]
    order = order[(view.open | _by_machine(view))[rows[order]]]
    return rows[order], found.person[order], chance[order]


def _by_machine(view: CollectionView) -> np.ndarray:
    named = [face for face, who in view.state.names.items() if who.by_machine]
    return np.asarray(np.isin(view.faces.face_ids, named) & view.shown & (view.who != NOBODY))


def _decisions(
    view: CollectionView, rows: Int64, person: Int64, people: list[Person]
) -> list[Decision]:
    at = datetime.now(UTC)
    made = []
    for number in np.unique(person).tolist():
        one = people[number]
        faces = [
            face
            for face in view.faces.face_ids[rows[person == number]].tolist()
            if one.id not in view.state.rejected.get(face, ())
        ]
        if faces:
            regions = tuple(view.regions(faces))
            made.append(
                Decision(MACHINE, Kind.NAME, regions, (one.id,), evidence="from portraits", at=at)
            )
    return made
