"""The log: what was decided, what contradicts, taking back."""

from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from operator import attrgetter

from prosopon.collection.deciding import ActionResult, Deciding
from prosopon.collection.history import Conflicting, Step, conflicts, steps
from prosopon.errors import StepGone, UsageError
from prosopon.languages import gettext as _
from prosopon.people import Kind
from prosopon.people.telling import in_brief
from prosopon.tables import Table


class LogActions(Deciding):
    """The log as people read and change it."""

    def log(self, *, limit: int = 0, by: str | None = None) -> Table[Step]:
        """Everything that was decided, the latest first. What was undone stays in the log.

        limit : so many of the last steps; 0: all.
        by : only the steps of this author.
        """
        return Table(steps(self._collection.view, by, limit=limit))

    def conflicts(self) -> Table[Conflicting]:
        """Decisions that can't all hold. Until one is undone, the faces have no name."""
        return Table(conflicts(self._collection.view))

    def undo(self, *steps: int | str) -> ActionResult:
        """Take steps of the log back, by number or identifier; without any, the author's last."""
        decisions = self._steps(steps) if steps else self._last()
        return self._take_back(Kind.UNDO, decisions)

    def redo(self, *steps: int | str) -> ActionResult:
        """Let steps hold again that were taken back."""
        return self._take_back(Kind.REDO, self._steps(steps))

    def _take_back(self, kind: Kind, decisions: Sequence[str]) -> ActionResult:
        view = self._collection.view
        known = view.by_id
        if any(known[one].kind is Kind.FORGET for one in decisions):
            raise UsageError(_("This step can't be taken back: what was forgotten is gone."))
        batch = self._batch().add(kind, decisions=tuple(decisions))
        steps = in_brief([known[one] for one in reversed(decisions)], view.tell)
        return batch.close(f"{_(kind.past)}: {steps}.")

    def _steps(self, wanted: Iterable[int | str]) -> Sequence[str]:
        """Identifiers of log entries given by number or by identifier. Raises UsageError."""
        view = self._collection.view
        log, known = view.log, view.by_id
        found = []
        for text in map(str, wanted):
            if text.isdecimal() and 0 < int(text[:18]) <= len(log):
                found.append(log[int(text[:18]) - 1].id)
            elif text.lower() in known:
                found.append(text.lower())
            else:
                raise StepGone(
                    f"{text[:80]!r}: the log has no such step; give a number from 1 to {len(log)} "
                    "or an identifier (prosopon log shows them)"
                )
        return found

    def _last(self) -> Sequence[str]:
        """The decisions of the author's last action that holds. Raises UsageError."""
        view = self._collection.view
        own = (decision for decision in reversed(view.log) if decision.author == self.author)
        for last in own:
            final = last.kind in (Kind.UNDO, Kind.REDO, Kind.FORGET)
            if not final and view.holds.get(last.id, True):
                __, action = next(groupby(chain([last], own), key=attrgetter("at")))
                return [decision.id for decision in action][::-1]
        raise UsageError(_("There is nothing of yours to undo."))
