"""What was found in one photograph, and what is said of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prosopon.collection.collection import Collection
from prosopon.collection.photographs import about_photo
from prosopon.collection.view import CollectionView
from prosopon.geometry.orientation import turned_points
from prosopon.metadata import Metadata
from prosopon.records import Photo
from prosopon.report import draw_faces
from prosopon.tables import Result, Table


@dataclass(frozen=True, slots=True)
class FaceInfo:
    """One face of the photograph."""

    id: int
    x: float
    """Left edge of the box, in pixels of the upright photo."""
    y: float
    width: float
    height: float
    score: float
    quality: dict[str, float]
    landmarks: list[list[float]]
    cluster: int | None
    """By its lasting identifier."""
    name: str = ""
    """Who it is, by human decision."""
    mark: str = ""
    """Ignored, no face, statue or painting."""


@dataclass(frozen=True, slots=True)
class PhotoInfo(Result):
    """A photograph and its faces."""

    photo: Photo
    about: Metadata
    """What files, sidecars, catalogue and people say of it."""
    date: str
    """When it was taken, by the source that is trusted most, as EDTF; empty where none says."""
    date_source: str
    present: list[str]
    """Who is in it without a face that was found."""
    faces: Table[FaceInfo]
    withheld: int = 0
    """Faces that may not be shown."""


def info(
    collection: Collection, photo: int | str | Path, *, draw: str | Path | None = None
) -> PhotoInfo:
    """What was found in one photograph and what is said of it, without what may not be shown.

    draw : a picture file to write: boxes and landmarks over the photograph as it is shown upright,
        restricted persons painted over.

    Raises ProsoponError if it isn't indexed, or was not a picture.
    """
    number, found = collection.find_photo(photo)
    view = collection.view
    rows = view.faces.of_photo(number)
    withheld = int(view.withheld[rows].sum())
    rows = np.sort(rows[~view.hidden[rows]])
    table = view.faces.table.of(rows)
    if draw is not None:
        captions = [f"face {face}" for face in table.ids.tolist()]
        turns = view.faces.turns_of(number)
        pixels = np.ascontiguousarray(np.rot90(collection.pixels(number).pixels, turns))
        corners = turned_points(table.boxes.reshape(-1, 2, 2), turns, found.width, found.height)
        boxes = np.hstack([corners.min(axis=1), corners.max(axis=1)])
        landmarks = turned_points(table.landmarks, turns, found.width, found.height)
        draw_faces(pixels, boxes, landmarks, captions, Path(draw))
    about, taken = about_photo(collection, number)
    return PhotoInfo(
        photo=found,
        about=about,
        date=taken.date.edtf if taken else "",
        date_source=taken.source.value if taken else "",
        present=[
            person.name
            for _, who in view.state.present.get(found.sha256, ())
            if (person := view.person(who)) is not None
        ],
        faces=Table(_face(view, row) for row in rows.tolist()),
        withheld=withheld,
    )


def _face(view: CollectionView, row: int) -> FaceInfo:
    table, label = view.faces.table, int(view.faces.labels[row])
    x1, y1, x2, y2 = table.boxes[row].tolist()
    face = int(table.ids[row])
    who, mark = view.state.names.get(face), view.state.marks.get(face)
    return FaceInfo(
        face,
        x1,
        y1,
        x2 - x1,
        y2 - y1,
        float(table.scores[row]),
        {name: float(values[row]) for name, values in table.quality.items()},
        np.round(table.landmarks[row].astype(float), 2).tolist(),
        None if label < 0 else int(view.faces.identifiers[label]),
        " or ".join(view.state.people[one].name for one in who.persons) if who else "",
        "" if mark is None else mark.past,
    )
