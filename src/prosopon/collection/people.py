"""Who there is and who the faces are: one method for each decision, all kept in the log.

The decisions of one action bear one time, so that they are undone together.
"""

import getpass
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import chain, count, groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prosopon.collection.history import Conflicting, Step, conflicts, steps
from prosopon.collection.selection import FaceSelection, PersonRef
from prosopon.collection.view import CollectionView
from prosopon.errors import StepGone, UsageError
from prosopon.languages import gettext as _
from prosopon.people import Decision, Kind, Region
from prosopon.people.decisions import CHECKED, WHOLE, Box
from prosopon.people.kinds import LINKS, kind_of
from prosopon.people.telling import FIELDS, OPINION, count_faces
from prosopon.persons import Person, begins, clean_name, life, new_person_id, search_key
from prosopon.records import Photo
from prosopon.tables import Result, Table

if TYPE_CHECKING:
    from prosopon.collection.collection import Collection

DOUBT = 0.5
"""Certainty of a name that is given in doubt."""

Faces = FaceSelection | int | Iterable[int]
"""Face ids, or a choice as a page makes it."""
Who = PersonRef | Person | str
"""A person, an identifier, or a name."""
PixelBox = tuple[float, float, float, float]
"""x, y, width, height in pixels of the upright photo."""


@dataclass(frozen=True, slots=True)
class ActionResult(Result):
    """What was done."""

    message: str
    """In a sentence."""
    decisions: Sequence[str] = ()
    """Identifiers of the new entries of the log."""
    person: str = ""
    """Whom it was about."""

    @classmethod
    def of(cls, message: str, added: Sequence[Decision], person: str = "") -> "ActionResult":
        """Of decisions as the log has taken them: perhaps as suggestions only."""
        if any(entry.contributed for entry in added):
            message = _("Suggested: %(what)s", what=message)
        return cls(message, [entry.id for entry in added], person)


@dataclass(frozen=True, slots=True)
class PersonSummary:
    """A person in a list."""

    person: Person
    faces: int
    portrait: int | None
    """A face to show."""

    @property
    def initials(self) -> str:
        """What stands where there is no face to show."""
        words = self.person.name.split()
        return "".join(word[0].upper() for word in (words[0], words[-1])[: len(words)])

    @property
    def about(self) -> str:
        """What tells persons of one name apart."""
        return " · ".join(filter(None, (life(self.person), count_faces(self.faces))))


@dataclass(frozen=True, slots=True)
class PersonDetails(Result):
    """All that is known of a person."""

    person: Person
    iri: str
    faces: Sequence[int]
    """With the name, surely or not, alone or among others."""


