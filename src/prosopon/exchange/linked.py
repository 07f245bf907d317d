"""Persons as linked data: JSON-LD with schema.org's words, and a table for Wikidata's depicts."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TextIO

from prosopon.exchange.catalogue_table import write_rows
from prosopon.exchange.records import Export, ExportedFace, Format
from prosopon.persons import Person

_WIKIDATA = re.compile(r"https?://(?:www\.)?wikidata\.org/(?:wiki|entity)/(Q\d+)")
_CONTEXT = {"@vocab": "https://schema.org/", "edtf": "http://id.loc.gov/datatypes/edtf/"}


def person_as_json(person: Person, photos: Iterable[str] = ()) -> dict[str, Any]:
    """A person in schema.org's words; `photos` are addresses of pictures of that person."""
    values: dict[str, Any] = {
        "@id": person.iri,
        "@type": "Person",
        "name": person.name,
        "alternateName": list(person.variants),
        "birthDate": person.born,
        "deathDate": person.died,
        "description": person.note,
        "sameAs": list(person.links),
        "image": list(photos),
    }
    return {key: value for key, value in values.items() if value}


def _write_persons(given: Export, stream: TextIO) -> None:
    base = given.base_url.rstrip("/")
    pictures: dict[str, dict[str, None]] = defaultdict(dict)
    for face in given.faces:
        if face.person_id and not face.alternatives and face.certainty == 1:
            pictures[face.person_id][f"{base}/photo/{face.photo.sha256}"] = None
    graph = [person_as_json(person, pictures[person.id]) for person in given.people]
    json.dump({"@context": _CONTEXT, "@graph": graph}, stream, ensure_ascii=False, indent=1)
    stream.write("\n")


DEPICTS = ("path", "sha256", "P180", "P2677", "person", "person_id", "decided")


def _write_depicts(given: Export, stream: TextIO) -> None:
    """Rows for P180 (depicts) with P2677 (relative position within image), in percent.

    Persons with an address in Wikidata have it in P180; the others' cell is empty. `decided` is by
    whom: a person, or the machine, which somebody should look at first.
    """
    items = {
        person.id: match[1]
        for person in given.people
        for link in person.links
        if (match := _WIKIDATA.match(link))
    }
    rows = (
        {
            "path": face.photo.path,
            "sha256": face.photo.sha256,
            "P180": items.get(face.person_id, ""),
            "P2677": _percent(face),
            "person": face.person,
            "person_id": face.person_id,
            "decided": face.decided,
        }
        for face in given.faces
        if face.person and not face.alternatives and face.certainty == 1
    )
    write_rows(rows, DEPICTS, stream, given.delimiter)


def _percent(face: ExportedFace) -> str:
    x, y, width, height = face.box
    parts = (
        *(x / face.photo.width, y / face.photo.height),
        *(width / face.photo.width, height / face.photo.height),
    )
    return "pct:" + ",".join(f"{min(max(part * 100, 0), 100):.1f}" for part in parts)


FORMATS = {
    "jsonld": Format(
        "jsonld", ".jsonld", "persons in schema.org's words (JSON-LD)", _write_persons, None
    ),
    "depicts": Format(
        "depicts", "depicts.csv", "a table for Wikidata's P180", _write_depicts, None
    ),
}
