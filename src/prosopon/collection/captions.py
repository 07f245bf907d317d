"""Names for faces from what captions, catalogues and other programs' tags say of photographs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from textwrap import shorten

import numpy as np

from prosopon.collection.collection import Collection
from prosopon.collection.describe import described
from prosopon.collection.view import CollectionView
from prosopon.errors import UsageError
from prosopon.metadata import Metadata
from prosopon.people import Decision, Kind, captions
from prosopon.people.captions import Mentions
from prosopon.people.captions.calibration import features_of
from prosopon.people.captions.mentions import Mention, NameIndex, mentions_in
from prosopon.people.captions.order import places
from prosopon.people.decisions import MACHINE, WHOLE
from prosopon.people.suggest import ASK, TICK
from prosopon.people.suggestion import Suggestion
from prosopon.persons import is_nobody, new_person_id, search_key
from prosopon.records import Float64, Int64
from prosopon.store import catalogue

_EXCERPT = 80
"""Characters of a caption that are given as the reason."""


@dataclass(frozen=True, slots=True)
class NamedByCaptions:
    """What was named."""

    faces: int
    people: list[str]
    """Names of persons who are new."""
    expected: float
    """Share of the names that is expected to be right."""
    decisions: int = 0


def suggest_from_captions(collection: Collection, *, limit: int = 100) -> list[Suggestion]:
    """Names that captions give to faces without one, the most probable first.

    Persons' fields, catalogues, tags, titles and captions of all photographs are taken together;
    within a photograph a name goes to one face. Somebody who is not known yet has no identifier.
    """
    view = collection.view
    found = _Captions(view, described(view))
    rows = found.open_rows()
    rows = rows[found.probability[rows] >= ASK]
    rows = rows[np.argsort(-found.probability[rows], kind="stable")][:limit]
    return [found.suggestion(row) for row in rows.tolist()]


def name_from_captions(collection: Collection, *, accept: float) -> NamedByCaptions:
    """Name faces by captions: as many as can be, so that this share is expected to be right.

    These are decisions of the machine: whatever a person decides, before or after, overrules them.

    accept : between 0 and 1, such as 0.99.
    """
    if not 0 < accept <= 1:
        raise UsageError(f"accept: expected more than 0 and up to 1, got {accept}")
    view = collection.view
    found = _Captions(view, described(view))
    rows = found.open_rows()
    rows = rows[np.argsort(-found.probability[rows], kind="stable")]
    mean = np.cumsum(found.probability[rows]) / np.arange(1, len(rows) + 1)
    rows = rows[: int(np.searchsorted(-mean, -accept, "right"))]
    made, people = found.decisions(rows)
    if made:
        collection.decide(made)
    expected = float(found.probability[rows].mean()) if len(rows) else 1.0
    return NamedByCaptions(len(rows), people, round(expected, 4), len(made))


@dataclass(frozen=True, slots=True)
class _Label:
    """A name that captions give."""

    name: str
    person: str = ""
    """Identifier; empty for somebody who is not known yet."""


@dataclass(slots=True)
class _Names:
    """Known persons, and all that persons' fields and captions name."""

    view: CollectionView
    labels: list[_Label] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    """How a name is looked for → place in `labels`."""
    secret: set[str] = field(default_factory=set)
    index: NameIndex = field(default_factory=NameIndex)

    def __post_init__(self) -> None:
        for person in self.view.state.people.values():
            keys = {search_key(name) for name in (person.name, *person.variants)}
            if person.restricted:
                self.secret |= keys
            elif not person.nameless:
                self.labels.append(_Label(person.name, person.id))
                for key in keys:
                    self.numbers.setdefault(key, len(self.labels) - 1)

    def number(self, name: str) -> int | None:
        """The label of a name, made if there is none; None for nobody, and for who is withheld."""
        key = search_key(" ".join(name.split()))
        if is_nobody(name) or key in self.secret:
            return None
        if key not in self.numbers:
            self.labels.append(_Label(" ".join(name.split())))
            self.numbers[key] = len(self.labels) - 1
        return self.numbers[key]

    def learn(self, all_of_them: Iterable[Metadata]) -> None:
        """Take the names of all photographs, so that each can be found in any of them."""
        everything = list(all_of_them)
        names = dict.fromkeys(name for said in everything for name in said.persons)
        for name in names:
            if len(name.split()) > 1:
                self.number(name)
        self._build()
        for said in everything:
            for text in (said.title, said.caption):
                for mention in mentions_in(text, self.index):
                    if mention.fresh:
                        self.number(mention.names[0])
        self._build()
        for name in names:  # a first or last name is somebody of his own if nobody has it
            if len(name.split()) == 1 and not mentions_in(name.capitalize(), self.index):
                self.number(name)
        self._build()

    def _build(self) -> None:
        known = self.view.state.people
        self.index = NameIndex.of(
            {
                label.name: known[label.person].variants if label.person else ()
                for label in self.labels
            }
        )

    def of(self, mention: Mention) -> list[int]:
        """The labels that a mention may be."""
        numbers = (self.number(name) for name in mention.names)
        return list(dict.fromkeys(number for number in numbers if number is not None))


