"""Hand over what was found and named, for other tools."""

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from prosopon.collection.current import current
from prosopon.collection.review import Desk
from prosopon.collection.review.snapshot import Snapshot
from prosopon.config import Settings
from prosopon.errors import ProsoponError, UsageError
from prosopon.exchange import ExportedFace, coco, csv_table, iiif, json_document
from prosopon.exchange.records import Box
from prosopon.people import Decision, Identification, Kind, Region, to_json
from prosopon.people.decisions import holding
from prosopon.records import Float32, Photo
from prosopon.store import Store, catalogue, clusterings, faces

FORMATS = {".csv": "csv", ".coco.json": "coco", ".iiif.json": "iiif", ".json": "json"}
"""By the end of a file's name."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    faces: int
    files: int
    problems: list[str] = field(default_factory=list)
    """Sidecars that could not be written, and why."""


def export(
    store: Store,
    settings: Settings,
    target: Path,
    *,
    form: str | None = None,
    clustering: int | None = None,
    base_url: str = "https://example.org/iiif",
) -> Exported:
    """Write every face to one file.

    Restricted persons and what is no face are left out; a photo found at several paths comes with
    one of them.

    form : csv, json, coco or iiif; None: as the target's name ends.
    clustering : the run whose clusters are given; by default the last one.
    base_url : iiif: where the manifest and the pictures have their addresses.

    Raises UsageError for a format that is not known.
    """
    form = form or form_of(target)
    desk = Desk(store, settings)
    now = desk.snapshot()
    rows = list(exported_faces(desk, clustering))
    with replacing(target) as stream:
        match form:
            case "csv":
                csv_table.write(rows, stream)
            case "coco":
                coco.write(rows, stream)
            case "iiif":
                iiif.write(rows, stream, base_url, {person.id: person for person in now.persons})
            case "json":
                json_document.write(rows, stream, now.persons, map(to_json, _log(desk, now)))
            case _:
                raise UsageError(
                    f"{form}: unknown format; there are {', '.join(FORMATS.values())}, and xmp"
                )
    return Exported(len(rows), 1)


def form_of(target: Path) -> str:
    """The format that a file's name tells. Raises UsageError."""
    for ending, form in FORMATS.items():
        if target.name.lower().endswith(ending):
            return form
    raise UsageError(
        f"{target}: its name tells no format; give one ending in {', '.join(FORMATS)}, or --format"
    )


def exported_faces(desk: Desk, clustering: int | None = None) -> Iterator[ExportedFace]:
    """Every face with its cluster and who it is, by photo; after a photo's found faces those that
    people marked where none was found.
    """
    now = desk.snapshot()
    made = {decision.id: decision for decision in desk.log}
    with desk.store.read() as connection:
        chosen = current(desk.store, connection)
        table = faces.load_faces(connection, detector_id=chosen.detector_id)
        marked = _marked(desk, now)
        photos = catalogue.find_many(connection, sorted(set(table.photo_ids.tolist())))
        photos |= catalogue.find_digests(connection, sorted(marked))
        run = clusterings.find(connection, clustering)
        labels: dict[int, int] = {}
        if run is not None:
            loaded = clusterings.load(connection, run.id)
            labels = dict(zip(loaded.face_ids.tolist(), loaded.labels.tolist(), strict=True))
    hidden = set(now.stock.face_ids[now.hidden].tolist())
    no_faces = {face for face, mark in now.state.marks.items() if mark is Kind.NOT_A_FACE}
    rows: dict[int, list[int]] = defaultdict(list)
    for row, (face, photo) in enumerate(
        zip(table.ids.tolist(), table.photo_ids.tolist(), strict=True)
    ):
        if face not in hidden and face not in no_faces:
            rows[photo].append(row)
    for number in sorted(photos):
        photo = photos[number]
        for row in rows[number]:
            face = int(table.ids[row])
            x1, y1, x2, y2 = table.boxes[row].tolist()
            yield ExportedFace(
                photo,
                (x1, y1, x2 - x1, y2 - y1),
                score=float(table.scores[row]),
                landmarks=_points(table.landmarks[row]),
                cluster=labels.get(face),
                **said(now, now.state.names.get(face), made),
            )
        for region, who in marked.get(photo.sha256, ()):
            yield ExportedFace(photo, pixels(region, photo), **said(now, who, made))


@contextmanager
def replacing(target: Path) -> Iterator[TextIO]:
    """A text file that takes the place of `target` when it is whole.

    Raises ProsoponError where it can't be written.
    """
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        try:
            with fresh.open("w", encoding="utf-8", newline="") as stream:
                yield stream
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise ProsoponError(f"{target}: can't be written: {error.strerror}") from error


def said(now: Snapshot, who: Identification | None, made: dict[str, Decision]) -> dict[str, Any]:
    """Fields of `ExportedFace` that tell who a face is, by human decision."""
    if who is None:
        return {}
    last = made[who.decisions[-1]]
    people = [now.state.people[person] for person in who.persons]
    return {
        "person": people[0].name,
        "person_id": people[0].id,
        "confirmed": True,
        "certainty": who.certainty,
        "alternatives": tuple(person.name for person in people[1:]),
        "author": last.author,
        "decided_at": last.at,
    }


def _marked(desk: Desk, now: Snapshot) -> dict[str, list[tuple[Region, Identification]]]:
    """Photo → places where people say who is there and no face is found now."""
    told: dict[Region, list[Decision]] = defaultdict(list)
    for entry, region in now.state.unplaced:
        told[region].append(entry)
    holds = holding(desk.log)
    for entry in desk.log:
        if entry.kind is Kind.PRESENT and holds.get(entry.id, True):
            told[entry.faces[0]].append(entry)
    found: dict[str, list[tuple[Region, Identification]]] = defaultdict(list)
    for region, entries in told.items():
        for entry in entries:
            people = [now.person(person) for person in entry.persons]
            shown = tuple(person.id for person in people if person is not None)
            if entry.kind is Kind.PRESENT:  # each of them is there
                who = [Identification((person,), entry.certainty, (entry.id,)) for person in shown]
            elif entry.kind is Kind.NAME and entry is entries[-1] and len(shown) == len(people):
                who = [Identification(shown, entry.certainty, (entry.id,))]
            else:
                who = []
            found[region.photo] += ((region, one) for one in who)
    return found


def _log(desk: Desk, now: Snapshot) -> Iterator[Decision]:
    """The log without what is on restricted persons and on their faces."""
    for entry in desk.log:
        withheld = any(
            now.person(person) is None
            and (person in now.state.people or person in now.state.merged)
            for person in entry.persons
        )
        if not withheld and not now.hidden[desk.rows_of(now, entry.faces)].any():
            yield entry


def pixels(region: Region, photo: Photo) -> Box:
    """A region's x, y, width, height in pixels."""
    x1, y1, x2, y2 = region.box
    width, height = photo.width, photo.height
    return x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height


def _points(landmarks: Float32) -> tuple[tuple[float, float], ...]:
    """The five points; none where the model gives none."""
    if np.isnan(landmarks).any():
        return ()
    return tuple((float(x), float(y)) for x, y in landmarks.tolist())
