"""What is left of the log when a person, or some places in photos, are forgotten.

Entries keep their identifier, author and time, so that what others say of them (undone, overruled)
stays true; what they say of the forgotten goes. An entry of which nothing is left becomes a FORGET.
"""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import replace

from prosopon.people.decisions import Decision, Region
from prosopon.people.kinds import Kind
from prosopon.persons import search_key


def forget(
    log: Iterable[Decision],
    persons: Set[str],
    gone: Callable[[Region], bool],
    names: Sequence[str] = (),
) -> dict[str, Decision]:
    """Identifier → what is left, of the entries that change.

    persons : identifiers of those who are forgotten.
    gone : whether a place is forgotten.
    names : of the forgotten: notes and reasons that mention one go as well.
    """
    words = [f" {_words(name)} " for name in names]

    def mentioned(text: str) -> bool:
        return any(word in f" {_words(text)} " for word in words)

    changed = {}
    for entry in log:
        left = _left(entry, persons, gone)
        if left.kind is not Kind.FORGET and mentioned(left.text):
            left = blank(entry)
        elif mentioned(left.evidence):
            left = replace(left, evidence="")
        if left != entry:
            changed[entry.id] = left
    return changed


def blank(entry: Decision) -> Decision:
    """That there was an entry, and nothing more."""
    return Decision(entry.author, Kind.FORGET, id=entry.id, at=entry.at)


def _left(entry: Decision, forgotten: Set[str], gone: Callable[[Region], bool]) -> Decision:
    faces = tuple(region for region in entry.faces if not gone(region))
    persons = tuple(person for person in entry.persons if person not in forgotten)
    if (faces, persons) == (entry.faces, entry.persons):
        return entry
    match entry.kind:
        case Kind.NAME:  # "one of these" without one of them would say more than was said
            is_left = bool(faces) and persons == entry.persons
        case Kind.SPLIT:
            is_left = bool(faces) and persons[-1:] == entry.persons[-1:]
        case Kind.MERGE:
            is_left = len(persons) > 1
        case Kind.SAME | Kind.DIFFERENT | Kind.MIXED:
            is_left = len(faces) > 1
        case Kind.REJECT | Kind.PRESENT:
            is_left = bool(faces and persons)
        case Kind.NOTE:
            is_left = persons == entry.persons and bool(faces) == bool(entry.faces)
        case _:
            is_left = bool(faces) and not entry.persons
    return replace(entry, faces=faces, persons=persons) if is_left else blank(entry)


def _words(text: str) -> str:
    """The words of a text, for comparison."""
    key = search_key(text)
    return " ".join("".join(char if char.isalnum() else " " for char in key).split())
