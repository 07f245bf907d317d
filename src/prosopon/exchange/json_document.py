"""JSON: everything that is exported, without loss.

One object: `prosopon` (the version of this layout), `generator`, `people`, `faces`, and where asked
for `decisions`, the entries of the decision log, by which another collection can take over what was
decided here. Faces are written one by one, so their number does not matter.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, TextIO

from pydantic import TypeAdapter

from prosopon.exchange.entry import as_face, as_values, checked
from prosopon.exchange.json_lists import read_object, take_each, write_list
from prosopon.exchange.records import Export, ExportedFace, FindPhoto, Format, Import
from prosopon.persons import Person
from prosopon.version import __version__

LAYOUT = 1
_PERSON = TypeAdapter(Person)
_OBJECT = TypeAdapter(dict[str, Any])


def write(
    faces: Iterable[ExportedFace],
    stream: TextIO,
    people: Iterable[Person] = (),
    decisions: Iterable[dict[str, Any]] = (),
) -> None:
    """Write the document."""
    stream.write(f'{{"prosopon": {LAYOUT}, "generator": "prosopon {__version__}"')
    write_list(stream, "people", map(asdict, people))
    write_list(stream, "faces", map(as_values, faces))
    write_list(stream, "decisions", decisions)
    stream.write("}\n")


def read(stream: TextIO, find_photo: FindPhoto) -> Import:
    """Read a document that `write` made."""
    found = Import()
    document = read_object(stream, found)
    if not document:
        return found
    if document.get("prosopon") != LAYOUT:
        found.problems.append(
            f'no export of this program: expected "prosopon": {LAYOUT}, '
            f"got {str(document.get('prosopon'))[:80]}"
        )
        return found

    def take_face(entry: object) -> None:
        found.faces.append(as_face(checked(_OBJECT, entry), find_photo))

    take_each(document, "people", lambda e: found.people.append(checked(_PERSON, e)), found)
    take_each(document, "faces", take_face, found)
    take_each(document, "decisions", lambda e: found.decisions.append(checked(_OBJECT, e)), found)
    return found


def _write(given: Export, stream: TextIO) -> None:
    write(given.faces, stream, given.people, given.decisions)


FORMATS = {
    "json": Format(
        "json", ".json", "faces, persons and the decision log, without loss", _write, read
    )
}
