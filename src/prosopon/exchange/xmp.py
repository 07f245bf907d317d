"""XMP face regions in sidecars: what Lightroom, digiKam, Picasa, darktable and exiftool read.

Written: MWG regions ("Guidelines for Handling Image Metadata", version 2.0, 2010, section 5.9),
Microsoft's MP regions, IPTC's PersonInImage, digiKam's tags. Read: the same. Regions are relative
to the picture as stored, before any EXIF turn.

What others wrote into a sidecar stays. What we wrote carries a mark of ours (`prosopon:Person` in
a region, `prosopon:Names` for plain lists of names), so that writing again replaces it, and a name
taken back goes; a foreign region at the same place as one of ours is replaced too.
"""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from prosopon.exchange import rdf
from prosopon.exchange.orientation import Fractions, stored_size, to_stored, to_upright
from prosopon.exchange.records import Box, ExportedFace, Import
from prosopon.geometry.matching import match_boxes
from prosopon.records import Float32, Photo

Fields = dict[str, rdf.Value]

PEOPLE = "People/"
"""digiKam's root of tags that name persons."""
_SAME_SHAPE = 0.02
"""Relative difference of two aspect ratios that rounding can make."""


def write(
    faces: Sequence[ExportedFace], photo: Photo, existing: str = "", present: Sequence[str] = ()
) -> str:
    """The sidecar of one photo with these faces, added to what an existing one says.

    present : names of persons who are in the photo, nobody says where.

    Raises DamagedXmp if the existing one can't be read: it is then not ours to replace.
    """
    packet = rdf.parse(existing) if existing.strip() else rdf.empty()
    areas = [to_stored(face.box, photo) for face in faces]
    _write_mwg(packet, faces, areas, photo)
    _write_microsoft(packet, faces, areas)
    names = [*(face.person for face in faces if face.person), *present]
    _write_names(packet, list(dict.fromkeys(names)))
    return rdf.to_text(packet)


def read(text: str, photo: Photo) -> Import:
    """The faces that a sidecar marks in its photo, and names of persons without a region.

    A face that is marked twice, as MWG and as Microsoft region, comes once.
    """
    found = Import()
    try:
        said = rdf.properties(rdf.parse(text))
    except rdf.DamagedXmp as error:
        found.problems.append(f"{photo.path}: damaged sidecar: {error}")
        return found
    marked = [*_read_mwg(said, photo, found), *_read_microsoft(said, photo, found)]
    for face in marked:
        twin = next((f for f in found.faces if _same_place(f, face)), None)
        if twin is None or (twin.person and face.person and twin.person != face.person):
            found.faces.append(face)
        elif not twin.person:
            found.faces[found.faces.index(twin)] = face
    named = {face.person for face in found.faces}
    for person in _read_names(said):
        if person not in named:
            found.present.append((photo, person))
    return found


def _write_mwg(
    packet: ET.Element, faces: Sequence[ExportedFace], areas: list[Fractions], photo: Photo
) -> None:
    kept = _foreign(packet, "mwg-rs:Regions", "mwg-rs:RegionList", _mwg_area, areas)
    rdf.remove(packet, "mwg-rs:Regions")
    if not faces and not kept:
        return
    regions = rdf.structure(rdf.add(packet, "mwg-rs:Regions"), {})
    width, height = stored_size(photo)
    dimensions = ET.SubElement(regions, rdf.name("mwg-rs:AppliedToDimensions"))
    rdf.structure(
        dimensions, {"stDim:w": str(width), "stDim:h": str(height), "stDim:unit": "pixel"}
    )
    bag = rdf.container(ET.SubElement(regions, rdf.name("mwg-rs:RegionList")), "Bag")
    bag.extend(kept)
    for face, area in zip(faces, areas, strict=True):
        region = rdf.structure(
            ET.SubElement(bag, rdf.name("rdf:li")),
            {
                "mwg-rs:Name": face.person,
                "mwg-rs:Type": "Face",
                "prosopon:Person": face.person_id and f"urn:uuid:{face.person_id}",
            },
        )
        place = dict(zip(("stArea:x", "stArea:y", "stArea:w", "stArea:h"), area, strict=True))
        rdf.structure(
            ET.SubElement(region, rdf.name("mwg-rs:Area")),
            {key: _decimal(part) for key, part in place.items()} | {"stArea:unit": "normalized"},
        )


