"""What contributors say: kept in the log, without effect until a curator has accepted it.

A contribution is an entry with `contributed`. A later entry that lists it among its `decisions`
settles it: the curator's own decision, made from it, or a DECLINE. While that entry holds the
contribution is no more open; when it is undone it is again. An UNDO of the contribution itself
withdraws it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from prosopon.people.decisions import Decision
from prosopon.people.kinds import Kind


class Contributions:
    """Those of a log that grows. What is open costs the contributions, not the log."""

    def __init__(self) -> None:
        self._made: dict[str, Decision] = {}
        self._settled_by: dict[str, list[str]] = defaultdict(list)

    def extend(self, entries: Iterable[Decision]) -> None:
        """Take the next entries of the log."""
        for entry in entries:
            if entry.contributed:
                self._made[entry.id] = entry
            elif entry.kind not in (Kind.UNDO, Kind.REDO):
                for settled in entry.decisions:
                    if settled in self._made:
                        self._settled_by[settled].append(entry.id)

    def open(self, holds: Mapping[str, bool]) -> list[Decision]:
        """Those that wait for a word, the oldest first.

        holds : whether entries that were ever taken back hold now, by identifier.
        """
        return [
            entry
            for name, entry in self._made.items()
            if holds.get(name, True)
            and not any(holds.get(other, True) for other in self._settled_by.get(name, ()))
        ]