class _Captions:
    """What the captions of a collection come to."""

    def __init__(self, view: CollectionView, said: Mapping[int, Metadata]) -> None:
        self.view, self.said = view, said
        faces, embeddings = view.faces, view.faces.embeddings
        self.names = _Names(view)
        self.names.learn(said.values())
        self.rows = np.searchsorted(faces.face_ids, embeddings.face_ids)
        """Of the embeddings' faces in the view."""
        self.cluster, self.photo = faces.labels[self.rows], faces.photo_ids[self.rows]
        mentions = self._mentions()
        named, self.settled = self._decided()
        self.found = captions.assign(
            faces.graph,
            self.cluster,
            self.photo,
            mentions,
            faces.threshold,
            named=named,
            closed=~view.shown[self.rows],
            rejected=self._rejected(),
        )
        features = features_of(self.found, embeddings.vectors, faces.graph, faces.threshold)
        self.probability: Float64 = captions.shipped().probability(self.found, features)

    def open_rows(self) -> Int64:
        """Rows of faces that got a name here and have none from a person."""
        return np.flatnonzero((self.found.name >= 0) & ~self.settled & self.view.shown[self.rows])

    def suggestion(self, row: int) -> Suggestion:
        """A suggestion, with the caption as evidence."""
        label = self.names.labels[int(self.found.name[row])]
        because = int(self.found.because[row])
        chance = round(float(self.probability[row]), 4)
        faces = self.view.faces
        cluster = int(self.cluster[row])
        return Suggestion(
            label.person,
            label.name,
            chance,
            self._reason(row),
            "tick" if chance >= TICK else "ask" if chance >= ASK else "hide",
            int(faces.face_ids[self.rows[row]]),
            None if because < 0 else int(faces.face_ids[self.rows[because]]),
            cluster=0 if cluster < 0 else int(faces.identifiers[cluster]),
        )

    def decisions(self, rows: Int64) -> tuple[list[Decision], list[str]]:
        """The decisions that name these rows' faces, and the names of new persons."""
        of_label: dict[int, list[int]] = {}
        for row in rows.tolist():
            face = int(self.view.faces.face_ids[self.rows[row]])
            label, known = int(self.found.name[row]), self.view.state.names.get(face)
            person = self.names.labels[label].person
            if known is None or not person or known.persons != (person,):
                of_label.setdefault(label, []).append(face)
        at = datetime.now(UTC)
        made: list[Decision] = []
        people: list[str] = []
        for label, faces in of_label.items():
            name, person = self.names.labels[label].name, self.names.labels[label].person
            if not person:
                person = new_person_id()
                people.append(name)
                changes = {"name": name}
                made.append(
                    Decision(MACHINE, Kind.CREATE, persons=(person,), changes=changes, at=at)
                )
            regions = tuple(self.view.regions(faces))
            evidence = "from captions"
            made.append(Decision(MACHINE, Kind.NAME, regions, (person,), evidence=evidence, at=at))
        return made, people

    def _mentions(self) -> Mentions:
        photos: list[int] = []
        labels: list[int] = []
        placed: list[int] = []
        order = np.argsort(self.photo, kind="stable")
        telling = list(dict.fromkeys((*self.said, *self._present)))
        starts = np.searchsorted(self.photo[order], telling)
        ends = np.searchsorted(self.photo[order], telling, "right")
        for photo, start, end in zip(telling, starts, ends, strict=True):
            rows = order[start:end]
            rows = rows[self.view.shown[self.rows[rows]]]
            if not len(rows):
                continue
            said = self.said.get(photo, Metadata())
            for label, face in self._named_in(said, rows, self._present.get(photo, ())).items():
                photos.append(photo)
                labels.append(label)
                placed.append(face)
        return Mentions(*(np.array(each, np.int64) for each in (photos, labels, placed)))

    @cached_property
    def _present(self) -> dict[int, list[str]]:
        """Photograph → names of those who are said to be in it, nobody says where."""
        state, names = self.view.state, {}
        with self.view.faces.store.read() as connection:
            found = catalogue.find_digests(connection, sorted(state.present))
        for number, photo in found.items():
            names[number] = [
                state.people[who].name
                for region, one in state.present[photo.sha256]
                if region.box == WHOLE and (who := state.merged_into(one)) in state.people
            ]
        return names

    def _named_in(self, said: Metadata, rows: Int64, present: Sequence[str]) -> dict[int, int]:
        """Label → row of the face that the caption's order gives it to, -1 for none."""
        found: dict[int, int] = {}
        boxes = self.view.faces.boxes[self.rows[rows]]
        for text in (said.title, said.caption):
            mentions = mentions_in(text, self.names.index, unknown=True)
            for mention, place in zip(
                mentions, places(text, mentions, boxes).tolist(), strict=True
            ):
                several = self.names.of(mention)
                for label in several:
                    sure = place >= 0 and len(several) == 1
                    found[label] = int(rows[place]) if sure else found.get(label, -1)
        for name in (*said.persons, *present, *self._known(said.keywords)):
            for label in self._persons_field(name):
                found.setdefault(label, -1)
        return found

    def _persons_field(self, name: str) -> list[int]:
        """The labels of a name in a persons' field; a first or last name may be several's."""
        if " " not in name.strip():
            whole = mentions_in(name.strip().capitalize(), self.names.index)
            several = [label for one in whole for label in self.names.of(one)]
            if several:
                return several
        number = self.names.number(name)
        return [] if number is None else [number]

    def _known(self, keywords: Sequence[str]) -> list[str]:
        """The keywords that are names of persons."""
        return [word for word in keywords if search_key(word) in self.names.numbers]

    def _decided(self) -> tuple[Int64, np.ndarray]:
        """(n,) the label that people gave each face, -1 for none; (n,) what people settled."""
        number = {label.person: place for place, label in enumerate(self.names.labels)}
        named = np.full(len(self.rows), -1, np.int64)
        settled = np.zeros(len(self.rows), bool)
        ids = self.view.faces.face_ids[self.rows]
        conflicting = {face for one in self.view.state.conflicts for face in one.faces}
        for face, who in self.view.state.names.items():
            place = int(np.searchsorted(ids, face))
            if who.by_machine or place >= len(ids) or ids[place] != face:
                continue
            settled[place] = True
            if who.sure:
                named[place] = number.get(who.persons[0], -1)
        settled |= np.isin(ids, sorted(conflicting))
        return named, settled

    def _rejected(self) -> Int64:
        number = {label.person: place for place, label in enumerate(self.names.labels)}
        ids = self.view.faces.face_ids[self.rows]
        pairs = [
            (int(np.searchsorted(ids, face)), number[person])
            for face, persons in self.view.state.rejected.items()
            if face in ids
            for person in persons
            if person in number
        ]
        return np.array(pairs, np.int64).reshape(-1, 2)

    def _reason(self, row: int) -> str:
        """The caption, and where it stands."""
        name = self.names.labels[int(self.found.name[row])].name
        source, where = row, "caption"
        if not self.found.in_caption[row]:
            source, where = int(self.found.because[row]), "caption of a photograph of this person"
        said, first = self._texts(source), name.split()[0].casefold()
        if not said:
            return "photographs with like faces"
        text = next((text for text in said if first in text.casefold()), said[0])
        before = text[: max(text.casefold().find(first) - _EXCERPT // 2, 0)]
        start = before.rfind(" ") + 1
        excerpt = shorten(text[start:], _EXCERPT, placeholder=" …")
        order = ", by its order" if self.found.ordered[row] else ""
        return f"{where}{order}: {excerpt}"

    def _texts(self, row: int) -> list[str]:
        """What is said of a face's photograph, if that is what names the face."""
        if row < 0 or not self.found.in_caption[row]:
            return []
        photo = int(self.photo[row])
        said = self.said.get(photo, Metadata())
        listed = (*said.persons, *said.keywords, *self._present.get(photo, ()))
        texts = (said.caption, said.title, "; ".join(dict.fromkeys(listed)))
        return [text for text in texts if text]
