"""What contributors suggest, and what becomes of it: a curator's decision, or nothing.

Nothing that is accepted takes away what a person has decided, unless the curator says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prosopon.collection.deciding import ActionResult
from prosopon.collection.rights import Role
from prosopon.collection.view import CollectionView
from prosopon.errors import UsageError
from prosopon.languages import gettext as _
from prosopon.languages import ngettext
from prosopon.people import Decision, Kind, Region
from prosopon.people.kinds import LINKS
from prosopon.tables import Result, Table

if TYPE_CHECKING:
    from prosopon.collection.collection import Collection


@dataclass(frozen=True, slots=True)
class Contribution(Result):
    """What a contributor suggested at once."""

    author: str
    at: datetime
    told: Sequence[str]
    """In sentences."""
    steps: Sequence[int]
    """Numbers of the entries in the log."""
    decisions: Sequence[str]
    """Their identifiers."""
    faces: Sequence[int]
    """Those that may be shown."""
    at_odds: bool
    """It contradicts what people have decided."""


class Contributions:
    """Those that wait for a word, by one curator's hand: `collection.contributions.by("Ada")`."""

    def __init__(self, collection: "Collection", author: str = "") -> None:
        self._collection = collection
        self._author = author or collection.people.author

    def by(self, author: str | None) -> "Contributions":
        """The same, accepted and declined by `author`; by default by the user."""
        return Contributions(self._collection, author or "")

    def list(self, of: str | None = None) -> Table[Contribution]:
        """Those that wait, the oldest first.

        of : only this contributor's.
        """
        view = self._collection.view
        chosen = [e for e in view.state.contributions if of in (None, e.author)]
        numbers = {e.id: number for number, e in enumerate(view.log, 1) if e.contributed}
        return Table(_contribution(view, entries, numbers) for entries in _actions(chosen))

    def accept(self, *steps: int | str, overrule: bool = False) -> ActionResult:
        """Decide what was suggested; each with all that was suggested at once with it.

        steps : numbers or identifiers of log entries.
        overrule : also where that takes away what people decided; otherwise those faces, dates and
            details stay as they are.

        Raises UsageError for what waits no more, NotAllowed for those who may not decide.
        """
        self._collection.users.by(self._author).require(Role.CURATOR)
        view = self._collection.view
        actions = list(_actions(self._waiting(view, steps)))
        making = _Acceptance(view, self._author, overrule)
        taken = sum(making.take(action) for action in actions)
        if not making.made:
            raise UsageError(_("Nothing is accepted: it contradicts what was decided before."))
        self._collection.decide(making.made, self._author)
        told = ngettext(
            "%(number)s suggestion accepted.", "%(number)s suggestions accepted.", taken
        )
        if left := len(actions) - taken:
            told += " " + ngettext(
                "%(number)s is left: it contradicts what was decided before.",
                "%(number)s are left: they contradict what was decided before.",
                left,
            )
        return ActionResult(told, [entry.id for entry in making.made])

    def decline(self, *steps: int | str) -> ActionResult:
        """Let nothing come of what was suggested. Raises as `accept`."""
        self._collection.users.by(self._author).require(Role.CURATOR)
        view = self._collection.view
        entries = self._waiting(view, steps)
        made = Decision(self._author, Kind.DECLINE, decisions=tuple(e.id for e in entries))
        self._collection.decide([made], self._author)
        told = ngettext(
            "%(number)s suggestion declined.",
            "%(number)s suggestions declined.",
            len([*_actions(entries)]),
        )
        return ActionResult(told, [made.id])

    def _waiting(self, view: CollectionView, steps: Iterable[int | str]) -> Sequence[Decision]:
        """The open contributions that are meant, with those of the same actions."""
        waiting = {entry.id for entry in view.state.contributions}
        meant = set()
        for step in map(str, steps):
            number = int(step) if step.isdecimal() and len(step) < 12 else 0
            entry = view.log[number - 1] if 0 < number <= view.length else view.by_id.get(step)
            if entry is None or entry.id not in waiting:
                raise UsageError(
                    _("%(step)s: no suggestion (any more) that waits for a word.", step=step[:80])
                )
            meant.add((entry.author, entry.at))
        if not meant:
            raise UsageError(_("No suggestion is chosen."))
        return [e for e in view.state.contributions if (e.author, e.at) in meant]


