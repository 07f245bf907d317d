"""JSON: everything that is exported, without loss.

One object: `prosopon` (the version of this layout), `generator`, `people`, `faces`, and where asked
for `decisions`, the entries of the decision log, by which another collection can take over what was
decided here. Faces are written one by one, so their number does not matter.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, TextIO

from pydantic import TypeAdapter

from prosopon.errors import UsageError
from prosopon.exchange.entry import as_face, as_values, checked
from prosopon.exchange.records import ExportedFace, FindPhoto, Import
from prosopon.persons import Person

LAYOUT = 1
_PERSON = TypeAdapter(Person)
_OBJECT = TypeAdapter(dict[str, Any])


def write(
    faces: Iterable[ExportedFace],
    stream: TextIO,
    people: Iterable[Person] = (),
    decisions: Iterable[dict[str, Any]] = (),
) -> None:
    """Write the document, one line for each entry."""
    stream.write(f'{{"prosopon": {LAYOUT}, "generator": "prosopon {version("prosopon")}"')
    _write_list(stream, "people", map(asdict, people))
    _write_list(stream, "faces", map(as_values, faces))
    _write_list(stream, "decisions", decisions)
    stream.write("}\n")


def read(stream: TextIO, find_photo: FindPhoto) -> Import:
    """Read a document that `write` made."""
    found = Import()
    try:
        document = json.load(stream)
    except (ValueError, RecursionError) as error:
        found.problems.append(f"damaged, or no JSON: {error}")
        return found
    layout = document.get("prosopon") if isinstance(document, dict) else None
    if layout != LAYOUT:
        found.problems.append(
            f'no export of this program: expected an object with "prosopon": {LAYOUT}, '
            f"got {str(layout)[:80]}"
        )
        return found

    def each(name: str, take: Callable[[Any], None]) -> None:
        entries = document.get(name, [])
        if not isinstance(entries, list):
            found.problems.append(f"{name}: expected a list")
            return
        for number, entry in enumerate(entries):
            try:
                take(entry)
            except (ValueError, UsageError) as error:
                found.problems.append(f"{name}[{number}]: {error}")

    each("people", lambda entry: found.people.append(checked(_PERSON, entry)))
    each("faces", lambda entry: found.faces.append(as_face(checked(_OBJECT, entry), find_photo)))
    each("decisions", lambda entry: found.decisions.append(checked(_OBJECT, entry)))
    return found


def _write_list(stream: TextIO, name: str, entries: Iterable[dict[str, Any]]) -> None:
    stream.write(f', "{name}": [')
    for number, entry in enumerate(entries):
        stream.write(",\n" if number else "\n")
        json.dump(entry, stream, ensure_ascii=False, allow_nan=False)
    stream.write("]")
