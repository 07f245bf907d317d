"""The log as people read it."""

from collections.abc import Sequence

from prosopon.collection.review.browse import number
from prosopon.collection.review.desk import Desk
from prosopon.collection.review.sheet import faces_of, sheets
from prosopon.collection.review.snapshot import Snapshot
from prosopon.collection.review.views import Face, Step
from prosopon.people import Conflict, Decision, Kind
from prosopon.people.decisions import holding

STEPS = 40
_FACES = 8
_WITHHELD = "a restricted person"
_UNKNOWN = "somebody unknown"


def steps(desk: Desk, after: str = "", count: int = STEPS) -> tuple[list[Step], str]:
    """The log, the latest first, below the entry number `after`; and where the rest begins."""
    now = desk.snapshot()
    log = desk.log[: now.length]
    end = min(number(after) - 1, len(log)) if after else len(log)
    start = max(end - count, 0)
    holds = holding(log)
    entries = list(enumerate(log[start:end], start + 1))[::-1]
    rows = [desk.rows_of(now, entry.faces[:_FACES]) for _, entry in entries]
    told = [
        _step(desk, now, place, entry, holds.get(entry.id, True), shown)
        for (place, entry), shown in zip(entries, sheets(desk, now, rows), strict=True)
    ]
    return told, f"after={start + 1}" if start else ""


def entries(desk: Desk, author: str | None = None) -> list[Step]:
    """The whole log, the latest first, without the faces; of one author or of all."""
    now = desk.snapshot()
    log = desk.log[: now.length]
    holds = holding(log)
    return [
        _step(desk, now, place, entry, holds.get(entry.id, True))
        for place, entry in reversed(list(enumerate(log, 1)))
        if author in (None, entry.author)
    ]


def conflicts(desk: Desk) -> list[tuple[Conflict, list[Step], list[Face]]]:
    """What contradicts: the conflict, the decisions at odds, the faces that they are on."""
    now = desk.snapshot()
    places = {entry.id: place for place, entry in enumerate(desk.log[: now.length], 1)}
    found = []
    for conflict in now.state.conflicts:
        if any(
            now.person(person) is None and person in now.state.people for person in conflict.persons
        ):
            continue  # of restricted persons
        told = [
            _step(desk, now, places[one], desk.log[places[one] - 1], True)
            for one in conflict.decisions
        ]
        rows = now.stock.rows(conflict.faces)[:_FACES]
        found.append((conflict, told, faces_of(desk, now, rows)))
    return found


def since(desk: Desk, length: int) -> tuple[int, list[str]]:
    """How long the log is, and who decided something after the first `length` entries."""
    now = desk.snapshot()
    return now.length, sorted({entry.author for entry in desk.log[length : now.length]})


def _step(
    desk: Desk,
    now: Snapshot,
    place: int,
    entry: Decision,
    holds: bool,
    faces: Sequence[Face] = (),
) -> Step:
    return Step(
        number=place,
        id=entry.id,
        author=entry.author,
        at=entry.at,
        told=tell(now, desk.log, entry),
        holds=holds,
        faces=faces,
        more=max(len(entry.faces) - _FACES, 0) if faces else 0,
        final=entry.kind is Kind.FORGET,
    )


def tell(now: Snapshot, log: Sequence[Decision], entry: Decision) -> str:
    """A decision in a sentence."""
    people = [_called(now, person) for person in entry.persons]
    if "name" in entry.changes and people[-1] == _UNKNOWN:
        people[-1] = entry.changes["name"]  # whose making is undone
    one, rest = (people[0] if people else ""), " and ".join(people[1:])
    faces = f"{len(entry.faces):,} face{'' if len(entry.faces) == 1 else 's'}"
    doubt = f", in doubt ({entry.certainty:.0%})" if entry.certainty < 1 else ""
    match entry.kind:
        case Kind.NAME:
            told = f"{faces}: {' or '.join(people)}{doubt}"
        case Kind.REJECT:
            told = f"{faces}: not {' nor '.join(people)}"
        case Kind.CREATE:
            told = f"New person: {one}"
        case Kind.EDIT:
            shown = one != _WITHHELD
            values = "; ".join(f"{k}: {_value(v)}" for k, v in entry.changes.items())
            told = f"{one}: {values if shown else 'changed'}"
        case Kind.MERGE:
            told = f"{rest} merged into {one}"
        case Kind.SPLIT:
            told = f"{faces} split off {one} as {rest}" if rest else f"{faces} split off as {one}"
        case Kind.PRESENT:
            told = f"{' and '.join(people)} present without a face"
        case Kind.NOTE:
            told = f"Note: {entry.text}"
        case Kind.FORGET:
            told = "Something was forgotten for ever"
        case Kind.UNDO | Kind.REDO:
            by_id = {other.id: other for other in log}
            meant = "; ".join(tell(now, log, by_id[i]) for i in entry.decisions if i in by_id)
            told = f"{'Undone' if entry.kind is Kind.UNDO else 'Done again'}: {meant}"
        case _:
            told = f"{faces}: {entry.kind.value}"
    return f"{told} ({entry.evidence})" if entry.evidence else told


def _called(now: Snapshot, identifier: str) -> str:
    person = now.person(identifier)
    if person is not None:
        return person.name
    known = now.state.merged_into(identifier) in now.state.people
    return _WITHHELD if known else _UNKNOWN


def _value(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "none"
    return str(value) if value != "" else "none"
