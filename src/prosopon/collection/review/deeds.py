"""What can be done on the pages: one function per action. Each adds decisions to the log.

The decisions of one action bear one time, so that they are undone together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from prosopon.collection.review.browse import WHOLE
from prosopon.collection.review.desk import Desk
from prosopon.collection.review.history import tell
from prosopon.collection.review.proposals import evidence
from prosopon.collection.review.snapshot import Snapshot
from prosopon.errors import UsageError
from prosopon.people import Decision, Kind, Region
from prosopon.people.decisions import holding
from prosopon.persons import Person, clean_name, new_person_id

DOUBT = 0.5
"""Certainty of a name that is given in doubt."""
_SAID = {
    Kind.IGNORE: "ignored",
    Kind.NOT_A_FACE: "marked as no face",
    Kind.STATUE: "marked as statue or painting",
}


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done."""

    message: str
    """In a sentence."""
    decisions: Sequence[str] = ()
    """Identifiers of the new entries of the log."""
    person: str = ""
    """Whom it was about."""


@dataclass(frozen=True, slots=True)
class Target:
    """The faces that something is done to: listed, or all open ones of a cluster."""

    faces: Sequence[int] = ()
    others: Sequence[int] = ()
    """Faces that were looked at with them and left out."""
    cluster: int | None = None
    waiting: bool = False
    """They were shown as faces without a name: one that got a name since is left out."""

    def resolve(self, now: Snapshot) -> list[int]:
        """The face ids. Raises UsageError where there is none."""
        faces = self._still(now, self.faces)
        if self.cluster is not None:
            label = now.stock.label(self.cluster)
            rows = () if label is None else now.stock.members(label)
            faces += now.stock.face_ids[[row for row in rows if now.open[row]]].tolist()
        if not faces:
            raise UsageError(
                "No face is chosen, or somebody else has settled them: load the page again."
            )
        return faces

    def left_out(self, now: Snapshot) -> list[int]:
        """The faces that were looked at with them and left out."""
        return self._still(now, self.others)

    def _still(self, now: Snapshot, faces: Sequence[int]) -> list[int]:
        """The faces, without those that nobody needs to be asked about any more."""
        if not self.waiting:
            return list(faces)
        rows = now.stock.rows(faces)
        still = set(now.stock.face_ids[rows[now.open[rows]]].tolist())
        return [face for face in faces if face in still]


@dataclass(frozen=True, slots=True)
class Who:
    """A person, or a name."""

    person: str = ""
    name: str = ""
    fresh: bool = False
    """Somebody new, even if there is a person of that name."""

    def resolve(self, now: Snapshot) -> tuple[str, str, bool]:
        """Identifier, name, and whether the person is new. Raises UsageError."""
        if self.person:
            found = now.person(self.person)
            if found is None:
                raise UsageError("There is no such person any more: load the page again.")
            return found.id, found.name, False
        name = clean_name(self.name)
        same = (
            [] if self.fresh else [p for p in now.persons if p.name.casefold() == name.casefold()]
        )
        if len(same) > 1:
            raise UsageError(f"{len(same)} persons are named {name}: choose one from the list.")
        if same:
            return same[0].id, same[0].name, False
        return new_person_id(), name, True


def name(
    desk: Desk,
    author: str,
    target: Target,
    who: Who,
    *,
    doubtful: bool = False,
    suggested: bool = False,
) -> Deed:
    """The faces are this person; those looked at with them and left out are not.

    suggested : whether the person was proposed, which the log says then.
    """
    now = desk.snapshot()
    faces = target.resolve(now)
    identifier, called, new = who.resolve(now)
    entry = _Entry(desk, author)
    if new:
        entry.add(Kind.CREATE, persons=(identifier,), changes={"name": called})
    entry.add(
        Kind.NAME,
        faces,
        persons=(identifier,),
        certainty=DOUBT if doubtful else 1.0,
        evidence=evidence(desk, faces, identifier) if suggested else "",
    )
    others = target.left_out(now)
    if others and not doubtful:
        entry.add(Kind.REJECT, others, persons=(identifier,))
    said = f"{_faces(len(faces))} named {called}" + (", in doubt." if doubtful else ".")
    return entry.close(said, identifier)


def name_one_of(desk: Desk, author: str, target: Target, people: Sequence[Who]) -> Deed:
    """The faces are one of these persons, who are known already."""
    now = desk.snapshot()
    faces = target.resolve(now)
    known = [who.resolve(now) for who in people]
    unknown = [called for _, called, new in known if new]
    if unknown:
        raise UsageError(f"Nobody is named {unknown[0]}: make that person first.")
    entry = _Entry(desk, author)
    entry.add(Kind.NAME, faces, persons=tuple(identifier for identifier, _, _ in known))
    called = " or ".join(called for _, called, _ in known)
    return entry.close(f"{_faces(len(faces))} named {called}.")


