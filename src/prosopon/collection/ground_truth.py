"""Who is really in the pictures: read from a folder per person, or from a CSV file."""

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np

from prosopon import geometry
from prosopon.collection.collection import Collection
from prosopon.errors import ProsoponError
from prosopon.exchange.csv_table import delimiter_of
from prosopon.files import read_bytes
from prosopon.paths import from_root
from prosopon.records import Float32
from prosopon.store import catalogue
from prosopon.store.faces import FaceTable
from prosopon.xmp_packet import DamagedXmp, decode

_OVERLAP = 0.3
"""Intersection over union from which a labelled box and a found one are the same face: low, since
some frame the head and some the face from the brows to the chin."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known about the faces of a collection."""

    people: dict[int, str]
    """Face id → person."""
    labels: int
    """Labels in the source."""
    unmatched: int
    """Labels for which no face was found: the photo is not indexed, or the face not detected."""
    missed: tuple[str, ...]
    """The persons of those labels whose photo is in the collection: faces not detected."""
    repeated: int
    """Labels of a face that has one already, as where a file is there twice, byte for byte: a
    collection holds such a photo once."""


@dataclass(frozen=True, slots=True)
class Label:
    """One person in one file."""

    path: str
    """As written: absolute, or relative to the truth's folder."""
    person: str
    box: tuple[float, float, float, float] | None
    """x1, y1, x2, y2 in pixels of the upright photo; None: the photo's main face."""


def read_truth(source: Path) -> list[Label]:
    """Labels from a folder per person, or from a CSV with `path, person` and perhaps
    `x, y, width, height`.

    Raises ProsoponError: missing, no labels, a column lacking, a number that is none.
    """
    if source.is_dir():
        labels = [
            Label(str(file.relative_to(source)), file.parent.name, None)
            for file in sorted(source.rglob("*"))
            if file.is_file() and file.parent != source and not file.name.startswith(".")
        ]
    elif source.exists():
        labels = _read_csv(source)
    else:
        raise ProsoponError(f"{source}: no such file or folder; expected the truth to compare with")
    if not labels:
        raise ProsoponError(
            f"{source}: holds no labels; expected a folder for each person, or a CSV with the "
            "columns path and person"
        )
    return labels


def label_faces(collection: Collection, source: Path, table: FaceTable) -> Truth:
    """Who the faces of `table` are, as far as the truth in `source` says.

    A labelled box goes to the face that overlaps it most, from an intersection over union of 0.3.
    A label without a box goes to the photo's main face: the largest, less so away from the middle.

    Raises ProsoponError if no label meets a photo of the collection.
    """
    labels = read_truth(source)
    folder = from_root(source if source.is_dir() else source.parent)
    with collection.store.read() as connection:
        by_path = dict(catalogue.all_paths(connection))
        photos = catalogue.find_many(connection, sorted(set(table.photo_ids.tolist())))
    named = _by_name(by_path)
    rows: dict[int, list[int]] = defaultdict(list)
    for row, photo_id in enumerate(table.photo_ids.tolist()):
        rows[photo_id].append(row)
    found: dict[int, str] = {}
    missed: list[str] = []
    met = repeated = 0
    asked: set[tuple[int, object]] = set()
    for label in labels:
        path = str(folder / label.path)
        photo_id = by_path.get(path, named.get(Path(label.path).name))
        met += photo_id is not None
        if photo_id is None:
            continue
        if (photo_id, label.box) in asked:
            repeated += 1
            continue
        asked.add((photo_id, label.box))
        match = None
        if photo_id in rows:
            of_photo, photo = np.array(rows[photo_id]), photos[photo_id]
            match = face_of(label, table.boxes[of_photo], (photo.width, photo.height))
        if match is None:
            missed.append(label.person)
        else:
            found[int(table.ids[of_photo[match]])] = label.person
    if not met:
        raise ProsoponError(
            f"{source}: none of its {len(labels)} labels names a photo of {collection.name} "
            f"(the first is {labels[0].path!r})"
        )
    unmatched = len(labels) - len(found) - repeated
    return Truth(found, len(labels), unmatched, tuple(missed), repeated)


def face_of(label: Label, boxes: Float32, size: tuple[int, int]) -> int | None:
    """Which of a photo's faces a label means; None where none overlaps its box.

    boxes : (n, 4) with n > 0. size : width and height of the photo.
    """
    if label.box is None:
        return geometry.main_face(boxes, size)
    overlaps = geometry.iou(np.array([label.box], np.float32), boxes)[0]
    best = int(np.argmax(overlaps))
    return best if overlaps[best] >= _OVERLAP else None


def _by_name(by_path: dict[str, int]) -> dict[str, int]:
    """File name → photo, for names that stand for one photo only."""
    photos: dict[str, set[int]] = defaultdict(set)
    for path, photo_id in by_path.items():
        photos[Path(path).name].add(photo_id)
    return {name: ids.pop() for name, ids in photos.items() if len(ids) == 1}


def _read_csv(source: Path) -> list[Label]:
    text = re.sub(r"\Asep=.\r?\n", "", _text(source), flags=re.IGNORECASE)  # Excel's
    header = text.partition("\n")[0]
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter_of(header))
    try:
        reader.fieldnames = [name.strip().casefold() for name in reader.fieldnames or ()]
        columns = set(reader.fieldnames)
        if not {"path", "person"} <= columns:
            raise ProsoponError(
                f"{source}: expected the columns path and person (and x, y, width, height), "
                f"found {', '.join(sorted(columns)) or 'none'}"
            )
        boxed = {"x", "y", "width", "height"} <= columns
        return [
            Label(row["path"], row["person"], _box(row, source, reader.line_num, boxed))
            for row in reader
            if row["path"] and row["person"]
        ]
    except csv.Error as error:
        raise ProsoponError(f"{source}: not a CSV file: {error}") from error


def _text(source: Path) -> str:
    try:
        return decode(read_bytes(source))
    except OSError as error:
        raise ProsoponError(f"{source}: can't be read: {error.strerror or error}") from error
    except DamagedXmp as error:
        raise ProsoponError(f"{source}: {error}: save it as CSV in UTF-8") from error


def _box(
    row: dict[str, str], source: Path, line: int, boxed: bool
) -> tuple[float, float, float, float] | None:
    if not boxed or not row["x"]:
        return None
    try:
        x, y, width, height = (float(row[name]) for name in ("x", "y", "width", "height"))
    except (TypeError, ValueError) as error:
        raise ProsoponError(
            f"{source}, line {line}: x, y, width, height must be numbers"
        ) from error
    return x, y, x + width, y + height
