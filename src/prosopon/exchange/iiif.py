"""IIIF Presentation 3: a manifest with a canvas for each photo and a Web Annotation for each face.

https://iiif.io/api/presentation/3.0/ and https://www.w3.org/TR/annotation-model/ : a named face's
motivation is `identifying` and `tagging` (viewers such as Mirador show what tags or comments, and
nothing that only identifies), another's `tagging`; "one of these" is a Choice, with a description
for viewers that show none; the place is a media fragment (`xywh`, whole pixels by that standard).
The models have no word for certainty, so it stands under a term of ours.
"""

import json
import mimetypes
import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import PurePath
from typing import Any, TextIO

from prosopon.exchange.entry import as_face, known_photo
from prosopon.exchange.json_lists import read_object, take_each, write_list
from prosopon.exchange.records import Box, Export, ExportedFace, FindPhoto, Format, Import, scaled
from prosopon.persons import Person
from prosopon.records import Photo
from prosopon.version import __version__

_CONTEXTS = (
    "http://www.w3.org/ns/anno.jsonld",
    {"certainty": "urn:x-prosopon:anno/1.0/certainty"},
    "http://iiif.io/api/presentation/3/context.json",
)
_FRAGMENTS = "http://www.w3.org/TR/media-frags/"
_XYWH = re.compile(r"xywh=(?:(pixel|percent):)?([\d.]+),([\d.]+),([\d.]+),([\d.]+)")
_NO_NAME = ("tagging", "describing")
"""Purposes of texts that don't name."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


def write(
    faces: Iterable[ExportedFace],
    stream: TextIO,
    base_url: str,
    people: Mapping[str, Person] | None = None,
) -> None:
    """Write the manifest.

    faces : those of one photo following one another.
    base_url : under which the manifest, its canvases and the pictures have their addresses.
    people : by identifier; their links to authority files are added.
    """
    base = base_url.rstrip("/")
    heading = {
        "@context": _CONTEXTS,
        "id": f"{base}/manifest.json",
        "type": "Manifest",
        "label": {"none": [f"prosopon {__version__}"]},
    }
    stream.write(json.dumps(heading)[:-1])
    canvases = (
        canvas(photo, list(found), base, people or {})
        for photo, found in groupby(faces, lambda face: face.photo)
    )
    write_list(stream, "items", canvases)
    stream.write("}\n")


def read(stream: TextIO, find_photo: FindPhoto) -> Import:
    """Read a manifest, or a page of annotations on canvases.

    A photo is found by a SHA-256 in its canvas' address, else by the address as a path.
    """
    found = Import()
    document = read_object(stream, found)
    sizes: dict[str, tuple[float, float]] = {}

    def take_annotation(annotation: object) -> None:
        face = _face(_mapping(annotation), sizes, find_photo)
        if face is not None:
            found.faces.append(face)

    def take_canvas(canvas: object) -> None:
        canvas = _mapping(canvas)
        sizes[str(canvas.get("id", ""))] = (_size(canvas, "width"), _size(canvas, "height"))
        for page in _mappings(canvas.get("annotations")):
            take_each(page, "items", take_annotation, found)

    match document.get("type"):
        case "Manifest":
            take_each(document, "items", take_canvas, found)
        case "AnnotationPage":
            take_each(document, "items", take_annotation, found)
        case other if document:
            found.problems.append(
                f"expected a IIIF Manifest or an AnnotationPage, got type {str(other)[:80]!r}"
            )
    return found


def canvas(
    photo: Photo, faces: list[ExportedFace], base: str, people: Mapping[str, Person]
) -> dict[str, Any]:
    canvas = f"{base}/canvas/{photo.sha256}"
    size = {"height": photo.height, "width": photo.width}
    media_type = mimetypes.guess_type(photo.path)[0] or "image/jpeg"
    image = {"id": f"{base}/photo/{photo.sha256}", "type": "Image", "format": media_type, **size}
    painting = {
        "id": f"{canvas}/painting",
        "type": "Annotation",
        "motivation": "painting",
        "body": image,
        "target": canvas,
    }
    identifying = [
        _annotation(face, f"{canvas}/face/{number}", canvas, people)
        for number, face in enumerate(faces, 1)
    ]
    return {
        "id": canvas,
        "type": "Canvas",
        "label": {"none": [PurePath(photo.path).name]},
        **size,
        "items": [{"id": f"{canvas}/page", "type": "AnnotationPage", "items": [painting]}],
        "annotations": [{"id": f"{canvas}/faces", "type": "AnnotationPage", "items": identifying}],
    }


def _annotation(
    face: ExportedFace, address: str, canvas: str, people: Mapping[str, Person]
) -> dict[str, Any]:
    selector = {"type": "FragmentSelector", "conformsTo": _FRAGMENTS, "value": _fragment(face)}
    annotation: dict[str, Any] = {
        "id": address,
        "type": "Annotation",
        "motivation": ["tagging", "identifying"] if face.person else "tagging",
        "body": _bodies(face, people),
        "target": {"type": "SpecificResource", "source": canvas, "selector": selector},
        "generator": {"type": "Software", "name": f"prosopon {__version__}"},
    }
    if face.author:
        annotation["creator"] = {"type": "Person", "name": face.author}
    if face.decided_at:
        annotation["created"] = face.decided_at.isoformat()
    if face.certainty is not None:
        annotation["certainty"] = face.certainty
    return annotation


def _bodies(face: ExportedFace, people: Mapping[str, Person]) -> list[dict[str, Any]]:
    if not face.person:
        return [_text("face", "tagging")]
    if face.alternatives:
        names = [_text(name, "identifying") for name in (face.person, *face.alternatives)]
        described = _text(" / ".join((face.person, *face.alternatives)), "describing")
        return [{"type": "Choice", "items": names}, described]
    known = people.get(face.person_id)
    links = [f"urn:uuid:{face.person_id}"] if face.person_id else []
    links += known.links if known else ()
    return [
        _text(face.person, "identifying"),
        *({"type": "SpecificResource", "source": iri, "purpose": "identifying"} for iri in links),
    ]


def _text(value: str, purpose: str) -> dict[str, Any]:
    return {"type": "TextualBody", "value": value, "format": "text/plain", "purpose": purpose}


def _fragment(face: ExportedFace) -> str:
    """Whole pixels inside the photo, at least one."""
    x, y, width, height = face.box
    left, right = (_clipped(edge, face.photo.width) for edge in (x, x + width))
    top, bottom = (_clipped(edge, face.photo.height) for edge in (y, y + height))
    return f"xywh={left},{top},{max(right - left, 1)},{max(bottom - top, 1)}"


def _clipped(edge: float, size: int) -> int:
    return round(min(max(edge, 0), size))


def _face(
    annotation: dict[str, Any], sizes: Mapping[str, tuple[float, float]], find_photo: FindPhoto
) -> ExportedFace | None:
    """The face that an annotation marks; None for one that is about something else."""
    target = annotation.get("target")
    target = {"source": target} if isinstance(target, str) else _mapping(target)
    source = target.get("source")
    address = str(source if isinstance(source, str) else _mapping(source).get("id", ""))
    selectors = [str(each.get("value", "")) for each in _mappings(target.get("selector"))]
    place = _XYWH.search(" ".join([*selectors, address]))
    motivation = annotation.get("motivation")
    motivations = motivation if isinstance(motivation, list) else [motivation]
    if place is None or not {"identifying", "tagging"}.intersection(map(str, motivations)):
        return None
    canvas = address.partition("#")[0]
    sha256 = _SHA256.search(canvas)
    photo = known_photo(find_photo, sha256[0] if sha256 else "", canvas)
    names, person_id = _names(_mappings(annotation.get("body")))
    x, y, width, height = _place(place, photo, sizes.get(canvas, (0, 0)))
    values = {
        "sha256": photo.sha256,
        **{"x": x, "y": y, "width": width, "height": height},
        "person": names[0] if names else "",
        "person_id": person_id,
        "alternatives": names[1:],
        "certainty": annotation.get("certainty"),
        "confirmed": bool(names) and "creator" in annotation,
        "author": _mapping(annotation.get("creator", {})).get("name", ""),
        "decided_at": annotation.get("created"),
    }
    return as_face(values, lambda *_: photo)


def _place(found: re.Match[str], photo: Photo, canvas: tuple[float, float]) -> Box:
    unit, *texts = found.groups()
    x, y, width, height = map(float, texts)
    across, down = scaled(photo, *((100, 100) if unit == "percent" else canvas))
    return x * across, y * down, width * across, height * down


def _names(bodies: list[dict[str, Any]]) -> tuple[list[str], str]:
    """The names that the bodies of an annotation give, and our identifier of the person."""
    names: list[str] = []
    person_id = ""
    for body in bodies:
        if body.get("type") == "Choice":
            names += _names(_mappings(body.get("items")))[0]
        elif body.get("type") == "TextualBody" and body.get("purpose") not in _NO_NAME:
            names.append(str(body.get("value", "")))
        elif str(body.get("source", "")).startswith("urn:uuid:"):
            person_id = str(body["source"]).removeprefix("urn:uuid:")
    return names, person_id


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"expected an object, got {str(value)[:80]!r}")
    return value


def _mappings(value: object) -> list[dict[str, Any]]:
    """An object, or the objects in a list."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, dict)]


def _size(canvas: dict[str, Any], name: str) -> float:
    value = canvas.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _write(given: Export, stream: TextIO) -> None:
    write(given.faces, stream, given.base_url, {person.id: person for person in given.people})


FORMATS = {
    "iiif": Format("iiif", ".iiif.json", "a IIIF manifest with Web Annotations", _write, read)
}
