"""Catalogues: a table with a row for each photograph, in and out.

Read: a header with `path` (whole, or its end) or `code`, and any of `title`, `caption`, `date`,
`persons` (separated by `|`), `place`, `keywords` (likewise), `creator`, `rights`; cells divided by
`,` `;` or tabs, as the header tells.
"""

import csv
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

_TEXTS = ("code", "title", "caption", "place", "creator", "rights")
_LISTS = ("persons", "keywords")
_KEYS = ("path", "code")
_SAID = {*_TEXTS, *_LISTS, "date"} - {"code"}
_FACES = {"x", "y", "width", "height"}


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
    line = text.partition("\n")[0]
    cells = next(csv.reader([line], delimiter=delimiter_of(line)), [])
    header = {cell.strip().casefold() for cell in cells}
    return bool(header & set(_KEYS)) and not header & _FACES and bool(header & _SAID)


def read(text: str) -> Catalogue:
    """Read a catalogue. A date that is none is a problem; the rest of its row is taken."""
    found = Catalogue()
    table = csv.reader(StringIO(text, newline=""), delimiter=delimiter_of(text.partition("\n")[0]))
    try:
        header = [name.strip().casefold() for name in next(table)]
        for cells in table:
            values = {
                name: unguarded(cell).strip()
                for name, cell in zip(header, cells, strict=False)
                if name and cell.strip()
            }
            if any(values.get(key) for key in _KEYS):
                said = _said(values, found, table.line_num)
                found.rows.append(Row(table.line_num, values.get("path", ""), said))
            elif values:
                found.problems.append(f"line {table.line_num}: it names no path and no code")
    except csv.Error as error:
        found.problems.append(f"after line {table.line_num}: damaged: {error}")
    return found


def _said(values: Mapping[str, str], found: Catalogue, line: int) -> Metadata:
    dates: tuple[tuple[str, str], ...] = ()
    if "date" in values:
        try:
            dates = ((Date.parse(values["date"]).edtf, Source.CATALOGUE.value),)
        except UsageError as error:
            found.problems.append(f"line {line}: {error}")
    lists = {
        name: tuple(filter(None, (part.strip() for part in values.get(name, "").split("|"))))
        for name in _LISTS
    }
    texts = {name: values.get(name, "") for name in _TEXTS}
    return from_json({**texts, **lists, "dates": dates})


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
    *("rights", "keywords", "persons", "person_ids", "doubtful", "named_in_catalogue", "unnamed"),
    "sha256",
)
"""`persons` are named faces from left to right, then those present without a face; `doubtful` names
those of them that are not sure, `named_in_catalogue` whom files and catalogues name."""


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
