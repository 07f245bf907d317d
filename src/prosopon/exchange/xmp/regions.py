"""Regions of faces in four vocabularies, as boxes in the upright photo."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prosopon import xmp_packet as xmp
from prosopon.exchange.orientation import stored_size, to_upright
from prosopon.exchange.records import Box
from prosopon.geometry.orientation import Fractions
from prosopon.records import Photo

Fields = dict[str, xmp.Value]

_SAME_SHAPE = 0.02
"""Relative difference of two aspect ratios that rounding can make."""
_HUMAN = ("/imageregiontype/human", "/imageregiontype/face")
"""What an IPTC region's type ends with if a person is in it."""


@dataclass(frozen=True, slots=True)
class Region:
    """One marked face; with a problem it has no place."""

    person: str
    box: Box = (0, 0, 0, 0)
    person_id: str = ""
    problem: str = ""


def regions_in(said: Fields, photo: Photo) -> Iterator[Region]:
    """The faces that any vocabulary marks, those of one vocabulary after another."""
    for read in (_mwg, _microsoft, _iptc, _acdsee):
        yield from read(said, photo)


def _mwg(said: Fields, photo: Photo) -> Iterator[Region]:
    regions = _structure(said, "mwg-rs:Regions")
    dimensions = _size(_structure(regions, "mwg-rs:AppliedToDimensions"), "stDim")
    for item in _items(regions, "mwg-rs:RegionList"):
        if is_face(item):
            area = mwg_area(item, dimensions)
            yield _placed(item, "mwg-rs:Name", area, photo, dimensions)


def mwg_area(item: Fields, dimensions: tuple[float, float] | None = None) -> Fractions | None:
    """The area of an MWG region as fractions of the picture; None where it has none."""
    area = _structure(item, "mwg-rs:Area")
    numbers = _numbers(_text(area, f"stArea:{key}") for key in "xywh")
    unit = _text(area, "stArea:unit")
    if unit == "pixel" and numbers and dimensions:
        return _fractions(numbers, dimensions)
    return _checked(numbers) if unit in ("normalized", "") else None


def is_face(item: Fields) -> bool:
    """Whether an MWG or ACDSee region is of a face, not of a pet or a bar code."""
    kinds = (_text(item, "mwg-rs:Type"), _text(item, "acdsee-rs:Type"))
    return any(kind.lower() == "face" for kind in kinds) or not any(kinds)


def _microsoft(said: Fields, photo: Photo) -> Iterator[Region]:
    info = _structure(said, "MP:RegionInfo")
    for item in _items(info, "MPRI:Regions"):
        yield _placed(item, "MPReg:PersonDisplayName", microsoft_area(item), photo)


def microsoft_area(item: Fields) -> Fractions | None:
    """The rectangle of a Microsoft region as centre and size; None where it has none."""
    corner = _numbers(_text(item, "MPReg:Rectangle").split(","))
    return None if corner is None else _checked(_centred(corner))


def _iptc(said: Fields, photo: Photo) -> Iterator[Region]:
    for item in map(xmp.fields, xmp.items(said.get(xmp.name("Iptc4xmpExt:ImageRegion")))):
        named = [
            *xmp.texts(item.get(xmp.name("Iptc4xmpExt:PersonInImage"))),
            *(
                _text(each, "Iptc4xmpExt:PersonName")
                for each in _items(item, "Iptc4xmpExt:PersonInImageWDetails")
            ),
        ]
        kinds = " ".join(
            address
            for each in _items(item, "Iptc4xmpExt:rCtype")
            for address in xmp.texts(each.get(xmp.name("xmp:Identifier")))
            + xmp.texts(each.get(xmp.name("Iptc4xmpExt:Identifier")))
        )
        if len(named) > 1 or not (named or any(human in kinds for human in _HUMAN)):
            continue  # no face: a group of people, a product, a crop
        person = named[0] if named else _text(item, "Iptc4xmpExt:Name")
        area = _boundary(_structure(item, "Iptc4xmpExt:RegionBoundary"), photo)
        yield _placed(item, "", area, photo, person=person)