class People:
    """The persons of a collection, by one author's hand: `collection.people.by("Ada")`."""

    def __init__(self, collection: "Collection", author: str = "") -> None:
        self._collection = collection
        self.author = author or _user()

    def by(self, author: str | None) -> "People":
        """The same, with decisions noted as those of `author`; by default of the user."""
        return People(self._collection, author or "")

    # who there is

    def list(self, text: str = "", *, restricted: bool = False) -> Table[PersonSummary]:
        """The persons one of whose names has every word of `text`; those with most faces first.

        restricted : the restricted ones, by name, and no others.
        """
        view = self._collection.view
        if restricted:
            people = [person for person in view.state.people.values() if person.restricted]
            people.sort(key=lambda person: (person.name.casefold(), person.id))
            return Table(
                PersonSummary(one, len(view.faces_named(one.id)), None)
                for one in people
                if _has_words(search_key(" ".join((one.name, *one.variants))), text)
            )
        return Table(summary(view, place) for place in matching(view, text))

    def find(self, person: Who, *, restricted: bool = False) -> Person:
        """The person of this identifier, name or other name, in any case.

        restricted : restricted persons too.

        Raises UsageError where there is none or more than one.
        """
        return PersonRef.of(person).known(self._collection.view, restricted=restricted)

    def show(self, person: Who) -> PersonDetails:
        """All that is known of a person, restricted or not."""
        found = self.find(person, restricted=True)
        return PersonDetails(found, found.iri, self._collection.view.faces_named(found.id))

    # who the faces are

    def name(
        self,
        faces: Faces,
        person: Who | Sequence[Who],
        *,
        doubtful: bool = False,
        new: bool = False,
        evidence: str = "",
    ) -> ActionResult:
        """The faces are this person; those looked at with them and left out are not.

        The same faces in copies of their photographs, saved again or resized, are named with them.

        person : several: the faces are one of these, who are all known already.
        new : a name is that of somebody new, though there is a person of that name.
        evidence : what it was decided from.
        """
        view, chosen = self._collection.view, FaceSelection.of(faces)
        ids = chosen.resolve(view)
        if not isinstance(person, Who) and len(person) != 1:
            several = [PersonRef.of(one).known(view) for one in person]
            batch = self._batch().add(Kind.NAME, ids, persons=tuple(one.id for one in several))
            return batch.close(
                _(
                    "%(faces)s named %(name)s.",
                    faces=count_faces(len(ids)),
                    name=_(" or ").join(one.name for one in several),
                )
            )
        who = person if isinstance(person, Who) else person[0]
        identifier, called, fresh = PersonRef.of(who, fresh=new).resolve(view)
        ids += _in_copies(view, ids, identifier)
        batch = self._batch()
        if fresh:
            batch.add(Kind.CREATE, persons=(identifier,), changes={"name": called})
        certainty = DOUBT if doubtful else 1.0
        batch.add(Kind.NAME, ids, persons=(identifier,), certainty=certainty, evidence=evidence)
        others = chosen.left_out(view)
        if others and not doubtful:
            batch.add(Kind.REJECT, others, persons=(identifier,))
        counted = count_faces(len(ids))
        if doubtful:
            told = _("%(faces)s named %(name)s, in doubt.", faces=counted, name=called)
        else:
            told = _("%(faces)s named %(name)s.", faces=counted, name=called)
        return batch.close(told, identifier)

    def settle(self, face: int, person: Who = "") -> ActionResult:
        """End the contradiction about one face: it is this person, or (without one) none of them.

        Other faces of the decisions that contradict keep what those say. Raises UsageError where
        the face is in no contradiction.
        """
        view = self._collection.view
        found = [one for one in view.state.conflicts if one.faces == (face,)]
        if not found:
            raise UsageError(_("Face %(number)s is in no contradiction.", number=face))
        overruled = tuple(dict.fromkeys(entry for one in found for entry in one.decisions))
        batch = self._batch()
        if not person:
            rivals = tuple(dict.fromkeys(person for one in found for person in one.persons))
            batch.add(Kind.REJECT, [face], persons=rivals, decisions=overruled)
            return batch.close(_("Face %(number)s is none of them.", number=face))
        who = PersonRef.of(person).known(view)
        batch.add(Kind.NAME, [face], persons=(who.id,), decisions=overruled)
        return batch.close(
            _("Face %(number)s is %(name)s, whatever was said before.", number=face, name=who.name),
            who.id,
        )

    def check(self, face: int, person: Who, *, right: bool) -> ActionResult:
        """A name that was drawn at random is right, or not; see `collection.checks`."""
        who = PersonRef.of(person).known(self._collection.view)
        kind = Kind.NAME if right else Kind.REJECT
        batch = self._batch().add(kind, [face], persons=(who.id,), evidence=CHECKED)
        told = _("Checked: it is %(name)s.") if right else _("Checked: it is not %(name)s.")
        return batch.close(told % {"name": who.name}, who.id)

    def ask_opinion(self, faces: Faces) -> ActionResult:
        """Somebody else is asked to look at these named faces."""
        return self.note(faces, OPINION)

    def take_sheet(self, text: str, by: str = "") -> ActionResult:
        """Name faces as written on a printed sheet; see `collection.contact_sheets`.

        by : who filled it in. Raises UsageError that tells every line which makes no sense.
        """
        from prosopon.collection import contact_sheets

        view = self._collection.view
        evidence = (
            f"contact sheet, filled in by {clean_name(by)}" if by.strip() else "contact sheet"
        )
        batch, made, count = self._batch(), dict[str, str](), 0
        for line in contact_sheets.read(view, text):
            ids = line.faces.resolve(view)
            identifier, called, new = PersonRef(name=line.name).resolve(view)
            if new and line.name in made:
                identifier = made[line.name]
            elif new:
                made[line.name] = identifier
                batch.add(Kind.CREATE, persons=(identifier,), changes={"name": called})
            certainty = DOUBT if line.doubtful else 1.0
            batch.add(Kind.NAME, ids, persons=(identifier,), certainty=certainty, evidence=evidence)
            count += len(ids)
        return batch.close(_("%(faces)s named from the sheet.", faces=count_faces(count)))

    def reject(self, faces: Faces, *people: Who) -> ActionResult:
        """The faces are none of these persons."""
        view = self._collection.view
        ids = FaceSelection.of(faces).resolve(view)
        known = [PersonRef.of(who).known(view) for who in people]
        ids += _in_copies(view, ids)
        batch = self._batch().add(Kind.REJECT, ids, persons=tuple(one.id for one in known))
        names = _(" nor ").join(one.name for one in known)
        told = _("%(faces)s: not %(names)s.", faces=count_faces(len(ids)), names=names)
        return batch.close(told, known[0].id)

    def mark(self, faces: Faces, kind: Kind | str) -> ActionResult:
        """The faces are to be ignored, no faces, or depicted ones; one person, or different ones.

        kind : of the groups MARK and LINK in `people.kinds`, such as `not a face`.
        """
        kind = kind_of(kind)
        ids = FaceSelection.of(faces).resolve(self._collection.view)
        between = ": " if kind in LINKS else " "
        told = f"{count_faces(len(ids))}{between}{_(kind.past)}."
        return self._batch().add(kind, ids).close(told)

    def label(
        self,
        faces: Faces = (),
        *,
        cluster: int | None = None,
        name: Sequence[Who] = (),
        new: bool = False,
        doubtful: bool = False,
        reject: Sequence[Who] = (),
        mark: Kind | str | None = None,
        note: str = "",
    ) -> ActionResult:
        """Say one thing of faces: `name`, `reject`, `mark` or `note`, as the methods so called.

        cluster : besides, all faces of this cluster that have no name yet.
        """
        chosen = replace(FaceSelection.of(faces), cluster=cluster)
        if note:
            return self.note(chosen, note)
        if reject:
            return self.reject(chosen, *reject)
        if mark is not None:
            return self.mark(chosen, mark)
        return self.name(chosen, name, doubtful=doubtful, new=new)

    def note(self, faces: Faces, text: str) -> ActionResult:
        """Something to remember about the faces."""
        ids = FaceSelection.of(faces).resolve(self._collection.view)
        batch = self._batch().add(Kind.NOTE, ids, text=text)
        return batch.close(f"{count_faces(len(ids))}: {_(Kind.NOTE.past)}.")

    def split(self, faces: Faces, name: str = "", *, former: Who = "") -> ActionResult:
        """The faces are somebody else: of the given name, or nameless for now.

        former : the person whose faces they were held to be, if any.
        """
        view, chosen = self._collection.view, FaceSelection.of(faces)
        ids, person = chosen.resolve(view), new_person_id()
        changes: dict[str, Any] = {"name": name or _handle(view)}
        if not name:
            changes["nameless"] = True
        batch = self._batch()
        if former:
            known = PersonRef.of(former).known(view)
            batch.add(Kind.SPLIT, ids, persons=(known.id, person), changes=changes)
        else:
            batch.add(Kind.CREATE, persons=(person,), changes=changes)
            batch.add(Kind.NAME, ids, persons=(person,))
            if others := chosen.left_out(view):
                batch.add(Kind.REJECT, others, persons=(person,))
        told = _(
            "%(faces)s split off as %(name)s.", faces=count_faces(len(ids)), name=changes["name"]
        )
        return batch.close(told, person)

    # what is known of persons

    def add(self, name: str, **details: Any) -> ActionResult:
        """A person without faces so far; `details` are other fields of `Person`."""
        person = new_person_id()
        changes = {"name": name, **details}
        batch = self._batch().add(Kind.CREATE, persons=(person,), changes=changes)
        return batch.close(_("%(name)s is known now.", name=clean_name(name)), person)

    def change(self, person: Who, **changes: Any) -> ActionResult:
        """Rename a person, or change what else is known; values that stay the same are left out.

        Raises UsageError for a restricted person, who can only be released: `restricted=False`.
        """
        before = self.find(person, restricted=True)
        if before.restricted and changes != {"restricted": False}:
            raise UsageError(
                _("%(name)s is restricted: first take that back, by itself.", name=before.name)
            )
        after = Person(**{**asdict(before), **changes})
        changed = {
            field: getattr(after, field)
            for field in changes
            if getattr(before, field) != getattr(after, field)
        }
        if not changed:
            told = _("Nothing to change about %(name)s.", name=before.name)
            return ActionResult(told, person=before.id)
        batch = self._batch().add(Kind.EDIT, persons=(before.id,), changes=changed)
        fields = ", ".join(_(FIELDS[field]) for field in sorted(changed))
        told = _("%(name)s: %(fields)s changed.", name=after.name, fields=fields)
        return batch.close(told, before.id)

    def merge(self, kept: Who, *others: Who) -> ActionResult:
        """The other persons are the first one."""
        view = self._collection.view
        first = PersonRef.of(kept).known(view)
        parts = [PersonRef.of(other).known(view) for other in others]
        if any(part.id == first.id for part in parts):
            raise UsageError(
                _("%(name)s is this very person: choose another one.", name=first.name)
            )
        persons = (first.id, *(part.id for part in parts))
        gone = _(" and ").join(part.name for part in parts)
        batch = self._batch().add(Kind.MERGE, persons=persons)
        told = (
            _("%(gone)s is a part of %(kept)s now.", gone=gone, kept=first.name)
            if len(parts) == 1
            else _("%(gone)s are a part of %(kept)s now.", gone=gone, kept=first.name)
        )
        return batch.close(told, first.id)

    def merge_clusters(self, *clusters: int | str) -> ActionResult:
        """The clusters are one person, whoever it is: their firmest faces are linked.

        Raises UsageError for a cluster that is not there.
        """
        view = self._collection.view
        faces = []
        for identifier in clusters:
            label = view.faces.label(int(identifier)) if str(identifier).isdecimal() else None
            rows = () if label is None else view.faces.members(label)
            shown = [row for row in rows if view.shown[row]]
            if not shown:
                raise UsageError(
                    _("Cluster %(number)s: there is no such cluster now.", number=identifier)
                )
            faces.append(int(view.faces.face_ids[shown[0]]))
        return self.mark(faces, Kind.SAME)

    def present(
        self, person: Who, photo: int | str | Path, box: PixelBox | None = None
    ) -> ActionResult:
        """The person is in the photograph, with no face that was found. An unknown name makes one.

        photo : number or path.
        box : where; None: somewhere in it.
        """
        view = self._collection.view
        __, found = self._collection.find_photo(photo)
        place = WHOLE if box is None else _share(found, box)
        identifier, called, new = PersonRef.of(person).resolve(view)
        batch = self._batch()
        if new:
            batch.add(Kind.CREATE, persons=(identifier,), changes={"name": called})
        batch.add(Kind.PRESENT, places=[Region(found.sha256, place)], persons=(identifier,))
        return batch.close(_("%(name)s is here, without a face.", name=called), identifier)

    def draw(self, photo: int | str | Path, box: PixelBox, person: Who = "") -> ActionResult:
        """There is a face in this box, which no detector found; it is this person, if one is given.

        From now on it is a face like others. Where one is found at that place already, that one is
        meant. An unknown name makes a person.

        photo : number or path.
        """
        from prosopon.collection import drawing

        number, found = self._collection.find_photo(photo)
        region = Region(found.sha256, _share(found, box))
        face = drawing.face_at(self._collection, number, region)
        batch = self._batch()
        if face is None:
            (face,) = drawing.keep(self._collection, [region])
            batch.place(Kind.BOX, face)
        elif self._collection.view.hidden[self._collection.view.faces.rows([face])][0]:
            batch.place(Kind.BOX, face)
        elif not person:
            raise UsageError(_("That face was found already: it is face %(number)s.", number=face))
        if not person:
            return batch.close(_("A face is drawn; nobody is named yet."))
        identifier, called, new = PersonRef.of(person).resolve(self._collection.view)
        if new:
            batch.add(Kind.CREATE, persons=(identifier,), changes={"name": called})
        batch.place(Kind.NAME, face, persons=(identifier,))
        return batch.close(_("%(name)s: a face is drawn.", name=called), identifier)

    # the log

    def log(self, *, limit: int = 0, by: str | None = None) -> Table[Step]:
        """Everything that was decided, the latest first. What was undone stays in the log.

        limit : so many of the last steps; 0: all.
        by : only the steps of this author.
        """
        return Table(steps(self._collection.view, by, limit=limit))

    def conflicts(self) -> Table[Conflicting]:
        """Decisions that can't all hold. Until one is undone, the faces have no name."""
        return Table(conflicts(self._collection.view))

    def undo(self, *steps: int | str) -> ActionResult:
        """Take steps of the log back, by number or identifier; without any, the author's last."""
        decisions = self._steps(steps) if steps else self._last()
        return self._take_back(Kind.UNDO, decisions)

    def redo(self, *steps: int | str) -> ActionResult:
        """Let steps hold again that were taken back."""
        return self._take_back(Kind.REDO, self._steps(steps))

    def _batch(self) -> "DecisionBatch":
        return DecisionBatch(self._collection, self.author)

    def _take_back(self, kind: Kind, decisions: Sequence[str]) -> ActionResult:
        view = self._collection.view
        known = view.by_id
        if any(known[one].kind is Kind.FORGET for one in decisions):
            raise UsageError(_("This step can't be taken back: what was forgotten is gone."))
        batch = self._batch().add(kind, decisions=tuple(decisions))
        return batch.close(f"{_(kind.past)}: {view.tell(known[decisions[-1]])}.")

    def _steps(self, wanted: Iterable[int | str]) -> Sequence[str]:
        """Identifiers of log entries given by number or by identifier. Raises UsageError."""
        log = self._collection.view.log
        known = {entry.id for entry in log}
        found = []
        for text in map(str, wanted):
            if text.isdecimal() and 0 < int(text[:18]) <= len(log):
                found.append(log[int(text[:18]) - 1].id)
            elif text.lower() in known:
                found.append(text.lower())
            else:
                raise StepGone(
                    f"{text[:80]!r}: the log has no such step; give a number from 1 to {len(log)} "
                    "or an identifier (prosopon log shows them)"
                )
        return found

    def _last(self) -> Sequence[str]:
        """The decisions of the author's last action that holds. Raises UsageError."""
        view = self._collection.view
        own = (decision for decision in reversed(view.log) if decision.author == self.author)
        for last in own:
            final = last.kind in (Kind.UNDO, Kind.REDO, Kind.FORGET)
            if not final and view.holds.get(last.id, True):
                __, action = next(groupby(chain([last], own), key=attrgetter("at")))
                return [decision.id for decision in action][::-1]
        raise UsageError(_("There is nothing of yours to undo."))


