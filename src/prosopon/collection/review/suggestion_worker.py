"""Works out the suggestions of a review, in a process of its own: no page waits for it."""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

import numpy as np

from prosopon.collection.collection import Collection
from prosopon.collection.review.session import Review
from prosopon.collection.review.suggestions import Likeness, Suggestions
from prosopon.collection.suggest import suggestion_context
from prosopon.collection.view import CollectionView
from prosopon.config import Settings
from prosopon.errors import ProsoponError
from prosopon.people import queue
from prosopon.people.calibration import Calibration
from prosopon.people.doubtful import doubtful_pairs
from prosopon.people.relations import groups_of
from prosopon.people.suggest import Band, SuggestionContext, best, merges, names
from prosopon.store import open_store

LIKELY, MERGES = 0.9, 100
"""Probability from which two named persons are said to be perhaps one, and how many pairs."""
QUESTIONS = 500
"""How many questions are kept: more than anybody answers before they are worked out anew."""
PAIRS = 1000
"""The same of pairs."""


def work_out(collection: Collection) -> Suggestions:
    """All that can be suggested as things stand. Raises ProsoponError where nothing is indexed."""
    context, calibration = suggestion_context(collection.view)
    nowhere = np.full(len(context.face_ids), -1, np.int32)
    alone = groups_of(nowhere, context.open)
    together = groups_of(context.cluster, context.open & (context.cluster >= 0))
    of_faces, of_clusters = (
        context.suggestions(found[found.bands > Band.HIDE])
        for found in (best(names(context, groups, calibration)) for groups in (alone, together))
    )
    asked = queue.questions(context, calibration)
    view = collection.view
    return Suggestions(
        {one.face: one for one in of_faces},
        {one.cluster: one for one in of_clusters},
        named_alike(view, context, calibration),
        queue.alternating([one for one in asked if one.person or len(one.faces) > 1])[:QUESTIONS],
        doubtful_pairs(context, asked, calibration)[:PAIRS],
    )


def named_alike(
    view: CollectionView, context: SuggestionContext, calibration: Calibration
) -> list[Likeness]:
    """Named persons who may be one, the most probable first.

    Not those who are in one photograph together, or of whom somebody said no.
    """
    groups = np.where(context.named, context.person, -1).astype(np.int32)
    found = merges(context, groups, calibration)
    found = found[found.probability >= LIKELY]
    found = found[np.argsort(-found.probability, kind="stable")]
    photos = view.faces.photo_ids[np.searchsorted(view.faces.face_ids, context.face_ids)]
    no = {(int(groups[row]), int(person)) for row, person in context.rejected.tolist()}
    made = []
    for row in range(min(len(found), MERGES)):
        one, other = int(found.groups[row]), int(found.persons[row])
        together = np.intersect1d(photos[groups == one], photos[groups == other])
        if len(together) or (one, other) in no or (other, one) in no:
            continue
        faces = context.face_ids[[found.evidence_face[row], found.face[row]]].tolist()
        made.append(
            Likeness(
                (context.who(other)[0], context.who(one)[0]),
                round(float(found.probability[row]), 4),
                (faces[0], faces[1]),
            )
        )
    return made


@contextmanager
def working(review: Review) -> Iterator[None]:
    """Keep the suggestions of `review` up to date while the block runs."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    worker = context.Process(
        target=_work,
        args=(review.collection.store.address, review.collection.settings, there),
        daemon=True,
    )
    worker.start()
    there.close()
    ending = threading.Event()
    keeper = threading.Thread(target=_keep, args=(review, here, ending), daemon=True)
    review.changed.set()
    keeper.start()
    try:
        yield
    finally:
        ending.set()
        review.changed.set()
        worker.terminate()
        worker.join()
        keeper.join()
        here.close()


def _keep(review: Review, worker: Connection, ending: threading.Event) -> None:
    """Ask for suggestions whenever something has been decided."""
    with suppress(EOFError, OSError):
        while review.changed.wait() and not ending.is_set():
            review.changed.clear()
            worker.send(None)
            with suppress(ProsoponError):  # nothing is indexed yet
                review.warm()
            review.suggestions = worker.recv()
    if not ending.is_set():
        logging.getLogger(__name__).error(
            "suggestions are not worked out any more: their process has ended"
        )


def _work(name: str, settings: Settings, page: Connection) -> None:
    """The process: answer every message with new suggestions."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that started this
    if hasattr(os, "nice"):  # pages go first; not on Windows
        os.nice(5)
    with open_store(name, create=False) as store, suppress(EOFError, OSError):
        collection = Collection(store, settings)
        while True:
            page.recv()
            try:
                found = work_out(collection)
            except ProsoponError as error:
                logging.getLogger(__name__).warning("no suggestions: %s", error)
                found = Suggestions()
            page.send(found)
