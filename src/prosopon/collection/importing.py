"""Take over names that other programs, or other collections, know."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prosopon.collection.collection import Collection
from prosopon.collection.describe import save
from prosopon.collection.export import pixels, said
from prosopon.collection.import_files import Source
from prosopon.collection.view import CollectionView
from prosopon.errors import UsageError
from prosopon.exchange import (
    Change,
    ExportedFace,
    Step,
    plan,
)
from prosopon.people import Decision, Kind, Region
from prosopon.people.decisions import WHOLE
from prosopon.persons import Person, new_person_id, search_key
from prosopon.records import Photo
from prosopon.store import catalogue
from prosopon.tables import Result


@dataclass(frozen=True, slots=True)
class Line:
    """What one face of an import comes to."""

    step: str
    """name, add, same, kept or unclear."""
    photo: str
    box: tuple[float, float, float, float]
    """x, y, width, height in pixels of the upright photo."""
    person: str
    """As it comes in."""
    here: str = ""
    """Who the face is here, by human decision."""


@dataclass(frozen=True, slots=True)
class Imported(Result):
    """What an import changed, or would change."""

    dry_run: bool
    files: int
    steps: dict[str, int]
    """How many faces came to each step."""
    people: list[str]
    """Names of the persons who are new here."""
    present: int
    """Persons who are in a photo, nobody says where."""
    log: int
    """Entries of another log that were taken over as they are."""
    lines: list[Line] = field(default_factory=list)
    """The faces that change something, or can't: name, add, kept, unclear."""
    problems: list[str] = field(default_factory=list)
    decisions: int = 0
    """Entries added to the log."""

    described: int = 0
    """Photographs of which a catalogue says something."""

    @property
    def nothing_read(self) -> bool:
        """There were files, and all that they gave is problems."""
        read = bool(self.steps or self.present or self.log or self.people or self.described)
        return bool(self.problems) and not read


def import_(
    collection: Collection,
    *files: str | Path,
    form: str | None = None,
    author: str | None = None,
    dry_run: bool = False,
) -> Imported:
    """Compare what files say with what is known here, and take over what is new.

    Faces are matched by overlap on the same photo. What a human has decided here stays. A log that
    has entries in common with the one here, or meets an empty one, is joined to it.

    form : csv (; or tab: divided by these), json, coco, iiif or xmp; None: as each file's name
        ends. xmp without files reads the tags of all photos: inside them, in sidecars, Picasa's.
    files : a folder stands for the tags of all photographs below it.
    author : whose decisions they are; by default the user's.
    dry_run : only compare.

    Raises UsageError for an unknown format, ProsoponError for a file that can't be read.
    """
    if not files and form != "xmp":
        raise UsageError("say which files to read, or --format xmp for all sidecars")
    paths = [Path(file) for file in files]
    view, source = collection.view, Source(collection.store, collection.settings)
    if form == "xmp" and not files:
        source.read_tags()
    for file in sorted(paths, key=lambda path: path.name.lower() != "contacts.xml"):
        source.read(file, form, view.log)
    found = source.found
    known = _known(view)
    files_said = ", ".join(file.name for file in paths) or "sidecars"
    made = _Decisions(view, known, found.people, files_said)
    lines = [made.take(change) for change in plan(found.faces, [face for face, _ in known])]
    present = sum(made.take_present(photo, name) for photo, name in found.present)
    made.take_people()
    by = collection.people.by(author).author
    entries = [*source.log, *made.entries(by)]
    if entries and not dry_run:
        collection.decide(entries, by)
    if source.catalogue and not dry_run:
        with collection.store.begin(same_version=True) as connection:
            save(connection, "catalogue", source.catalogue)
    return Imported(
        dry_run=dry_run,
        files=source.files,
        steps=dict(Counter(line.step for line in lines)),
        people=[person.name for person in made.new.values()],
        present=present,
        log=len(source.log),
        lines=[line for line in lines if line.step != Step.SAME],
        problems=[*found.problems, *made.problems],
        decisions=len(entries),
        described=len(source.catalogue),
    )


