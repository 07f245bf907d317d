"""CSV: one row for each face, UTF-8, with a header. Other delimiters, with decimal commas, as
spreadsheets write them in half of Europe, are read where they are asked for.

The first ten columns are the plain export; the rest says who named the face and how surely. Read
back, nothing is lost. Only `x, y, width, height` and one of `path, sha256` must be there.

A cell that a spreadsheet would take for a formula gets an apostrophe before it, which reading
takes away again: names can come from anybody.
"""

import csv
import json
import re
from collections.abc import Iterable
from functools import partial
from typing import Any, TextIO

from prosopon.exchange.entry import Entry, as_face, as_values
from prosopon.exchange.records import Export, ExportedFace, FindPhoto, Format, Import
from prosopon.files import parse_json

COLUMNS = tuple(Entry.model_fields)
_LISTS = ("landmarks", "alternatives", "other_paths")
_NUMBERS = ("x", "y", "width", "height", "score", "cluster", "certainty", "face")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def write(faces: Iterable[ExportedFace], stream: TextIO, delimiter: str = ",") -> None:
    """Write the table; `stream` is opened with newline=""."""
    table = csv.writer(stream, delimiter=delimiter)
    table.writerow(COLUMNS)
    for face in faces:
        table.writerow(_cell(value) for value in as_values(face).values())


def read(stream: TextIO, find_photo: FindPhoto, delimiter: str = ",") -> Import:
    """Read a table; `stream` is opened with newline=""."""
    found = Import()
    table = csv.DictReader(stream, delimiter=delimiter)
    try:
        header = set(table.fieldnames or ())
        if not header >= {"x", "y", "width", "height"} or not header & {"path", "sha256"}:
            names = delimiter.join(table.fieldnames or ())
            meant = delimiter_of(names)
            form = {"\t": "tab"}.get(meant, meant)
            hint = "" if meant == delimiter else f"; if that divides them, give --format {form!r}"
            found.problems.append(
                "no table of faces: the first line must name the columns x, y, width, height and "
                "path or sha256 (a catalogue of photographs: path or code, and any of title, "
                f"caption, date, persons, place), and says {names[:200] or 'nothing'}{hint}"
            )
            return found
        for row in table:
            try:
                values = {
                    name: _value(name, cell, delimiter)
                    for name, cell in row.items()
                    if name and cell
                }
                found.faces.append(as_face(values, find_photo))
            except ValueError as error:
                found.problems.append(f"line {table.line_num}: {error}")
    except (csv.Error, UnicodeDecodeError) as error:
        found.problems.append(f"after line {table.line_num}: damaged: {error}")
    return found


def delimiter_of(header: str) -> str:
    """What divides the cells of a table, as its first line tells: `,`, `;` or a tab."""
    return max(",;\t", key=header.count)


def _cell(value: Any) -> object:
    """What stands in the table: nothing for what is empty, JSON for lists."""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False) if value else ""
    if isinstance(value, bool):
        return "yes" if value else ""
    return value


def _value(name: str, cell: str, delimiter: str) -> object:
    """The value in a cell that is not empty. Raises ValueError."""
    if name in _LISTS:
        return parse_json(cell)
    if name in _NUMBERS and delimiter != ",":
        return cell.replace(",", ".")
    return cell if name in _NUMBERS else unguarded(cell)


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """The text that `guarded` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _write(given: Export, stream: TextIO) -> None:
    write(given.faces, stream, given.delimiter)


FORMATS = {
    "csv": Format("csv", ".csv", "a table, one row for each face", _write, read),
    ";": Format(";", "", "a table divided by semicolons", None, partial(read, delimiter=";")),
    "tab": Format("tab", "", "a table divided by tabs", None, partial(read, delimiter="\t")),
}
