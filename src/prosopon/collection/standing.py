"""What is decided of each face, as arrays beside the faces."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from prosopon.collection.roster import NOBODY, Roster
from prosopon.people import State
from prosopon.records import Int32, Int64

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Never changed; a decision makes another, which costs a copy and the faces that it is on."""

    who: Int32
    """(n,) place of the one person that each face is said to be, perhaps with doubt; or NOBODY."""
    doubtful: Mask
    """(n,) named, but not surely: with doubt, or "one of these"."""
    withheld: Mask
    """(n,) faces that may be a restricted person."""
    set_aside: Mask
    """(n,) ignored, or no faces."""

    @classmethod
    def of(cls, face_ids: Int64, state: State, roster: Roster) -> Self:
        """face_ids : (n,) ascending."""
        count = len(face_ids)
        nothing = cls(np.full(count, NOBODY, np.int32), *np.zeros((3, count), bool))
        spoken = {*state.names, *state.marks, *(f for one in state.conflicts for f in one.faces)}
        return nothing.after(face_ids, state, roster, spoken)

    def moved(self, places: Int32) -> Self:
        """The same when persons have other places: (persons + 1,) the new one of each."""
        return replace(self, who=places[self.who])

    def after(self, face_ids: Int64, state: State, roster: Roster, changed: Iterable[int]) -> Self:
        """The same when something else holds of some faces."""
        wanted = np.array(sorted(changed), np.int64)
        rows = np.minimum(np.searchsorted(face_ids, wanted), max(len(face_ids) - 1, 0))
        rows = rows[face_ids[rows] == wanted] if len(face_ids) else rows[:0]
        made = type(self)(
            self.who.copy(), self.doubtful.copy(), self.withheld.copy(), self.set_aside.copy()
        )
        known = roster.number
        secret = {  # somebody says that they are a restricted person
            face
            for conflict in state.conflicts
            if any(one in state.people and one not in known for one in conflict.persons)
            for face in conflict.faces
        }
        for row, face in zip(rows.tolist(), face_ids[rows].tolist(), strict=True):
            named, mark = state.names.get(face), state.marks.get(face)
            persons = named.persons if named else ()
            made.who[row] = known.get(persons[0], NOBODY) if len(persons) == 1 else NOBODY
            made.doubtful[row] = named is not None and not named.sure
            made.withheld[row] = face in secret or any(one not in known for one in persons)
            made.set_aside[row] = mark is not None and mark.hides
        return made
