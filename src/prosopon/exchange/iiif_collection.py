"""IIIF Presentation 3: a collection of manifests, with what is said of each photograph.

https://iiif.io/api/presentation/3.0/#51-collection
"""

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from prosopon.exchange import iiif
from prosopon.exchange.records import ExportedFace
from prosopon.metadata import Metadata
from prosopon.persons import Person
from prosopon.records import Photo

_CONTEXT = "http://iiif.io/api/presentation/3/context.json"
_RIGHTS = re.compile(
    r"https?://(?:creativecommons\.org/(?:licenses|publicdomain)|rightsstatements\.org/vocab)/\S+"
)
"""What the standard lets `rights` be."""
Document = dict[str, Any]


def canvas(
    photo: Photo,
    faces: list[ExportedFace],
    base: str,
    people: Mapping[str, Person],
    said: Metadata,
) -> Document:
    """A photograph with its title, caption, date, place, persons, and its faces as annotations."""
    made = iiif.canvas(photo, faces, base, people)
    made["label"] = _text(said.title or PurePath(photo.path).name)
    taken = said.taken
    pairs = {
        "Reference code": said.code,
        "Date": taken.date.edtf if taken else "",
        "Place": said.place,
        "Creator": said.creator,
        "Keywords": ", ".join(said.keywords),
        "Persons": "; ".join(_from_left(faces)),
    }
    known = {name: value for name, value in pairs.items() if value}
    made["metadata"] = [
        {"label": _text(name, "en"), "value": _text(value)} for name, value in known.items()
    ]
    if said.caption:
        made["summary"] = _text(said.caption)
    if licence := _RIGHTS.search(said.rights):
        made["rights"] = licence[0].replace("https:", "http:")
    elif said.rights:
        made["requiredStatement"] = {"label": _text("Rights", "en"), "value": _text(said.rights)}
    return made


def _from_left(faces: list[ExportedFace]) -> list[str]:
    """The persons in a photograph, whose names nobody doubts."""
    sure = [face for face in faces if face.person and not face.alternatives and face.certainty == 1]
    return list(dict.fromkeys(f.person for f in sorted(sure, key=lambda f: f.box[0])))


def manifest(address: str, label: str, canvases: list[Document]) -> Document:
    """A manifest."""
    return {**_heading(address, "Manifest", label), "items": canvases}


def collection(address: str, label: str, manifests: list[Document]) -> Document:
    """A collection of manifests, each given by `reference`."""
    return {**_heading(address, "Collection", label), "items": manifests}


def reference(address: str, label: str) -> Document:
    """How a collection speaks of a manifest."""
    return {"id": address, "type": "Manifest", "label": _text(label)}


def _heading(address: str, kind: str, label: str) -> Document:
    return {"@context": _CONTEXT, "id": address, "type": kind, "label": _text(label)}


def _text(value: str, language: str = "none") -> Document:
    return {language: [value]}
