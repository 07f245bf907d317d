"""What volunteers wrote on a printed sheet: numbers of faces and groups, and names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from prosopon.collection.selection import FaceSelection
from prosopon.collection.view import CollectionView
from prosopon.errors import UsageError
from prosopon.languages import gettext as _
from prosopon.persons import clean_name

_LINE = re.compile(r"\s*([Gg]?)\s*(\d{1,15})\s*[.:=,;)\]–-]*\s*(.*)")


@dataclass(frozen=True, slots=True)
class Written:
    """One line: whose faces these are."""

    line: int
    faces: FaceSelection
    name: str
    doubtful: bool


def read(view: CollectionView, text: str) -> list[Written]:
    """Lines such as `12 Anna Tamm`, `G7: Karl Blom ?`; a question mark means doubt, no name: skip.

    Raises UsageError that tells all lines which make no sense.
    """
    found: list[Written] = []
    problems: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            found += _read_line(view, number, line)
        except UsageError as error:
            problems.append(_("line %(number)s: %(why)s", number=number, why=error))
    if problems:
        raise UsageError(_("Nothing was taken: %(problems)s", problems="; ".join(problems)))
    if not found:
        raise UsageError(_("No line has a number and a name, such as: 12 Anna Tamm"))
    return found


def _read_line(view: CollectionView, number: int, line: str) -> Iterator[Written]:
    if not line.strip():
        return
    match = _LINE.fullmatch(line)
    if match is None:
        raise UsageError(_("expected a number and a name, such as: 12 Anna Tamm"))
    group, digits, name = match.groups()
    doubtful, name = name.rstrip().endswith("?"), name.rstrip(" ?")
    if not name:
        return
    if group:
        faces = FaceSelection(cluster=int(digits))
        if view.faces.label(int(digits)) is None:
            raise UsageError(_("there is no group %(number)s now", number=digits))
    else:
        rows = view.faces.rows([int(digits)])
        if not len(rows) or not view.shown[rows[0]]:
            raise UsageError(_("there is no face %(number)s", number=digits))
        faces = FaceSelection.of(int(digits))
    yield Written(number, faces, clean_name(name), doubtful)
