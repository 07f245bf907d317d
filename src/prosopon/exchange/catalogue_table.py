"""Catalogues: a table with a row for each photograph, in and out.

Read: a header with `path` (whole, or its end) or `code`, and any of `title`, `caption`, `date`,
`persons` (separated by `|`, `;` or lines), `place`, `keywords` (likewise), `creator`, `rights`;
cells divided by `,` `;` or tabs, as the header tells. Titles and empty lines may stand before it.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import TextIO

from prosopon.errors import UsageError
from prosopon.exchange.csv_table import delimiter_of, guarded, unguarded
from prosopon.exchange.records import (
    Export,
    ExportedFace,
    ExportedPhoto,
    Format,
)
from prosopon.metadata import Date, Metadata, Source, from_json
from prosopon.persons import is_nobody

_TEXTS = ("code", "title", "caption", "place", "creator", "rights")
_KEYS = ("path", "code")
_SAID = {*_TEXTS, "persons", "keywords", "date"} - {"code"}
_FACES = {"x", "y", "width", "height"}
_TITLES = 10
"""Lines in which the columns' names are looked for."""
_BETWEEN = re.compile(r"[|;\n]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Row:
    """What a catalogue says of a photograph."""

    line: int
    path: str
    said: Metadata


@dataclass(slots=True)
class Catalogue:
    """A catalogue, read."""

    rows: list[Row] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Lines, or dates in them, that were passed over, and why."""


def is_catalogue(text: str) -> bool:
    """Whether a table is one of photographs, not of faces."""
    return _header(_lines(text)) is not None


def read(text: str) -> Catalogue:
    """Read a catalogue. A date that is none is a problem; the rest of its row is taken."""
    found = Catalogue()
    lines = _lines(text)
    place = _header(lines)
    if place is None:
        found.problems.append(
            "no line names the columns: path or code, and any of title, caption, date, persons, "
            "place, keywords, creator, rights"
        )
        return found
    header = _cells(lines[place])
    twice = sorted(name for name, times in Counter(header).items() if name and times > 1)
    found.problems += [f"column {name} is there twice; the last counts" for name in twice]
    rest = StringIO("\n".join(lines[place + 1 :]), newline="")
    table = csv.reader(rest, delimiter=delimiter_of(lines[place]))
    line = first = place + 1
    try:
        for cells in table:
            first, line = line + 1, place + 1 + table.line_num
            _take(header, cells, found, line)
    except csv.Error as error:
        found.problems.append(f"after line {line}: damaged: {error}")
    if line > first and rest.getvalue().count('"') % 2:
        found.problems.append(f"line {first}: a quotation mark is opened and never closed")
    if not found.rows and not found.problems:
        found.problems.append("it has no rows below its columns' names")
    return found


def _lines(text: str) -> list[str]:
    """Lines as Windows, Unix and the old Macintosh end them."""
    return (text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")).split("\n")


def _header(lines: Sequence[str]) -> int | None:
    """The line that names the columns: the first, or after titles and empty lines."""
    for place, line in enumerate(lines[:_TITLES]):
        header = set(_cells(line))
        if header & set(_KEYS) and not header & _FACES and header & _SAID:
            return place
    return None


def _cells(line: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=delimiter_of(line)), [])
    except csv.Error:  # a cell without end: it names no columns
        return []
    return [cell.strip().casefold() for cell in cells]


def _take(header: Sequence[str], cells: Sequence[str], found: Catalogue, line: int) -> None:
    """Add a row."""
    if any(cell.strip() for cell in cells[len(header) :]):
        found.problems.append(
            f"line {line}: it has more cells than there are columns, and is passed over; a cell "
            "with a comma or semicolon in it stands in quotation marks"
        )
        return
    values = {
        name: unguarded(_CONTROLS.sub(" ", cell)).strip()
        for name, cell in zip(header, cells, strict=False)
        if name and cell.strip()
    }
    if any(values.get(key) for key in _KEYS):
        found.rows.append(Row(line, values.get("path", ""), _said(values, found, line)))
    elif values:
        found.problems.append(f"line {line}: it names no path and no code")


def _list(cell: str) -> tuple[str, ...]:
    """What a cell lists, divided by `|`, `;` or lines."""
    return tuple(filter(None, (part.strip() for part in _BETWEEN.split(cell))))


def _people(cell: str) -> tuple[str, ...]:
    """The persons of a cell: "Tamm, Anna" is one, "Anna Tamm, Mari Kask" are two."""
    found: list[str] = []
    for one in _list(cell):
        several = [part.strip() for part in one.split(",")]
        found += several if all(" " in part for part in several) else [one]
    return tuple(name for name in found if not is_nobody(name))


def _said(values: Mapping[str, str], found: Catalogue, line: int) -> Metadata:
    dates: tuple[tuple[str, str], ...] = ()
    if "date" in values:
        try:
            dates = ((Date.parse(values["date"]).edtf, Source.CATALOGUE.value),)
        except UsageError as error:
            found.problems.append(f"line {line}: {error}")
    texts = {name: values.get(name, "") for name in _TEXTS}
    persons, keywords = _people(values.get("persons", "")), _list(values.get("keywords", ""))
    return from_json({**texts, "persons": persons, "keywords": keywords, "dates": dates})


def write_rows(
    rows: Iterable[Mapping[str, object]], columns: Sequence[str], stream: TextIO, delimiter: str
) -> None:
    """Write a table; `stream` is opened with newline=""."""
    table = csv.writer(stream, delimiter=delimiter)
    table.writerow(columns)
    for row in rows:
        table.writerow(guarded(str(row.get(name, ""))) for name in columns)


COLUMNS = (
    *("code", "path", "paths", "title", "caption", "date", "date_source", "place", "creator"),
    *("rights", "keywords", "persons", "person_ids", "doubtful", "named_by_machine"),
    *("named_in_catalogue", "unnamed", "sha256"),
)
"""`persons` are named faces from left to right, then those present without a face; `doubtful` names
those of them that are not sure, `named_by_machine` those that nobody has looked at (from captions,
portraits), `named_in_catalogue` whom files and catalogues name."""


def _write(given: Export, stream: TextIO) -> None:
    faces: dict[str, list[ExportedFace]] = {}
    for face in given.faces:
        if face.person:
            faces.setdefault(face.photo.sha256, []).append(face)
    rows = (_row(one, faces.get(one.photo.sha256, [])) for one in given.photos)
    write_rows(rows, COLUMNS, stream, given.delimiter)


def _row(one: ExportedPhoto, faces: list[ExportedFace]) -> dict[str, object]:
    said, taken = one.said, one.said.taken
    in_order = sorted(faces, key=lambda face: (_is_whole(face), face.box[0] + face.box[2] / 2))
    doubtful = [face for face in in_order if face.certainty != 1 or face.alternatives]
    return {
        "code": said.code,
        "path": one.photo.path,
        "paths": "|".join(one.paths),
        "title": said.title,
        "caption": said.caption,
        "date": taken.date.edtf if taken else "",
        "date_source": taken.source.value if taken else "",
        "place": said.place,
        "creator": said.creator,
        "rights": said.rights,
        "keywords": "|".join(said.keywords),
        "persons": "|".join(face.person for face in in_order),
        "person_ids": "|".join(face.person_id for face in in_order),
        "doubtful": "|".join(face.person for face in doubtful),
        "named_by_machine": "|".join(f.person for f in in_order if f.decided == "machine"),
        "named_in_catalogue": "|".join(said.persons),
        "unnamed": one.unnamed,
        "sha256": one.photo.sha256,
    }


def _is_whole(face: ExportedFace) -> bool:
    return face.box == (0, 0, face.photo.width, face.photo.height)


FORMATS = {
    "catalogue": Format(
        *("catalogue", "catalogue.csv", "a table, one row for each photograph"), _write, None
    )
}