@dataclass(slots=True)
class _Decisions:
    """What the import comes to, in the making."""

    view: CollectionView
    known: Sequence[tuple[ExportedFace, int]]
    said_of: Sequence[Person]
    """Persons as the import knows them."""
    source: str
    new: dict[str, Person] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    names: dict[tuple[tuple[str, ...], float], list[Region]] = field(default_factory=dict)
    boxes: list[Region] = field(default_factory=list)
    present: list[tuple[Region, str]] = field(default_factory=list)
    people_in: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Photo → who is known to be in it."""

    def __post_init__(self) -> None:
        for face, _ in self.known:
            self.people_in[face.photo.sha256].add(face.person_id)

    def take(self, change: Change) -> Line:
        """Take one face; returns what becomes of it."""
        face, step, here = change.face, change.step, ""
        persons = len(self.new)
        try:
            if change.row is not None:
                other, number = self.known[change.row]
                here = other.person
                if step is Step.NAME:
                    step = self._name(face, other, number)
            elif face.person:
                self._add(self._people(face), face, face)
            elif face.score is None:
                self.boxes.append(_region(face))
            else:  # what another detector found: nobody said anything about it
                step = Step.SAME
        except UsageError as error:
            while len(self.new) > persons:  # a face that is refused makes no person
                self.new.popitem()
            step = Step.UNCLEAR
            self.problems.append(f"{face.photo.path}: {error}")
        return Line(step.value, face.photo.path, face.box, face.person, here)

    def take_present(self, photo: Photo, name: str) -> bool:
        """Take somebody who is in a photo; False if nothing is new about it."""
        try:
            person = self._person(name)
        except UsageError as error:
            self.problems.append(f"{photo.path}: {error}")
            return False
        if person in self.people_in[photo.sha256]:
            return False
        self.present.append((Region(photo.sha256, WHOLE), person))
        self.people_in[photo.sha256].add(person)
        return True

    def take_people(self) -> None:
        """Take the persons of whom no face came in."""
        for person in self.said_of:
            self._person(person.name, person.id)

    def entries(self, author: str) -> list[Decision]:
        """The decisions, which are undone together."""
        at = datetime.now(UTC)
        evidence = f"imported from {self.source}"

        def entry(kind: Kind, **fields: Any) -> Decision:
            return Decision(author, kind, evidence=evidence, at=at, **fields)

        made = []
        for person in self.new.values():
            details = {key: value for key, value in asdict(person).items() if key != "id" and value}
            made.append(entry(Kind.CREATE, persons=(person.id,), changes=details))
        if self.boxes:
            made.append(entry(Kind.BOX, faces=tuple(self.boxes)))
        for (people, certainty), regions in self.names.items():
            made.append(entry(Kind.NAME, faces=tuple(regions), persons=people, certainty=certainty))
        for region, who in self.present:
            made.append(entry(Kind.PRESENT, faces=(region,), persons=(who,)))
        return made

    def _name(self, face: ExportedFace, known: ExportedFace, number: int) -> Step:
        state = self.view.state
        rejected = state.rejected.get(number, frozenset())
        names = {state.people[person].name for person in rejected if person in state.people}
        if search_key(face.person) in map(search_key, names) or face.person_id in rejected:
            return Step.KEPT
        self._add(self._people(face), face, known)
        return Step.NAME

    def _add(self, people: tuple[str, ...], face: ExportedFace, place: ExportedFace) -> None:
        key = (people, face.certainty or 1.0)
        region = _region(place)
        self.people_in[region.photo].update(people)
        if region.box == WHOLE:
            self.present += ((region, person) for person in people)
        else:
            self.names.setdefault(key, []).append(region)

    def _people(self, face: ExportedFace) -> tuple[str, ...]:
        """Who the face is, or may be."""
        first = self._person(face.person, face.person_id)
        return (first, *(self._person(name) for name in face.alternatives))

    def _person(self, name: str, identifier: str = "") -> str:
        """The person of that identifier, else of that name; made if there is none.

        Raises UsageError for a name that can't be one, and for the name of several.
        """
        here = self.view.state
        described = {person.id: person for person in self.said_of}
        if identifier:
            fresh = described.get(identifier) or Person(identifier, name)
            known = here.merged_into(fresh.id)
            if known not in here.people:
                self.new.setdefault(fresh.id, fresh)
            return known if known in here.people else fresh.id
        fresh = Person(new_person_id(), name)
        everybody: Iterable[Person] = (*here.people.values(), *self.new.values())
        same = [one for one in everybody if one.name.casefold() == fresh.name.casefold()]
        if len(same) > 1:
            raise UsageError(f"{len(same)} persons are named {name[:80]!r}: their faces need an id")
        if not same:
            self.new[fresh.id] = fresh
        return same[0].id if same else fresh.id


def _known(view: CollectionView) -> list[tuple[ExportedFace, int]]:
    """Every face with who it is here, and its id; then the places that people marked, with -1.

    What a human said of a face counts as confirmed.
    """
    found = view.faces
    photos = view.photos_of(found.photos_with_faces.tolist())
    settled = {face for conflict in view.state.conflicts for face in conflict.faces}
    settled |= view.state.marks.keys()
    settled.update(found.face_ids[view.hidden].tolist())
    known = []
    for row, face in enumerate(found.face_ids.tolist()):
        photo = photos.get(int(found.photo_ids[row]))
        if photo is None:
            continue
        x1, y1, x2, y2 = found.boxes[row].tolist()
        who = {} if view.hidden[row] else said(view, view.state.names.get(face))
        told = {"confirmed": True} if face in settled else {}
        known.append((ExportedFace(photo, (x1, y1, x2 - x1, y2 - y1), **{**who, **told}), face))
    return [*known, *((face, -1) for face in _marked(view))]


def _marked(view: CollectionView) -> Iterator[ExportedFace]:
    """Boxes that people drew or named where no face is found now, and persons without a face."""
    places: dict[Region, set[str]] = {region: set() for _, region in view.state.unplaced}
    for present in view.state.present.values():
        for region, person in present:
            places.setdefault(region, set()).add(person)
    with view.faces.store.read() as connection:
        digests = sorted({region.photo for region in places})
        found = catalogue.find_digests(connection, digests).values()
    photos = {photo.sha256: photo for photo in found}
    for region, people in places.items():
        if region.photo in photos:
            for person in people or {""}:
                yield ExportedFace(
                    photos[region.photo],
                    pixels(region, photos[region.photo]),
                    person=view.state.people[person].name if person else "",
                    person_id=person,
                    confirmed=bool(person),
                )


def _region(face: ExportedFace) -> Region:
    """Where a face is. Raises UsageError if that is outside of the photo."""
    x, y, width, height = face.box
    across, down = face.photo.width, face.photo.height
    if x >= across or y >= down or x + width <= 0 or y + height <= 0:
        raise UsageError(f"a face was left out: its box {face.box} is outside of the photograph")
    return Region(
        face.photo.sha256, (x / across, y / down, (x + width) / across, (y + height) / down)
    )
