"""Faces and names → a packet, without losing what others put there."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

import numpy as np

from prosopon import xmp_packet as xmp
from prosopon.exchange.orientation import stored_size, to_stored
from prosopon.exchange.records import ExportedFace
from prosopon.exchange.xmp.names import PEOPLE
from prosopon.exchange.xmp.regions import Place, is_face, microsoft_area, mwg_area
from prosopon.geometry.matching import match_boxes
from prosopon.geometry.orientation import Fractions
from prosopon.records import Float32, Photo


def write(
    faces: Sequence[ExportedFace], photo: Photo, existing: str = "", present: Sequence[str] = ()
) -> str:
    """The sidecar of one photo with these faces, added to what an existing one says.

    present : names of persons who are in the photo, nobody says where.

    Raises DamagedXmp if the existing one can't be read: it is then not ours to replace.
    """
    packet = xmp.Packet.parse(existing) if existing.strip() else xmp.Packet.empty()
    areas = [to_stored(face.box, photo) for face in faces]
    _write_mwg(packet, faces, areas, photo)
    _write_microsoft(packet, faces, areas)
    names = [*(face.person for face in faces if face.person), *present]
    _write_names(packet, list(dict.fromkeys(names)))
    return packet.to_text()


def is_ours(text: str) -> bool:
    """Whether a sidecar holds anything that `write` put there."""
    return xmp.NAMESPACES["prosopon"] in text


def _write_mwg(
    packet: xmp.Packet, faces: Sequence[ExportedFace], areas: list[Fractions], photo: Photo
) -> None:
    kept = _foreign(packet, "mwg-rs:Regions", "mwg-rs:RegionList", _face_area, areas)
    packet.remove("mwg-rs:Regions")
    if not faces and not kept:
        return
    regions = xmp.structure(packet.add("mwg-rs:Regions"), {})
    width, height = stored_size(photo)
    dimensions = ET.SubElement(regions, xmp.name("mwg-rs:AppliedToDimensions"))
    xmp.structure(
        dimensions, {"stDim:w": str(width), "stDim:h": str(height), "stDim:unit": "pixel"}
    )
    bag = xmp.container(ET.SubElement(regions, xmp.name("mwg-rs:RegionList")), "Bag")
    bag.extend(kept)
    for face, area in zip(faces, areas, strict=True):
        region = xmp.structure(
            ET.SubElement(bag, xmp.name("rdf:li")),
            {
                "mwg-rs:Name": face.person,
                "mwg-rs:Type": "Face",
                "prosopon:Person": face.person_id and f"urn:uuid:{face.person_id}",
            },
        )
        place = dict(zip(("stArea:x", "stArea:y", "stArea:w", "stArea:h"), area, strict=True))
        xmp.structure(
            ET.SubElement(region, xmp.name("mwg-rs:Area")),
            {key: _decimal(part) for key, part in place.items()} | {"stArea:unit": "normalized"},
        )


def _write_microsoft(
    packet: xmp.Packet, faces: Sequence[ExportedFace], areas: list[Fractions]
) -> None:
    kept = _foreign(packet, "MP:RegionInfo", "MPRI:Regions", microsoft_area, areas)
    packet.remove("MP:RegionInfo")
    if not faces and not kept:
        return
    info = xmp.structure(packet.add("MP:RegionInfo"), {})
    bag = xmp.container(ET.SubElement(info, xmp.name("MPRI:Regions")), "Bag")
    bag.extend(kept)
    for face, (x, y, width, height) in zip(faces, areas, strict=True):
        corner = (x - width / 2, y - height / 2, width, height)
        xmp.structure(
            ET.SubElement(bag, xmp.name("rdf:li")),
            {
                "MPReg:PersonDisplayName": face.person,
                "MPReg:Rectangle": ", ".join(map(_decimal, corner)),
                "prosopon:Person": face.person_id and f"urn:uuid:{face.person_id}",
            },
        )


def _write_names(packet: xmp.Packet, names: list[str]) -> None:
    marked = packet.find("prosopon:Names")
    ours = {item.text or "" for item in xmp.listed(marked)}
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
    packet.remove("prosopon:Names")
    if added:
        xmp.container(packet.add("prosopon:Names"), "Bag", sorted(added))


def _renew(
    packet: xmp.Packet, prefixed: str, kind: str, ours: set[str], texts: list[str]
) -> list[str]:
    """In a list of texts replace `ours` by `texts`; return those that were not there before."""
    kept = [item for item in xmp.listed(packet.find(prefixed)) if item.text not in ours]
    fresh = [text for text in texts if text not in {item.text for item in kept}]
    packet.remove(prefixed)
    if kept or fresh:
        bag = xmp.container(packet.add(prefixed), kind, fresh)
        bag[:] = [*kept, *bag]
    return [text.removeprefix(PEOPLE) for text in fresh]


def _foreign(
    packet: xmp.Packet, within: str, prefixed: str, place: Place, areas: list[Fractions]
) -> list[ET.Element]:
    """The regions in a list that are neither ours nor of a face at the place of one of ours."""
    whole = packet.find(within)
    if whole is None:
        return []
    items = [item for part in whole.iter(xmp.name(prefixed)) for item in xmp.listed(part)]
    said = [xmp.fields(xmp.value(item)) for item in items]
    places = [place(each) for each in said]
    known = [area for area in places if area is not None]
    replaced = iter(match_boxes(_corners(known), _corners(areas)) >= 0)
    return [
        item
        for item, each, area in zip(items, said, places, strict=True)
        if not (area is not None and next(replaced)) and xmp.name("prosopon:Person") not in each
    ]


def _face_area(item: dict[str, xmp.Value]) -> Fractions | None:
    return mwg_area(item) if is_face(item) else None


def _corners(areas: Sequence[Fractions]) -> Float32:
    """(n, 4) x1, y1, x2, y2."""
    x, y, width, height = np.array(areas, np.float32).reshape(-1, 4).T
    return np.column_stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2])


def _decimal(part: float) -> str:
    return f"{part:.9f}"
