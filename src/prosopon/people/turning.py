"""Decisions on a photograph that another program has turned since: the same places, turned."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from prosopon.geometry.orientation import inverse, turned_box
from prosopon.people.decisions import Decision, Region


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of a photograph."""

    before: int
    """EXIF orientation when it was decided on."""
    photo: str
    """SHA-256 of the photograph that is in its place."""
    after: int
    """EXIF orientation of that one."""


def follow(entry: Decision, turns: Mapping[str, Turn]) -> Decision:
    """The decision, with the places where its faces are now. `turns`: by SHA-256."""
    if not any(region.photo in turns for region in entry.faces):
        return entry
    return replace(entry, faces=tuple(_moved(region, turns) for region in entry.faces))


def _moved(region: Region, turns: Mapping[str, Turn]) -> Region:
    turn = turns.get(region.photo)
    if turn is None:
        return region
    stored = turned_box(region.box, inverse(turn.before))
    return Region(turn.photo, turned_box(stored, turn.after))
