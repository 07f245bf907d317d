"""Hand over what was found, for other tools."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from prosopon.errors import UsageError
from prosopon.exchange import ExportedFace, csv_table, json_document
from prosopon.records import Float32
from prosopon.store import Store, catalogue, clusterings, faces
from prosopon.workflows.current import current

WRITERS = {".csv": csv_table.write, ".json": json_document.write}


def export(store: Store, target: Path, clustering: int | None = None) -> int:
    """Write every face to `target`; the suffix tells the format. Returns how many there are.

    A photo found at several paths has its faces listed at each.

    Raises UsageError for a format that is not known.
    """
    write = WRITERS.get(target.suffix.lower())
    if write is None:
        raise UsageError(
            f"{target}: unknown format; expected a name ending in {', '.join(WRITERS)}"
        )
    rows = list(exported_faces(store, clustering))
    partial = target.with_name(target.name + ".part")
    with partial.open("w", newline="", encoding="utf-8") as stream:
        write(rows, stream)
    partial.replace(target)
    return len(rows)


def exported_faces(store: Store, clustering: int | None = None) -> Iterator[ExportedFace]:
    """Every face with the cluster that it is in, by path."""
    with store.read() as connection:
        chosen = current(store, connection)
        table = faces.load_faces(connection, detector_id=chosen.detector_id)
        photos = catalogue.find_many(connection, sorted(set(table.photo_ids.tolist())))
        run = clusterings.find(connection, clustering)
        labels: dict[int, int] = {}
        if run is not None:
            made = clusterings.load(connection, run.id)
            labels = dict(zip(made.face_ids.tolist(), made.labels.tolist(), strict=True))
    for row, (face, photo_id) in enumerate(
        zip(table.ids.tolist(), table.photo_ids.tolist(), strict=True)
    ):
        x1, y1, x2, y2 = table.boxes[row].tolist()
        yield ExportedFace(
            photos[photo_id],
            (x1, y1, x2 - x1, y2 - y1),
            score=float(table.scores[row]),
            landmarks=_points(table.landmarks[row]),
            cluster=labels.get(face),
        )


def _points(landmarks: Float32) -> tuple[tuple[float, float], ...]:
    """(5, 2) landmarks as pairs; none where the detector gives none."""
    return () if np.isnan(landmarks).any() else tuple((x, y) for x, y in landmarks.tolist())
