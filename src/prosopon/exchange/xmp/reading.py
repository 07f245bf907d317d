"""A packet → the faces that it marks, and names of persons without a place."""

import numpy as np

from prosopon import xmp_packet as xmp
from prosopon.exchange.records import ExportedFace, Import
from prosopon.exchange.xmp.names import names_in
from prosopon.exchange.xmp.regions import regions_in
from prosopon.geometry import iou
from prosopon.geometry.matching import SAME_PLACE, match_boxes
from prosopon.persons import is_nobody
from prosopon.records import Float32, Photo

MOST_REGIONS = 2000
"""More faces than anybody marks in one photograph."""


def read(text: str, photo: Photo, where: str = "") -> Import:
    """The faces that a packet marks in its photo, and names of persons without a region.

    A face that is marked twice, as MWG and as Microsoft region, comes once. A name that says that
    nobody knows ("Unknown") is none.

    where : what the packet was read from, for messages; the photo's path by default.
    """
    found = Import()
    where = where or photo.path
    try:
        said = xmp.Packet.parse(text).properties()
    except xmp.DamagedXmp as error:
        found.problems.append(f"{where}: damaged XMP: {error}")
        return found
    marked: list[ExportedFace] = []
    for region in regions_in(said, photo):
        if region.problem:
            found.problems.append(f"{where}: a face region was left out: {region.problem}")
        elif len(marked) < MOST_REGIONS:
            name = "" if is_nobody(region.person) else region.person
            marked.append(ExportedFace(photo, region.box, person=name, person_id=region.person_id))
        else:
            found.problems.append(f"{where}: more than {MOST_REGIONS:,} regions: the rest left out")
            break
    found.faces = _each_once(marked)
    known = {face.person for face in marked}
    found.present = [
        (photo, person)
        for person in names_in(said)
        if person not in known and not is_nobody(person)
    ]
    return found


def joined(first: Import, second: Import) -> Import:
    """What two packets say of one photo; where both mark a place, the first one's name counts."""
    faces = _corners(first.faces)
    apart = match_boxes(_corners(second.faces), faces) < 0
    more = [face for face, new in zip(second.faces, apart, strict=True) if new]
    known = {face.person for face in (*first.faces, *second.faces)} | {n for _, n in first.present}
    return Import(
        faces=[*first.faces, *more],
        present=[*first.present, *(each for each in second.present if each[1] not in known)],
        problems=[*first.problems, *second.problems],
    )


def owner(text: str) -> str:
    """The ending of the one file that a sidecar is of, in lower case; empty where it says nothing.

    Lightroom and Camera Raw say so in `IMG_1.xmp` beside `IMG_1.CR2` and `IMG_1.JPG`. Raises
    DamagedXmp.
    """
    said = xmp.Packet.parse(text).properties()
    return xmp.text(said.get(xmp.name("photoshop:SidecarForExtension"))).lower().lstrip(".")


def _each_once(faces: list[ExportedFace]) -> list[ExportedFace]:
    """The faces, of those at one place the named one; of two names at one place both stay."""
    corners = _corners(faces)
    overlap = iou(corners, corners) >= SAME_PLACE
    kept: list[int] = []
    for row, face in enumerate(faces):
        place = next((at for at, other in enumerate(kept) if overlap[row, other]), None)
        twin = None if place is None else faces[kept[place]]
        if twin is None or (twin.person and face.person and twin.person != face.person):
            kept.append(row)
        elif place is not None and not twin.person:
            kept[place] = row
    return [faces[row] for row in kept]


def _corners(faces: list[ExportedFace]) -> Float32:
    """(n, 4) x1, y1, x2, y2."""
    x, y, width, height = np.array([face.box for face in faces], np.float32).reshape(-1, 4).T
    return np.column_stack([x, y, x + width, y + height])
