"""FiftyOne: labels of image detection (`fiftyone.types.FiftyOneImageDetectionDataset`), out only.

Photographs go by their path without its ending, as FiftyOne names what it finds below a folder;
boxes are shares of the picture's width and height. The label is the person, or `face`; what else is
known stands under `attributes`.
"""

import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any, TextIO

from prosopon.exchange.entry import as_values
from prosopon.exchange.records import Export, ExportedFace, Format

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
    "fiftyone": Format("fiftyone", ".fiftyone.json", "FiftyOne's labels of detection", _write, None)
}
