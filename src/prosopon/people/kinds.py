"""The kinds of decisions: one table that the log, the command line and the pages read."""

from enum import StrEnum
from typing import Self

from prosopon.errors import UsageError
from prosopon.languages import marked as _


class Group(StrEnum):
    """What a decision is about."""

    WHO = "who the faces are"
    MARK = "what the faces are"
    LINK = "whether faces are one person"
    PLACE = "where somebody is without a face that was found"
    PERSON = "what is known of a person"
    PHOTO = "what is known of a photograph"
    LOG = "the log itself"


_NONE = range(1)
_ONE = range(1, 2)
_ANY = range(10**9)
_SOME = range(1, 10**9)
_SEVERAL = range(2, 10**9)
_CHOICE = range(1, 100)


class Kind(StrEnum):
    """What is decided; its value is how the log writes it.

    Each with its group, on how many faces and persons it is, what a button says, and how it is
    told afterwards.
    """

    group: Group
    faces: range
    persons: range
    label: str
    past: str

    def __new__(
        cls, value: str, group: Group, faces: range, persons: range, label: str, past: str
    ) -> Self:
        made = str.__new__(cls, value)
        made._value_ = value
        made.group, made.faces, made.persons = group, faces, persons
        made.label, made.past = label, past
        return made

    NAME = "name", Group.WHO, _SOME, _CHOICE, _("Name"), _("named")
    """The faces are this person, or one of these persons."""
    REJECT = "reject", Group.WHO, _SOME, _SOME, _("Not this person"), _("not")
    """The faces are none of these persons."""
    SAME = "same person", Group.LINK, _SEVERAL, _NONE, _("Same person"), _("same person")
    """The faces are one person, whoever it is."""
    DIFFERENT = (
        *("different persons", Group.LINK, _SEVERAL, _NONE),
        *(_("Different persons"), _("different persons")),
    )
    """No two of the faces are one person."""
    MIXED = (
        *("not one person", Group.LINK, _SEVERAL, _NONE),
        *(_("Not all one person"), _("not all one person")),
    )
    """The faces are not all one person; which of them are, nobody says."""
    IGNORE = "ignore", Group.MARK, _SOME, _NONE, _("Ignore"), _("ignored")
    """Nobody is to be asked about the faces."""
    NOT_A_FACE = "not a face", Group.MARK, _SOME, _NONE, _("Not a face"), _("marked as no face")
    STATUE = (
        *("statue or painting", Group.MARK, _SOME, _NONE),
        *(_("Statue or painting"), _("marked as statue or painting")),
    )
    """The faces are depicted ones; they may be named all the same."""
    BOX = "box", Group.PLACE, _SOME, _NONE, _("Draw a box"), _("box drawn")
    """There are faces in these boxes, drawn by hand."""
    PRESENT = "present", Group.PLACE, _ONE, _CHOICE, _("Is here"), _("present without a face")
    """The persons are in the photo, in this region, with no face to be seen."""
    CREATE = "create person", Group.PERSON, _NONE, _ONE, _("New person"), _("added")
    EDIT = "edit person", Group.PERSON, _NONE, _ONE, _("Change"), _("changed")
    """Rename, or change what else is known of the person: `changes` holds the new values."""
    MERGE = "merge persons", Group.PERSON, _NONE, _SEVERAL, _("Merge"), _("merged")
    """The other persons are the first one."""
    SPLIT = "split person", Group.WHO, _SOME, range(1, 3), _("Split off"), _("split off")
    """The faces are not the first person but the last, who is made from `changes`. Where only one
    is given, whom they were split off is forgotten."""
    DATE = "date", Group.PHOTO, _SOME, _NONE, _("Date"), _("dated")
    """The photographs were taken then: `text` is a date as EDTF; empty: nobody knows."""
    NOTE = "note", Group.LOG, _ANY, _ANY, _("Note"), _("noted")
    UNDO = "undo", Group.LOG, _NONE, _NONE, _("Undo"), _("Undone")
    """`decisions` don't hold any more."""
    REDO = "redo", Group.LOG, _NONE, _NONE, _("Redo"), _("Done again")
    """`decisions` hold again."""
    DECLINE = "decline", Group.LOG, _NONE, _NONE, _("Decline"), _("Declined")
    """Contributions are not accepted: `decisions`."""
    FORGET = "forget", Group.LOG, _NONE, _NONE, _("Forget"), _("Something was forgotten for ever")
    """Something was removed for privacy; nothing here says what."""

    @property
    def action(self) -> str:
        """The kind as a flag or in an address: `not-a-face`."""
        return self.name.lower().replace("_", "-")

    @property
    def hides(self) -> bool:
        """Whether a face that is marked so is shown nowhere but in its photograph."""
        return self in (Kind.IGNORE, Kind.NOT_A_FACE)

    @property
    def makes_a_person(self) -> bool:
        """Whether `changes` describes somebody new."""
        return self in (Kind.CREATE, Kind.SPLIT)


def kind_of(text: str) -> Kind:
    """The kind that the log, or a flag, calls so. Raises UsageError."""
    for kind in Kind:
        if text in (kind.value, kind.action):
            return kind
    raise UsageError(f"{text!r}: no kind of decision; there are {', '.join(Kind)}")


MARKS = tuple(kind for kind in Kind if kind.group is Group.MARK)
LINKS = tuple(kind for kind in Kind if kind.group is Group.LINK)