class DecisionBatch:
    """Decisions of one action, in the making."""

    def __init__(self, collection: "Collection", author: str) -> None:
        self._collection = collection
        self._author = author
        self._at = datetime.now(UTC)
        self._made: list[Decision] = []

    def add(
        self, kind: Kind, faces: Iterable[int] = (), places: Iterable[Region] = (), **fields: Any
    ) -> "DecisionBatch":
        """Add a decision on faces and places; `fields` are others of `Decision`."""
        regions = (*places, *self._collection.view.regions(faces))
        self._made.append(Decision(self._author, kind, regions, at=self._at, **fields))
        return self

    def place(self, kind: Kind, face: int, **fields: Any) -> "DecisionBatch":
        """Add a decision on a face that is perhaps not shown (yet)."""
        return self.add(kind, places=self._collection.view.regions([face], hidden=True), **fields)

    def close(self, message: str, person: str = "") -> ActionResult:
        """Append them to the log, all or none."""
        added = self._collection.decide(self._made, self._author)
        return ActionResult.of(message, added, person)


def _in_copies(view: CollectionView, faces: Sequence[int], person: str = "") -> list[int]:
    """The same faces in copies of their photographs, as far as nobody has named them yet, or said
    that they are not this person."""
    rejected = view.state.rejected
    rows = view.faces.rows(view.faces.twins(faces))
    twins: list[int] = view.faces.face_ids[rows[view.open[rows]]].tolist()
    return [face for face in twins if person not in rejected.get(face, ())]