def reject(desk: Desk, author: str, target: Target, *people: Who) -> Deed:
    """The faces are none of these persons."""
    now = desk.snapshot()
    faces = target.resolve(now)
    known = [Who(who.person).resolve(now) for who in people]
    entry = _Entry(desk, author)
    entry.add(Kind.REJECT, faces, persons=tuple(identifier for identifier, _, _ in known))
    called = " nor ".join(called for _, called, _ in known)
    return entry.close(f"{_faces(len(faces))}: not {called}.", known[0][0])


def mark(desk: Desk, author: str, target: Target, kind: Kind) -> Deed:
    """The faces are to be ignored, no faces, or depicted ones."""
    faces = target.resolve(desk.snapshot())
    entry = _Entry(desk, author)
    entry.add(kind, faces)
    return entry.close(f"{_faces(len(faces))} {_SAID[kind]}.")


def link(desk: Desk, author: str, target: Target, kind: Kind) -> Deed:
    """The faces are one person, whoever it is (SAME); or no two of them are (DIFFERENT)."""
    faces = target.resolve(desk.snapshot())
    entry = _Entry(desk, author)
    entry.add(kind, faces)
    return entry.close(f"{_faces(len(faces))}: {kind.value}.")


def link_clusters(desk: Desk, author: str, identifiers: Sequence[int]) -> Deed:
    """The clusters are one person, whoever it is: their firmest faces are linked.

    Raises UsageError for a cluster that is not there.
    """
    now = desk.snapshot()
    faces = []
    for identifier in identifiers:
        label = now.stock.label(identifier)
        rows = () if label is None else now.stock.members(label)
        shown = [row for row in rows if now.shown[row]]
        if not shown:
            raise UsageError(f"cluster {identifier}: there is no such cluster now")
        faces.append(int(now.stock.face_ids[shown[0]]))
    return link(desk, author, Target(faces), Kind.SAME)


def note(desk: Desk, author: str, target: Target, text: str) -> Deed:
    """Something to remember about the faces."""
    faces = target.resolve(desk.snapshot())
    entry = _Entry(desk, author)
    entry.add(Kind.NOTE, faces, text=text)
    return entry.close(f"{_faces(len(faces))}: noted.")


def split(desk: Desk, author: str, target: Target, who: Who, former: str = "") -> Deed:
    """The faces are somebody else: of the given name, or nameless for now.

    former : the person whose faces they were held to be, if any.
    """
    now = desk.snapshot()
    faces = target.resolve(now)
    person = new_person_id()
    changes: dict[str, Any] = {"name": who.name or _handle(now)}
    if not who.name:
        changes["nameless"] = True
    entry = _Entry(desk, author)
    if former:
        identifier, _, _ = Who(former).resolve(now)
        entry.add(Kind.SPLIT, faces, persons=(identifier, person), changes=changes)
    else:
        entry.add(Kind.CREATE, persons=(person,), changes=changes)
        entry.add(Kind.NAME, faces, persons=(person,))
        if others := target.left_out(now):
            entry.add(Kind.REJECT, others, persons=(person,))
    return entry.close(f"{_faces(len(faces))} split off as {changes['name']}.", person)


def create(desk: Desk, author: str, called: str, **details: Any) -> Deed:
    """A person without faces so far; `details` are other fields of `Person`."""
    person = new_person_id()
    entry = _Entry(desk, author)
    entry.add(Kind.CREATE, persons=(person,), changes={"name": called, **details})
    return entry.close(f"{clean_name(called)} is known now.", person)


def edit(desk: Desk, author: str, person: str, changes: Mapping[str, Any]) -> Deed:
    """Rename a person, or change what else is known; values that stay the same are left out."""
    now = desk.snapshot()
    identifier, _, _ = Who(person).resolve(now)
    return _edit(desk, author, now.state.people[identifier], changes)


def release(desk: Desk, author: str, person: str) -> Deed:
    """A restricted person may be shown again."""
    people = desk.snapshot().state.people
    if person not in people:
        raise UsageError("There is no such person.")
    return _edit(desk, author, people[person], {"restricted": False})


