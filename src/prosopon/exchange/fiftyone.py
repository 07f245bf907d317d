"""FiftyOne: labels of image detection (`fiftyone.types.FiftyOneImageDetectionDataset`).

Photographs go by their path without its ending, as FiftyOne names what it finds below a folder;
boxes are shares of the picture's width and height. The label is the person, or `face`; what else is
known stands under `attributes`.
"""

import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any, TextIO

from pydantic import BaseModel, FiniteFloat, TypeAdapter

from prosopon.exchange.entry import as_face, as_values, checked, known_photo, name_of
from prosopon.exchange.json_lists import read_object, take_each
from prosopon.exchange.records import Export, ExportedFace, FindPhoto, Format, Import
from prosopon.records import Photo


class _Detection(BaseModel):
    label: str
    bounding_box: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]
    confidence: FiniteFloat | None = None
    attributes: dict[str, Any] = {}


_DETECTION = TypeAdapter(_Detection)
_SAID = ("cluster", "person_id", "confirmed", "certainty", "alternatives", "author", "decided_at")


def write(faces: Iterable[ExportedFace], stream: TextIO) -> None:
    """Write the document, photograph by photograph; only those with a face are in it."""
    stream.write('{"labels": {')
    photos = groupby(faces, key=lambda face: face.photo.path)
    for number, (path, of) in enumerate(photos):
        name = str(PurePosixPath(path).with_suffix(""))
        stream.write(",\n" if number else "\n")
        stream.write(f"{json.dumps(name, ensure_ascii=False)}: ")
        json.dump([_detection(face) for face in of], stream, ensure_ascii=False, allow_nan=False)
    stream.write("}}\n")


def read(stream: TextIO, find_photo: FindPhoto) -> Import:
    """Read a document of labels. Labels may be numbers into `classes`, as FiftyOne writes them."""
    found = Import()
    document = read_object(stream, found)
    labels, classes = document.get("labels"), document.get("classes") or []
    if not isinstance(labels, dict) or not isinstance(classes, list):
        found.problems += ["no labels of FiftyOne: expected labels by photograph"] * bool(document)
        return found
    for path in labels:
        try:
            photo = known_photo(find_photo, "", path)
        except ValueError as error:
            found.problems.append(str(error))
            continue

        def take(entry: Any, photo: Photo = photo) -> None:
            found.faces.append(_face(_named(entry, classes), photo))

        take_each({path: labels[path] or []}, path, take, found)
    return found


def _named(entry: Any, classes: list[Any]) -> Any:
    """The entry with its label as text. Raises ValueError where its number is of no class."""
    number = entry.get("label") if isinstance(entry, dict) else None
    if not isinstance(number, int):
        return entry
    if not 0 <= number < len(classes):
        raise ValueError(f"label: {number} is none of the {len(classes)} classes")
    return {**entry, "label": str(classes[number])}


def _face(entry: Any, photo: Photo) -> ExportedFace:
    said = checked(_DETECTION, entry)
    x, y, width, height = said.bounding_box
    across, down = photo.width, photo.height
    values = {
        **{name: said.attributes[name] for name in _SAID if name in said.attributes},
        **{"x": x * across, "y": y * down, "width": width * across, "height": height * down},
        **{"score": said.confidence, "person": name_of(said.label)},
    }
    return as_face(values, lambda *_: photo)


def _detection(face: ExportedFace) -> dict[str, Any]:
    x, y, width, height = face.box
    across, down = face.photo.width, face.photo.height
    box = [x / across, y / down, width / across, height / down]
    values = as_values(face)
    entry: dict[str, Any] = {
        "label": face.person or "face",
        "bounding_box": [round(share, 6) for share in box],
    }
    if face.score is not None:
        entry["confidence"] = face.score
    entry["attributes"] = {name: values[name] for name in _SAID if name in values}
    return entry


def _write(given: Export, stream: TextIO) -> None:
    write(given.faces, stream)


FORMATS = {
    "fiftyone": Format("fiftyone", ".fiftyone.json", "FiftyOne's labels of detection", _write, read)
}
