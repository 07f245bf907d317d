"""What people decided, told of the faces that are known now."""

from collections.abc import Iterable

import numpy as np
from sqlalchemy import Connection

from prosopon.people import Decision, Places, State, from_json, replay
from prosopon.records import Float32, Int64
from prosopon.store import catalogue, decisions, faces


def read_log(connection: Connection, after: int = 0) -> list[Decision]:
    """The decisions beyond the first `after`, the oldest first."""
    return [from_json(entry) for entry in decisions.load(connection, after)]


def places(
    connection: Connection,
    face_ids: Int64,
    photo_ids: Int64,
    boxes: Float32,
    entries: Iterable[Decision],
) -> Places:
    """Where the faces are in the photographs that the entries speak of."""
    spoken = {region.photo for entry in entries for region in entry.faces}
    photos = catalogue.find_digests(connection, sorted(spoken))
    rows = np.flatnonzero(np.isin(photo_ids, list(photos)))
    of_rows = [photos[photo] for photo in photo_ids[rows].tolist()]
    sizes = np.array([(p.width, p.height) * 2 for p in of_rows], np.float64).reshape(-1, 4)
    return Places(face_ids[rows], [p.sha256 for p in of_rows], boxes[rows] / sizes)


def decided(connection: Connection, detector_id: int) -> State:
    """What holds after all decisions, on the faces of one detector."""
    log = read_log(connection)
    table = faces.load_faces(connection, detector_id=detector_id)
    return replay(log, places(connection, table.ids, table.photo_ids, table.boxes, log))
