"""The visible faces as a table of records: where each is, and who."""

from dataclasses import dataclass

import numpy as np

from prosopon.collection.view import CollectionView
from prosopon.tables import Table


@dataclass(frozen=True, slots=True)
class Face:
    """A face that may be shown."""

    face: int
    photo: str
    """Path."""
    x: float
    """Left edge of the box, in pixels of the upright photo."""
    y: float
    width: float
    height: float
    score: float
    """The detector's."""
    sharpness: float
    yaw: float
    """Degrees; NaN where not known."""
    background: bool
    """Small beside others in the photograph, and blurred or turned away: perhaps not meant."""
    cluster: int
    """By its lasting identifier; 0 for none."""
    person: str
    """Name, by human decision; empty where nobody is named."""
    person_id: str
    doubtful: bool


def faces(view: CollectionView) -> Table[Face]:
    """Every face that may be shown, by number; without those whose photograph is gone."""
    found, rows = view.faces, np.flatnonzero(view.shown)
    photos = found.photos_of(np.unique(found.photo_ids[rows]).tolist())
    table: Table[Face] = Table()
    for row in rows.tolist():
        photo = photos.get(int(found.photo_ids[row]))
        if photo is None:
            continue
        x1, y1, x2, y2 = found.boxes[row].tolist()
        label, place = int(found.labels[row]), int(view.who[row])
        person = view.persons[place] if place >= 0 else None
        table.append(
            Face(
                face=int(found.face_ids[row]),
                photo=photo.path,
                x=x1,
                y=y1,
                width=x2 - x1,
                height=y2 - y1,
                score=float(found.table.scores[row]),
                sharpness=float(found.table.quality["sharpness"][row]),
                yaw=float(found.table.quality["yaw"][row]),
                background=bool(found.background[row]),
                cluster=int(found.identifiers[label]) if label >= 0 else 0,
                person=person.name if person else "",
                person_id=person.id if person else "",
                doubtful=bool(view.doubtful[row]),
            )
        )
    return table
