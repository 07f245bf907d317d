"""A decision in a sentence, as the log tells it."""

from collections.abc import Callable, Mapping

from prosopon.people.decisions import Decision
from prosopon.people.kinds import Kind

UNKNOWN = "somebody unknown"
WITHHELD = "a restricted person"


def tell(entry: Decision, called: Callable[[str], str], log: Mapping[str, Decision]) -> str:
    """What was decided, and from what.

    called : gives a person's name, UNKNOWN or WITHHELD.
    log : by identifier, for the steps that an undo speaks of.
    """
    people = [called(person) for person in entry.persons]
    if "name" in entry.changes and people[-1] == UNKNOWN:
        people[-1] = entry.changes["name"]  # whose making is undone
    one, rest = (people[0] if people else ""), " and ".join(people[1:])
    faces = count_faces(len(entry.faces))
    doubt = f", in doubt ({entry.certainty:.0%})" if entry.certainty < 1 else ""
    match entry.kind:
        case Kind.NAME:
            told = f"{faces}: {' or '.join(people)}{doubt}"
        case Kind.REJECT:
            told = f"{faces}: not {' nor '.join(people)}"
        case Kind.CREATE:
            told = f"New person: {one}"
        case Kind.EDIT:
            values = "; ".join(f"{k}: {_value(v)}" for k, v in entry.changes.items())
            told = f"{one}: {entry.kind.past if one == WITHHELD else values}"
        case Kind.MERGE:
            told = f"{rest} merged into {one}"
        case Kind.SPLIT:
            told = f"{faces} split off {one} as {rest}" if rest else f"{faces} split off as {one}"
        case Kind.PRESENT:
            told = f"{' and '.join(people)} {entry.kind.past}"
        case Kind.DATE:
            many = len(entry.faces)
            photos = "1 photograph" if many == 1 else f"{many:,} photographs"
            told = f"{photos}: taken {entry.text or 'at an unknown time'}"
        case Kind.NOTE:
            told = f"Note: {entry.text}"
        case Kind.FORGET:
            told = entry.kind.past
        case Kind.UNDO | Kind.REDO:
            meant = (tell(log[i], called, log) for i in entry.decisions if i in log)
            told = f"{entry.kind.past}: {'; '.join(meant)}"
        case _:
            told = f"{faces}: {entry.kind.value}"
    return f"{told} ({entry.evidence})" if entry.evidence else told


def count_faces(number: int) -> str:
    """`1 face`, `1,200 faces`."""
    return f"{number:,} face{'' if number == 1 else 's'}"


def _value(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "none"
    return str(value) if value != "" else "none"
