"""What contributors say: kept in the log, without effect until a curator has accepted it.

A contribution is an entry with `contributed`. A later entry that lists it among its `decisions`
settles it: the curator's own decision, made from it, or a DECLINE. While that entry holds the
contribution is no more open; when it is undone it is again. An UNDO of the contribution itself
withdraws it.
"""

from collections.abc import Sequence

from prosopon.people.decisions import Decision
from prosopon.people.kinds import Kind
from prosopon.people.outcome import Outcome


class Contributions:
    """Those of a log that grows. What is open costs the contributions, not the log."""

    def __init__(self, outcome: Outcome, entries: Sequence[Decision]) -> None:
        """entries : the log, which grows."""
        self._out = outcome
        self._entries = entries

    def take(self, entry: Decision, place: int) -> None:
        """Note the next entry of the log, which is at that place."""
        if entry.contributed:
            self._out.contributed[entry.id] = place
        elif entry.kind not in (Kind.UNDO, Kind.REDO):
            for settled in entry.decisions:
                if settled in self._out.contributed:
                    self._out.settled_by.setdefault(settled, []).append(entry.id)

    def open(self) -> list[Decision]:
        """Those that wait for a word, the oldest first."""
        holds, settled_by = self._out.holds, self._out.settled_by
        return [
            self._entries[place]
            for name, place in self._out.contributed.items()
            if holds.get(name, True)
            and not any(holds.get(other, True) for other in settled_by.get(name, ()))
        ]