def _write_microsoft(
    packet: ET.Element, faces: Sequence[ExportedFace], areas: list[Fractions]
) -> None:
    kept = _foreign(packet, "MP:RegionInfo", "MPRI:Regions", _microsoft_area, areas)
    rdf.remove(packet, "MP:RegionInfo")
    if not faces and not kept:
        return
    info = rdf.structure(rdf.add(packet, "MP:RegionInfo"), {})
    bag = rdf.container(ET.SubElement(info, rdf.name("MPRI:Regions")), "Bag")
    bag.extend(kept)
    for face, (x, y, width, height) in zip(faces, areas, strict=True):
        corner = (x - width / 2, y - height / 2, width, height)
        rdf.structure(
            ET.SubElement(bag, rdf.name("rdf:li")),
            {
                "MPReg:PersonDisplayName": face.person,
                "MPReg:Rectangle": ", ".join(map(_decimal, corner)),
                "prosopon:Person": face.person_id and f"urn:uuid:{face.person_id}",
            },
        )


def _write_names(packet: ET.Element, names: list[str]) -> None:
    marked = rdf.find(packet, "prosopon:Names")
    ours = {item.text or "" for item in rdf.listed(marked)}
    added = {
        *_renew(packet, "Iptc4xmpExt:PersonInImage", "Bag", ours, names),
        *_renew(
            packet,
            "digiKam:TagsList",
            "Seq",
            {PEOPLE + name for name in ours},
            [PEOPLE + name for name in names],
        ),
    }
    rdf.remove(packet, "prosopon:Names")
    if added:
        rdf.container(rdf.add(packet, "prosopon:Names"), "Bag", sorted(added))


def _renew(
    packet: ET.Element, prefixed: str, kind: str, ours: set[str], texts: list[str]
) -> list[str]:
    """In a list of texts replace `ours` by `texts`; return those that were not there before."""
    kept = [item for item in rdf.listed(rdf.find(packet, prefixed)) if item.text not in ours]
    fresh = [text for text in texts if text not in {item.text for item in kept}]
    rdf.remove(packet, prefixed)
    if kept or fresh:
        bag = rdf.container(rdf.add(packet, prefixed), kind, fresh)
        bag[:] = [*kept, *bag]
    return [text.removeprefix(PEOPLE) for text in fresh]


def _foreign(
    packet: ET.Element,
    within: str,
    prefixed: str,
    place: Callable[[Fields], Fractions | None],
    areas: list[Fractions],
) -> list[ET.Element]:
    """The regions in a list that are neither ours nor of a face at the place of one of ours."""
    whole = rdf.find(packet, within)
    if whole is None:
        return []
    kept = []
    for listed in whole.iter(rdf.name(prefixed)):
        for item in rdf.listed(listed):
            said = rdf.fields(rdf.value(item))
            area = place(said)
            replaced = (
                area is not None
                and len(areas)
                and match_boxes(_corners([area]), _corners(areas))[0] >= 0
            )
            if rdf.name("prosopon:Person") not in said and not replaced:
                kept.append(item)
    return kept


def _read_mwg(said: Fields, photo: Photo, found: Import) -> Iterator[ExportedFace]:
    regions = rdf.fields(said.get(rdf.name("mwg-rs:Regions")))
    orientation = _made_for(rdf.fields(regions.get(rdf.name("mwg-rs:AppliedToDimensions"))), photo)
    for item in map(rdf.fields, rdf.items(regions.get(rdf.name("mwg-rs:RegionList")))):
        if not _is_face(item):
            continue
        area = _mwg_area(item)
        if area is None or orientation is None:
            reason = "no normalised area" if area is None else "made for a picture of another shape"
            found.problems.append(f"{photo.path}: a face region was left out: {reason}")
        else:
            yield _face(item, "mwg-rs:Name", to_upright(area, photo, orientation), photo)