def _boundary(boundary: Fields, photo: Photo) -> Fractions | None:
    """A rectangle, or what encloses a circle or polygon, as centre and size."""

    def numbers(*keys: str, of: Fields = boundary) -> list[str]:
        return [_text(of, f"Iptc4xmpExt:{key}") for key in keys]

    size = stored_size(photo)
    pixels = _text(boundary, "Iptc4xmpExt:rbUnit").lower() == "pixel"
    try:
        match _text(boundary, "Iptc4xmpExt:rbShape").lower():
            case "rectangle":
                x, y, width, height = map(float, numbers("rbX", "rbY", "rbW", "rbH"))
            case "circle":  # its radius is a fraction of the width
                middle_x, middle_y, radius = map(float, numbers("rbX", "rbY", "rbRx"))
                down = radius if pixels else radius * size[0] / size[1]
                x, y, width, height = middle_x - radius, middle_y - down, 2 * radius, 2 * down
            case "polygon":
                corners = _items(boundary, "Iptc4xmpExt:rbVertices")
                points = [tuple(map(float, numbers("rbX", "rbY", of=each))) for each in corners]
                (x, right), (y, down) = ((min(p), max(p)) for p in zip(*points, strict=True))
                width, height = right - x, down - y
            case _:
                return None
    except ValueError:
        return None
    corner = _centred((x, y, width, height))
    return _fractions(corner, size) if pixels else _checked(corner)


def _acdsee(said: Fields, photo: Photo) -> Iterator[Region]:
    regions = _structure(said, "acdsee-rs:Regions")
    dimensions = _size(_structure(regions, "acdsee-rs:AppliedToDimensions"), "acdsee-stDim")
    for item in _items(regions, "acdsee-rs:RegionList"):
        if is_face(item):
            area = _structure(item, "acdsee-rs:DLYArea") or _structure(item, "acdsee-rs:ALGArea")
            place = _checked(_numbers(_text(area, f"acdsee-stArea:{key}") for key in "xywh"))
            yield _placed(item, "acdsee-rs:Name", place, photo, dimensions)


def _placed(
    item: Fields,
    name: str,
    area: Fractions | None,
    photo: Photo,
    dimensions: tuple[float, float] | None = None,
    *,
    person: str = "",
) -> Region:
    person = person or (_text(item, name) if name else "")
    orientation = _made_for(dimensions, photo)
    if area is None:
        return Region(person, problem="it has no area in fractions of the picture")
    if orientation is None:
        return Region(person, problem="it was made for a picture of another shape")
    return Region(
        person,
        to_upright(area, photo, orientation),
        _text(item, "prosopon:Person").removeprefix("urn:uuid:"),
    )


def _made_for(dimensions: tuple[float, float] | None, photo: Photo) -> int | None:
    """The orientation that turns regions upright; None if they are of a picture of another shape.

    Some programs count on the picture being turned already; its shape gives them away.
    """
    if dimensions is None:
        return photo.orientation
    shape = dimensions[0] / dimensions[1]
    stored = stored_size(photo)
    for orientation, (w, h) in ((photo.orientation, stored), (1, (photo.width, photo.height))):
        if abs(shape * h / w - 1) < _SAME_SHAPE:
            return orientation
    return None


def _size(dimensions: Fields, prefix: str) -> tuple[float, float] | None:
    found = _numbers([*(_text(dimensions, f"{prefix}:{key}") for key in "wh"), "1", "1"])
    return None if found is None or min(found[:2]) <= 0 else found[:2]


def _numbers(texts: Iterable[str]) -> Fractions | None:
    """Four finite numbers; None if that is not what they are."""
    try:
        x, y, width, height = map(float, texts)
    except ValueError:
        return None
    finite = all(abs(part) <= 1e7 for part in (x, y, width, height))  # NaN is not
    return (x, y, width, height) if finite else None


def _checked(area: Fractions | None) -> Fractions | None:
    """An area that may lie in a picture; None if it can't."""
    if area is None or not all(abs(part) <= 2 for part in area) or min(area[2:]) <= 1e-6:
        return None
    return area


def _fractions(area: Fractions, size: tuple[float, float]) -> Fractions | None:
    x, y, width, height = area
    return _checked((x / size[0], y / size[1], width / size[0], height / size[1]))


def _centred(corner: Fractions) -> Fractions:
    x, y, width, height = corner
    return x + width / 2, y + height / 2, width, height


def _structure(said: Fields, prefixed: str) -> Fields:
    return xmp.fields(said.get(xmp.name(prefixed)))


def _items(said: Fields, prefixed: str) -> list[Fields]:
    return [xmp.fields(each) for each in xmp.items(said.get(xmp.name(prefixed)))]


def _text(said: Fields, prefixed: str) -> str:
    return xmp.text(said.get(xmp.name(prefixed)))


Place = Callable[[Fields], Fractions | None]
"""How a vocabulary says where one of its regions is."""