def _share(photo: Photo, box: PixelBox) -> Box:
    """A box in pixels as shares of the photograph. Raises UsageError where it is not inside."""
    x, y, width, height = box
    inside = x >= 0 and y >= 0 and x + width <= photo.width and y + height <= photo.height
    if not (inside and width > 0 and height > 0):
        raise UsageError(
            _(
                "Box %(box)s: is not inside of %(file)s, which has %(size)s pixels.",
                box=f"{x:g} {y:g} {width:g} {height:g}",
                file=Path(photo.path).name,
                size=f"{photo.width} × {photo.height}",
            )
        )
    across, down = photo.width, photo.height
    return x / across, y / down, (x + width) / across, (y + height) / down


def matching(view: CollectionView, text: str) -> Sequence[int]:
    """Places of the persons one of whose names has every word of `text`.

    A name that is just `text` goes before those that `text` begins, and these before others; then
    those with most faces.
    """
    words = search_key(text).replace(",", " ").split()

    def order(place: int) -> tuple[bool, bool, int]:
        names = (view.persons[place].name, *view.persons[place].variants)
        exact = any(search_key(name).split() == words for name in names)
        return not exact, not any(begins(text, name) for name in names), -int(view.faces_of[place])

    return sorted((p for p, key in enumerate(view.search_keys) if _has_words(key, text)), key=order)


def summary(view: CollectionView, place: int) -> PersonSummary:
    """A person for a list."""
    return PersonSummary(view.persons[place], int(view.faces_of[place]), view.portrait(place))


def _has_words(key: str, text: str) -> bool:
    return all(word in key for word in search_key(text).replace(",", " ").split())


def _handle(view: CollectionView) -> str:
    """A handle for somebody nameless that is not in use."""
    taken = {person.name for person in view.state.people.values()}
    return next(f"Unknown {n}" for n in count(1) if f"Unknown {n}" not in taken)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without an entry, as in some containers
        return "somebody"