def _read_microsoft(said: Fields, photo: Photo, found: Import) -> Iterator[ExportedFace]:
    info = rdf.fields(said.get(rdf.name("MP:RegionInfo")))
    for item in map(rdf.fields, rdf.items(info.get(rdf.name("MPRI:Regions")))):
        area = _microsoft_area(item)
        if area is None:
            found.problems.append(f"{photo.path}: a region without a rectangle was left out")
        else:
            box = to_upright(area, photo, photo.orientation)
            yield _face(item, "MPReg:PersonDisplayName", box, photo)


def _read_names(said: Fields) -> Iterator[str]:
    for item in rdf.items(said.get(rdf.name("Iptc4xmpExt:PersonInImage"))):
        if rdf.text(item):
            yield rdf.text(item)
    for item in rdf.items(said.get(rdf.name("digiKam:TagsList"))):
        tag = rdf.text(item)
        if tag.startswith(PEOPLE) and "/" not in tag.removeprefix(PEOPLE):
            yield tag.removeprefix(PEOPLE)


def _face(item: Fields, name: str, box: Box, photo: Photo) -> ExportedFace:
    return ExportedFace(
        photo,
        box,
        person=rdf.text(item.get(rdf.name(name))),
        person_id=rdf.text(item.get(rdf.name("prosopon:Person"))).removeprefix("urn:uuid:"),
    )


def _is_face(item: Fields) -> bool:
    return rdf.text(item.get(rdf.name("mwg-rs:Type"))).lower() in ("face", "")


def _made_for(dimensions: Fields, photo: Photo) -> int | None:
    """The orientation that turns regions upright; None if they are of a picture of another shape.

    Some programs count on the picture being turned already; its shape gives them away.
    """
    try:
        width, height = (
            float(rdf.text(dimensions[rdf.name(key)])) for key in ("stDim:w", "stDim:h")
        )
        shape = width / height
    except (KeyError, ValueError, ZeroDivisionError):
        return photo.orientation
    stored = stored_size(photo)
    for orientation, (w, h) in ((photo.orientation, stored), (1, (photo.width, photo.height))):
        if abs(shape * h / w - 1) < _SAME_SHAPE:
            return orientation
    return None


def _mwg_area(item: Fields) -> Fractions | None:
    area = rdf.fields(item.get(rdf.name("mwg-rs:Area")))
    if not _is_face(item) or rdf.text(area.get(rdf.name("stArea:unit"))) not in ("normalized", ""):
        return None
    return _numbers(rdf.text(area.get(rdf.name(f"stArea:{key}"))) for key in "xywh")


def _microsoft_area(item: Fields) -> Fractions | None:
    corner = _numbers(rdf.text(item.get(rdf.name("MPReg:Rectangle"))).split(","))
    if corner is None:
        return None
    x, y, width, height = corner
    return x + width / 2, y + height / 2, width, height


def _numbers(texts: Iterable[str]) -> Fractions | None:
    """Four fractions of a picture; None if that is not what they are."""
    try:
        x, y, width, height = map(float, texts)
    except ValueError:
        return None
    fits = all(abs(part) <= 2 for part in (x, y, width, height))  # NaN does not
    return (x, y, width, height) if fits and min(width, height) > 1e-6 else None


def _corners(areas: Sequence[Fractions]) -> Float32:
    """(n, 4) x1, y1, x2, y2."""
    x, y, width, height = np.array(areas, np.float32).reshape(-1, 4).T
    return np.column_stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2])


def _same_place(one: ExportedFace, other: ExportedFace) -> bool:
    corners = [
        np.array([[x, y, x + width, y + height]], np.float32)
        for x, y, width, height in (one.box, other.box)
    ]
    return bool(match_boxes(corners[0], corners[1])[0] >= 0)


def _decimal(part: float) -> str:
    return f"{part:.9f}"
