"""Works out the hints of a desk, in a process of its own: no page waits for it."""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

import numpy as np

from prosopon.collection import suggestions
from prosopon.collection.review.desk import Desk
from prosopon.collection.review.hints import Asked, Hint, Hints
from prosopon.collection.suggestions import Advice
from prosopon.config import Settings
from prosopon.errors import ProsoponError
from prosopon.people import queue
from prosopon.people.relations import groups_of
from prosopon.people.suggest import Band, best, names
from prosopon.records import Int32, Int64
from prosopon.store import open_store

QUESTIONS = 500
"""How many questions are kept: more than anybody answers before they are worked out anew."""


def advise(desk: Desk) -> Hints:
    """All that can be suggested as things stand. Raises ProsoponError where nothing is indexed."""
    advice = suggestions.advise(desk)
    known = advice.known
    everyone = np.arange(len(advice.face_ids))
    alone = groups_of(np.full(len(everyone), -1, np.int32), known.open)
    together = groups_of(known.cluster, known.open & (known.cluster >= 0))
    return Hints(
        _hints(advice, alone, advice.face_ids),
        _hints(advice, together, advice.now.stock.identifiers[known.cluster]),
        _questions(advice),
    )


def _hints(advice: Advice, groups: Int32, called: Int64) -> dict[int, Hint]:
    """The best suggestion for each group.

    groups : (n,) -1 for none.
    called : (n,) what each face's group is called in the answer.
    """
    found = best(names(advice.known, groups, advice.calibration))
    found = found[found.bands > Band.HIDE]
    return {
        int(called[row]): Hint(
            advice.name(person)[0], round(probability, 3), int(advice.face_ids[because])
        )
        for row, person, because, probability in zip(
            found.face.tolist(),
            found.persons.tolist(),
            found.because.tolist(),
            found.probability.tolist(),
            strict=True,
        )
    }


def _questions(advice: Advice) -> list[Asked]:
    asked = queue.questions(advice.known, advice.calibration)
    worth = [one for one in asked if one.person >= 0 or len(one.rows) > 1]
    return [
        Asked(
            tuple(advice.face_ids[one.rows].tolist()),
            advice.name(one.person)[0],
            round(one.probability, 3),
            frozenset(advice.face_ids[one.rows[~one.ticked]].tolist()),
        )
        for one in worth[:QUESTIONS]
    ]


@contextmanager
def advising(desk: Desk) -> Iterator[None]:
    """Keep the hints of `desk` up to date while the block runs."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    worker = context.Process(
        target=_work, args=(desk.store.name, desk.settings, there), daemon=True
    )
    worker.start()
    there.close()
    ending = threading.Event()
    keeper = threading.Thread(target=_keep, args=(desk, here, ending), daemon=True)
    desk.changed.set()
    keeper.start()
    try:
        yield
    finally:
        ending.set()
        desk.changed.set()
        worker.terminate()
        worker.join()
        keeper.join()
        here.close()


def _keep(desk: Desk, worker: Connection, ending: threading.Event) -> None:
    """Ask for hints whenever something has been decided."""
    with suppress(EOFError, OSError):
        while desk.changed.wait() and not ending.is_set():
            desk.changed.clear()
            worker.send(None)
            desk.hints = worker.recv()
    if not ending.is_set():
        logging.getLogger(__name__).error(
            "suggestions are not worked out any more: their process has ended"
        )


def _work(name: str, settings: Settings, page: Connection) -> None:
    """The process: answer every message with new hints."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that started this
    if hasattr(os, "nice"):  # pages go first; not on Windows
        os.nice(5)
    with open_store(name, create=False) as store, suppress(EOFError, OSError):
        desk = Desk(store, settings)
        while True:
            page.recv()
            try:
                hints = advise(desk)
            except ProsoponError as error:
                logging.getLogger(__name__).warning("no suggestions: %s", error)
                hints = Hints()
            page.send(hints)