class _Acceptance:
    """Contributions → the curator's own decisions."""

    def __init__(self, view: CollectionView, author: str, overrule: bool) -> None:
        self.made: list[Decision] = []
        self._view = view
        self._author = author
        self._overrule = overrule
        self._at = datetime.now(UTC)
        self._by_name = {person.name.casefold(): person.id for person in view.persons}
        self._same: dict[str, str] = {}
        """Person that a contributor would add → who has that name by now."""

    def take(self, action: Sequence[Decision]) -> bool:
        """Accept what was suggested at once; whether anything of it may be."""
        settles: list[str] = []
        made: list[Decision] = []
        for entry in action:
            if entry.kind is Kind.CREATE and self._is_known(entry):
                settles.append(entry.id)
            elif (accepted := self._accepted(entry)) is not None:
                made.append(accepted)
        if not made or (len(action) > 1 and all(entry.kind is Kind.CREATE for entry in made)):
            return False  # nobody is added without what they were to be added for
        made[-1] = replace(made[-1], decisions=(*made[-1].decisions, *settles))
        self.made += made
        return True

    def _is_known(self, entry: Decision) -> bool:
        """Whether somebody has the name by now, perhaps accepted a moment ago."""
        (person,), name = entry.persons, entry.changes["name"].casefold()
        known = self._by_name.setdefault(name, person)
        self._same[person] = known
        return known != person

    def _accepted(self, entry: Decision) -> Decision | None:
        persons = tuple(self._same.get(person, person) for person in entry.persons)
        meant = replace(entry, persons=persons)
        odds = places_at_odds(self._view, meant)
        faces = tuple(
            region
            for region in meant.faces
            if (region not in odds or self._overrule) and not _is_hidden(self._view, region)
        )
        if len(faces) not in entry.kind.faces:
            return None
        if _rewrites(self._view, meant) and not self._overrule:
            return None
        said_by = f"suggested by {entry.author}"
        return Decision(
            self._author,
            entry.kind,
            faces,
            persons,
            entry.changes,
            (entry.id, *_decided_on(self._view, odds.intersection(faces))),
            entry.certainty,
            f"{said_by}: {entry.evidence}" if entry.evidence else said_by,
            entry.text,
            at=self._at,
        )


def places_at_odds(view: CollectionView, entry: Decision) -> set[Region]:
    """The places of an entry where it contradicts what people have decided."""
    if entry.kind in LINKS:
        named = [_named(view, _face_at(view, region)) for region in entry.faces]
        known = [who for who in named if who]
        distinct = len(set(known))
        wrong = distinct > 1 if entry.kind is Kind.SAME else distinct < len(known)
        return set(entry.faces) if wrong else set()
    return {region for region in entry.faces if _is_at_odds(view, entry, region)}


def _is_at_odds(view: CollectionView, entry: Decision, region: Region) -> bool:
    if entry.kind is Kind.DATE:
        return view.state.dates.get(region.photo, entry.text) != entry.text
    face = _face_at(view, region)
    if face is None:
        return False
    named, mark, persons = _named(view, face), view.state.marks.get(face), frozenset(entry.persons)
    match entry.kind:
        case Kind.NAME:
            refused = persons <= view.state.rejected.get(face, frozenset())
            return refused or named not in (None, persons) or (mark is not None and mark.hides)
        case Kind.REJECT:
            return named is not None and bool(persons & named)
        case Kind.IGNORE | Kind.NOT_A_FACE:
            return named is not None or mark not in (None, entry.kind)
        case Kind.STATUE:
            return mark is Kind.NOT_A_FACE
        case _:
            return entry.kind is Kind.SPLIT and named is not None


def _named(view: CollectionView, face: int | None) -> frozenset[str] | None:
    """Who people say that a face is; what the program decided by itself contradicts nobody."""
    named = view.state.names.get(-1 if face is None else face)
    return None if named is None or named.by_machine else frozenset(named.persons)


def _face_at(view: CollectionView, region: Region) -> int | None:
    rows = view.rows_at([region])
    return int(view.faces.face_ids[rows[0]]) if len(rows) else None


def _is_hidden(view: CollectionView, region: Region) -> bool:
    return bool(view.hidden[view.rows_at([region])].any())


def _decided_on(view: CollectionView, places: set[Region]) -> list[str]:
    """The decisions on faces, which are overruled knowingly."""
    faces = {_face_at(view, region) for region in places} - {None}
    photos = {region.photo for region in places}
    return [
        entry.id
        for entry in view.log
        if not entry.contributed
        and any(r.photo in photos and _face_at(view, r) in faces for r in entry.faces)
    ]


def _rewrites(view: CollectionView, entry: Decision) -> bool:
    """Whether it replaces what is known of a person."""
    person = view.person(entry.persons[0]) if entry.kind is Kind.EDIT else None
    return person is not None and any(
        getattr(person, field) not in (value, "", ()) for field, value in entry.changes.items()
    )


def _actions(entries: Iterable[Decision]) -> Iterator[list[Decision]]:
    """Entries that were made at once, together."""
    together: dict[tuple[str, datetime], list[Decision]] = {}
    for entry in entries:
        together.setdefault((entry.author, entry.at), []).append(entry)
    yield from together.values()


def _contribution(
    view: CollectionView, entries: Sequence[Decision], numbers: Mapping[str, int]
) -> Contribution:
    rows = view.rows_at(region for entry in entries for region in entry.faces)
    telling = [entry for entry in entries if entry.kind is not Kind.CREATE] or entries
    return Contribution(
        author=entries[0].author,
        at=entries[0].at,
        told=[view.tell(replace(entry, contributed=False)) for entry in telling],
        steps=[numbers[entry.id] for entry in entries],
        decisions=[entry.id for entry in entries],
        faces=view.faces.face_ids[rows[~view.hidden[rows]]].tolist(),
        at_odds=any(places_at_odds(view, e) or _rewrites(view, e) for e in entries),
    )