def _edit(desk: Desk, author: str, before: Person, changes: Mapping[str, Any]) -> Deed:
    after = Person(**{**asdict(before), **changes})
    changed = {
        field: getattr(after, field)
        for field in changes
        if getattr(before, field) != getattr(after, field)
    }
    if not changed:
        return Deed(f"Nothing to change about {before.name}.", person=before.id)
    entry = _Entry(desk, author)
    entry.add(Kind.EDIT, persons=(before.id,), changes=changed)
    return entry.close(f"{after.name}: {', '.join(sorted(changed))} changed.", before.id)


def merge(desk: Desk, author: str, kept: str, *others: Who) -> Deed:
    """The other persons are the first one."""
    now = desk.snapshot()
    first, called, _ = Who(kept).resolve(now)
    parts = [other.resolve(now) for other in others]
    for identifier, gone, new in parts:
        if new:
            raise UsageError(f"Nobody is named {gone}: choose somebody from the list.")
        if identifier == first:
            raise UsageError(f"{called} is this very person: choose another one.")
    entry = _Entry(desk, author)
    entry.add(Kind.MERGE, persons=(first, *(identifier for identifier, _, _ in parts)))
    gone = " and ".join(gone for _, gone, _ in parts)
    is_or_are = "is" if len(parts) == 1 else "are"
    return entry.close(f"{gone} {is_or_are} a part of {called} now.", first)


def present(
    desk: Desk, author: str, photo: int, who: Who, box: tuple[float, float, float, float] = WHOLE
) -> Deed:
    """The person is in the photograph, with no face that was found.

    box : where: x1, y1, x2, y2 as fractions of the photograph's width and height.
    """
    now = desk.snapshot()
    found = desk.photo(photo)
    if found is None:
        raise UsageError("There is no such photograph, or its file is gone.")
    identifier, called, new = who.resolve(now)
    entry = _Entry(desk, author)
    if new:
        entry.add(Kind.CREATE, persons=(identifier,), changes={"name": called})
    entry.add(Kind.PRESENT, persons=(identifier,), places=[Region(found.sha256, box)])
    return entry.close(f"{called} is here, without a face.", identifier)


def undo(desk: Desk, author: str, decisions: Sequence[str] = ()) -> Deed:
    """Take decisions back; without any, the author's last that holds."""
    return _take_back(desk, author, Kind.UNDO, decisions or _last(desk, author))


def redo(desk: Desk, author: str, decisions: Sequence[str]) -> Deed:
    """Let decisions hold again."""
    return _take_back(desk, author, Kind.REDO, decisions)


class _Entry:
    """Decisions of one action, in the making."""

    def __init__(self, desk: Desk, author: str) -> None:
        self._desk = desk
        self._author = author
        self._at = datetime.now(UTC)
        self._made: list[Decision] = []

    def add(
        self,
        kind: Kind,
        faces: Iterable[int] = (),
        places: Iterable[Region] = (),
        **fields: Any,
    ) -> None:
        regions = (*places, *self._desk.regions(self._desk.snapshot(), faces))
        self._made.append(Decision(self._author, kind, regions, at=self._at, **fields))

    def close(self, message: str, person: str = "") -> Deed:
        self._desk.decide(self._made)
        return Deed(message, [decision.id for decision in self._made], person)


def _take_back(desk: Desk, author: str, kind: Kind, decisions: Sequence[str]) -> Deed:
    now = desk.snapshot()
    known = {decision.id: decision for decision in desk.log}
    unknown = [one for one in decisions if one not in known]
    if unknown or any(known[one].kind is Kind.FORGET for one in decisions):
        raise UsageError("This step can't be taken back: load the page again.")
    entry = _Entry(desk, author)
    entry.add(kind, decisions=tuple(decisions))
    done = {Kind.UNDO: "Undone", Kind.REDO: "Done again"}[kind]
    return entry.close(f"{done}: {tell(now, desk.log, known[decisions[-1]])}.")


def _last(desk: Desk, author: str) -> list[str]:
    """The decisions of the author's last action that holds. Raises UsageError."""
    desk.snapshot()
    holds = holding(desk.log)
    for decision in reversed(desk.log):
        if (
            decision.author == author
            and decision.kind not in (Kind.UNDO, Kind.REDO, Kind.FORGET)
            and holds.get(decision.id, True)
        ):
            return [d.id for d in desk.log if (d.author, d.at) == (author, decision.at)]
    raise UsageError("There is nothing of yours to undo.")


def _handle(now: Snapshot) -> str:
    """A handle for somebody nameless that is not in use."""
    taken = {person.name for person in now.state.people.values()}
    return next(f"Unknown {n}" for n in count(1) if f"Unknown {n}" not in taken)


def _faces(number: int) -> str:
    return f"{number:,} face{'' if number == 1 else 's'}"
