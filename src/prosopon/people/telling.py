"""A decision in a sentence, as the log tells it."""

from collections.abc import Callable, Mapping, Sequence

from prosopon.languages import gettext as _
from prosopon.languages import marked, ngettext, share_text
from prosopon.people.decisions import CHECKED, Decision
from prosopon.people.kinds import Kind

UNKNOWN = marked("somebody unknown")
WITHHELD = marked("a restricted person")
OPINION = marked("second opinion, please")
"""The note by which another opinion is asked for."""
TOLD = 3
"""Steps that are told one by one where many were taken back together."""
FIELDS = {
    "name": marked("name"),
    "nameless": marked("nameless"),
    "variants": marked("other names"),
    "born": marked("born"),
    "died": marked("died"),
    "note": marked("note"),
    "links": marked("links"),
    "restricted": marked("restricted"),
}
"""What is known of a person, in words."""
_EVIDENCE = (
    *(CHECKED, marked("from captions"), marked("from portraits")),
    *(marked("contact sheet"), marked("contact sheet, filled in by %(what)s")),
    *(marked("suggested by %(what)s"), marked("suggested, probability %(what)s")),
    marked("imported from %(what)s"),
)
"""What the program writes as evidence; people's own words stay as they are."""


def tell(
    entry: Decision,
    called: Callable[[str], str],
    log: Mapping[str, Decision],
    was_called: Callable[[str], str] | None = None,
) -> str:
    """What was decided, and from what.

    called : gives a person's name, UNKNOWN or WITHHELD.
    log : by identifier, for the steps that an undo speaks of.
    was_called : gives the own name of a person who was merged into another; by default `called`.
    """
    own = was_called if was_called and entry.kind is Kind.MERGE else called
    people = [own(person) for person in entry.persons]
    if "name" in entry.changes and people[-1] == UNKNOWN:
        people[-1] = entry.changes["name"]  # whose making is undone
    withheld = people[:1] == [WITHHELD]
    people = [_(name) if name in (UNKNOWN, WITHHELD) else name for name in people]
    one, rest = (people[0] if people else ""), _(" and ").join(people[1:])
    faces = count_faces(len(entry.faces))
    doubt = (
        _(", in doubt (%(certainty)s)", certainty=share_text(entry.certainty))
        if entry.certainty < 1
        else ""
    )
    match entry.kind:
        case Kind.NAME:
            told = f"{faces}: {_(' or ').join(people)}{doubt}"
        case Kind.REJECT:
            told = _("%(faces)s: not %(names)s", faces=faces, names=_(" nor ").join(people))
        case Kind.CREATE:
            told = _("New person: %(name)s", name=one)
        case Kind.EDIT:
            values = "; ".join(
                f"{_(FIELDS.get(k, k))}: {_value(v)}" for k, v in entry.changes.items()
            )
            told = f"{one}: {_(entry.kind.past) if withheld else values}"
        case Kind.MERGE:
            told = _("%(gone)s merged into %(kept)s", gone=rest, kept=one)
        case Kind.SPLIT:
            told = (
                _("%(faces)s split off %(former)s as %(name)s", faces=faces, former=one, name=rest)
                if rest
                else _("%(faces)s split off as %(name)s", faces=faces, name=one)
            )
        case Kind.PRESENT:
            told = f"{_(' and ').join(people)} {_(entry.kind.past)}"
        case Kind.DATE:
            many = len(entry.faces)
            photos = ngettext("%(number)s photograph", "%(number)s photographs", many)
            when = entry.text or _("at an unknown time")
            told = _("%(photos)s: taken %(when)s", photos=photos, when=when)
        case Kind.NOTE:
            told = _("Note: %(text)s", text=_(OPINION) if entry.text == OPINION else entry.text)
        case Kind.FORGET:
            told = _(entry.kind.past)
        case Kind.UNDO | Kind.REDO | Kind.DECLINE:
            meant = [log[i] for i in entry.decisions if i in log]
            steps = in_brief(meant, lambda one: tell(one, called, log, was_called))
            told = f"{_(entry.kind.past)}: {steps}"
        case _:
            told = f"{faces}: {_(entry.kind.past)}"
    if entry.contributed:
        told = _("Suggested: %(what)s", what=told)
    return f"{told} ({evidence_text(entry.evidence)})" if entry.evidence else told


def in_brief(entries: Sequence[Decision], told: Callable[[Decision], str]) -> str:
    """The first of some decisions in a sentence each, and how many more there are."""
    shown, more = "; ".join(map(told, entries[:TOLD])), len(entries) - TOLD
    if more <= 0:
        return shown
    return ngettext(
        "%(steps)s; and %(number)s more step",
        "%(steps)s; and %(number)s more steps",
        more,
        steps=shown,
    )


def evidence_text(evidence: str) -> str:
    """What was decided from, in the language in force where the program wrote it."""
    for text in _EVIDENCE:
        before, value, _after = text.partition("%(what)s")
        if evidence == text or (value and evidence.startswith(before)):
            return _(text, what=evidence[len(before) :]) if value else _(text)
    return evidence


def count_faces(number: int) -> str:
    """`1 face`, `1,200 faces`."""
    return ngettext("%(number)s face", "%(number)s faces", number)


def _value(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or _("none")
    return str(value) if value != "" else _("none")
