"""Hugging Face's image folders: pictures with `metadata.csv` or `metadata.jsonl` beside them, in
one folder or in one for each of `train`, `validation` and `test`.

The column `file_name` is the path from the metadata's folder; all others describe the picture.
"""

from pathlib import Path
from typing import Any

from prosopon.errors import ProsoponError
from prosopon.files import parse_json, read_table, read_text

_SPLITS = {"train", "validation", "val", "valid", "test"}


def read_metadata(folder: Path) -> list[dict[str, str]]:
    """A row for each picture: `image`, its path from `folder`; `split`, empty where there is none;
    and what its metadata say, true and false as 1 and 0. Empty where `folder` is no image folder.

    Raises ProsoponError for a line that is no JSON object or has no `file_name`.
    """
    rows = []
    for file in sorted(folder.rglob("metadata.*")):
        if file.suffix == ".jsonl":
            said: list[dict[str, Any]] = _lines(file)
        elif file.suffix == ".csv":
            said = [dict(row) for row in read_table(file) if "file_name" in row]
        else:
            continue
        place = file.parent.relative_to(folder)
        for row in said:
            picture = place / str(row.pop("file_name"))
            parts = [part.lower() for part in picture.parts[:-1]]
            split = next((part for part in parts if part in _SPLITS), "")
            texts = {name: _text(value) for name, value in row.items()}
            rows.append({"split": split, **texts, "image": picture.as_posix()})
    return rows


def _lines(file: Path) -> list[dict[str, Any]]:
    found = []
    for number, line in enumerate(read_text(file).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = parse_json(line)
        except ValueError as error:
            raise ProsoponError(f"{file}, line {number}: not JSON ({error})") from error
        if not isinstance(row, dict) or "file_name" not in row:
            raise ProsoponError(f"{file}, line {number}: expected an object with file_name")
        found.append(row)
    return found


def _text(value: object) -> str:
    """As in a table: 1 and 0 for true and false, empty for null."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)
