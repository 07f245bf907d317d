"""Adding photographs during a review: index and cluster beside the pages, with progress to show."""

import threading
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass, replace
from pathlib import Path

from prosopon import photos
from prosopon.collection.collection import Collection
from prosopon.collection.rights import Role
from prosopon.collection.watch import take_in
from prosopon.errors import ProsoponError, UsageError
from prosopon.languages import gettext as _
from prosopon.languages import marked, ngettext
from prosopon.paths import address, from_root, is_remote
from prosopon.progress import Stage, listening

STAGES = (
    *(marked("looking for photographs"), marked("indexing photographs")),
    *(marked("reading captions and dates"), marked("finding neighbours")),
    *(marked("refining neighbours"), marked("finding faces")),
    marked("drawing photographs"),
)
"""What the verbs say they are doing, worded so that the page can translate it."""


@dataclass(frozen=True, slots=True)
class IntakeState:
    """How far the work is."""

    running: bool = False
    folders: Sequence[str] = ()
    stage: str = ""
    """What is being done."""
    done: int = 0
    total: int | None = None
    """None: not known yet."""
    rate: float = 0.0
    """Steps a second in this stage."""
    seconds_left: float | None = None
    error: str = ""
    """Why it ended without being finished."""
    summary: str = ""
    """What came of it."""


def existing(folders: Sequence[str | Path]) -> list[Path]:
    """The folders as paths. Raises UsageError where there are none, or one is not there."""
    roots = [from_root(str(folder).strip()) for folder in folders if str(folder).strip()]
    if not roots:
        raise UsageError(_("give the folder of your photographs, such as /home/you/Photos"))
    for root in roots:
        if not (photos.is_there(root) if is_remote(root) else root.exists()):
            raise UsageError(
                _("%(folder)s: there is no such folder on this computer", folder=address(root))
            )
    return roots


class _Stopped(ProsoponError):
    """The user wanted it to stop."""


class Intake:
    """At most one run at a time. Its state may be read by any thread."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._state = IntakeState()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> IntakeState:
        """How far the work is."""
        return self._state

    def start(
        self,
        folders: Sequence[str | Path],
        *,
        by: str | None = None,
        first: Callable[[], Path] | None = None,
    ) -> None:
        """Index the folders, then group the faces. Raises UsageError: none, gone, or at work;
        NotAllowed where `by` is no owner: folders of the computer are looked into.

        first : makes one more folder to index, as the first part of the work.
        """
        self._collection.users.by(by).require(Role.OWNER)
        roots = existing(folders) if folders or first is None else []
        with self._lock:
            if self._state.running:
                raise UsageError(_("photographs are being added already; wait, or stop that first"))
            self._stopping.clear()
            self._state = IntakeState(running=True, folders=[str(root) for root in roots])
            words = copy_context()  # what is told meanwhile is in the language of who started it
            self._thread = threading.Thread(
                target=words.run, args=(self._run, roots, first), daemon=True
            )
            self._thread.start()

    def stop(self, *, by: str | None = None) -> None:
        """End the work soon; what is finished is kept, and the next run goes on from there."""
        self._collection.users.by(by).require(Role.OWNER)
        self._stopping.set()

    def close(self) -> None:
        """End the work with the program."""
        self._stopping.set()
        self.wait(10)

    def wait(self, timeout: float | None = None) -> None:
        """Until the work has ended, or for so many seconds."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self, roots: Sequence[Path], first: Callable[[], Path] | None) -> None:
        try:
            with listening(_Listener(self)):
                if first is not None:
                    roots = [*roots, first()]
                    self._show(folders=[str(root) for root in roots])
                indexed = take_in(self._collection, *roots).indexed
                told = ngettext(
                    "%(number)s photograph looked at.",
                    "%(number)s photographs looked at.",
                    indexed.examined,
                )
            self._show(summary=told)
        except _Stopped:
            pass
        except ProsoponError as error:
            self._show(error=str(error))
        finally:
            self._show(running=False, stage="")

    def _check(self) -> None:
        if self._stopping.is_set():
            raise _Stopped("stopped")

    def _show(self, **changes: object) -> None:
        self._state = replace(self._state, **changes)  # type: ignore[arg-type]


class _Listener:
    """Turns the progress of the verbs into the state."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def open(self, description: str, total: int | None) -> Stage:
        return _Stage(self._intake, description, total)


class _Stage(Stage):
    def __init__(self, intake: Intake, description: str, total: int | None) -> None:
        self._intake, self._total = intake, total
        self._done, self._start = 0, time.monotonic()
        intake._show(stage=_(description), done=0, total=total, rate=0.0, seconds_left=None)

    def advance(self, steps: int = 1, **figures: int | str) -> None:
        self._intake._check()
        self._done += steps
        rate = self._done / max(time.monotonic() - self._start, 1e-3)
        left = max(self._total - self._done, 0) / rate if self._total and rate else None
        self._intake._show(done=self._done, rate=rate, seconds_left=left)
