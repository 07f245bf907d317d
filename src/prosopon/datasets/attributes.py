"""Pictures with attribute labels, in the forms in which they are published.

- CelebA: a folder of pictures; `list_attr_celeba` as .txt or .csv, or any CSV with a column for the
  picture and columns named after attributes; beside it, each optional, identities, partition,
  boxes and landmarks.
- Hugging Face's image folders (`image_folder.py`): a column for each attribute; `identity` and the
  folders `train`, `validation` and `test` where there are any.
- LFWA: `lfw_att_40.mat` (Liu et al. 2015) beside the pictures of LFW.
- UMD-AED (Hand, Castillo, Chellappa, AAAI 2018): one text file an attribute, each naming the
  pictures labelled for it.

Labels are 1 yes, 0 no, -1 unknown, whether the file says 1/-1, 1/0, yes/no or true/false; where a
file has -1, 0 and 1, its 0 is unknown. Pictures are not opened here.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from prosopon.datasets import vocabulary
from prosopon.datasets.image_folder import read_metadata
from prosopon.datasets.matlab import read_cells
from prosopon.errors import ProsoponError, UsageError
from prosopon.files import read_bytes, read_text
from prosopon.records import Float32

Int8 = NDArray[np.int8]

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}

_YES = {"1", "yes", "true", "y", "t"}
_NO = {"no", "false", "n", "f"}
_UNKNOWN = {"", "?", "nan", "unknown", "none", "na"}


@dataclass(frozen=True, slots=True, eq=False)
class AttributeData:
    """Labelled pictures; everything is in the order of `pictures`."""

    pictures: tuple[Path, ...]
    attributes: tuple[str, ...]
    """CelebA's names, those that the labels cover."""
    labels: Int8
    """(n, attributes) 1, 0, or -1 unknown."""
    identities: NDArray[np.str_]
    """(n,) empty where unknown."""
    splits: NDArray[np.str_]
    """(n,) `train`, `val` or `test`; empty where the data set has no partition."""
    boxes: Float32
    """(n, 4) x1, y1, x2, y2 in pixels; NaN where unknown."""
    landmarks: Float32
    """(n, 5, 2) in pixels, as records.LANDMARKS_5; NaN where unknown."""
    remarks: tuple[str, ...] = ()
    """What was left out and why, for people to read."""

    def __len__(self) -> int:
        return len(self.pictures)

    def rows(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> Self:
        """Only these rows (numbers, or a mask)."""
        numbers = np.arange(len(self))[chosen]
        return replace(
            self,
            pictures=tuple(self.pictures[i] for i in numbers),
            labels=self.labels[numbers],
            identities=self.identities[numbers],
            splits=self.splits[numbers],
            boxes=self.boxes[numbers],
            landmarks=self.landmarks[numbers],
        )

    def split(self, name: str) -> Self:
        """Only the pictures of a partition; UsageError where it is empty."""
        chosen = self.splits == name
        if not chosen.any():
            there = ", ".join(sorted(set(self.splits) - {""})) or "none"
            raise UsageError(f"the data set has no partition {name!r} (it has: {there})")
        return self.rows(chosen)

    def only(self, attributes: Sequence[str]) -> Self:
        """Only these attributes, in this order; UsageError names those without labels."""
        wanted = [vocabulary.find(name).name for name in attributes]
        missing = [name for name in wanted if name not in self.attributes]
        if missing:
            raise UsageError(f"the data set has no labels for {', '.join(missing)}")
        columns = [self.attributes.index(name) for name in wanted]
        return replace(self, attributes=tuple(wanted), labels=self.labels[:, columns])


def read_dataset(folder: Path) -> AttributeData:
    """Read whichever of the forms lies in `folder`.

    Pictures without labels and labels without pictures are left out, with a remark. Raises
    UsageError where there are no labels at all, or none that fits a picture.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder")
    for read in (_read_image_folder, _read_table, _read_lfwa, _read_umd_aed):
        labels = read(folder)
        if labels is not None:
            return _join(folder, labels)
    raise UsageError(
        f"{folder}: no attribute labels found: expected list_attr_celeba.txt or .csv, "
        "attributes.csv, metadata.csv or .jsonl, lfw_att_40.mat, or a text file for each attribute"
    )


@dataclass(frozen=True, slots=True)
class _Labels:
    """A table of labels before its pictures are looked for."""

    names: list[str]
    attributes: list[str]
    values: Int8
    identities: dict[str, str]
    splits: dict[str, str]
    remarks: list[str]


def _join(folder: Path, labels: _Labels) -> AttributeData:
    """Bring labels and pictures together."""
    found = _pictures(folder)
    places = [_find(found, name) for name in labels.names]
    rows = [i for i, place in enumerate(places) if place is not None]
    if not rows:
        raise UsageError(
            f"{folder}: none of the {len(places)} labelled pictures is there "
            f"(such as {labels.names[0] if labels.names else 'none'})"
        )
    remarks = list(labels.remarks)
    if len(rows) < len(places):
        remarks.append(f"{len(places) - len(rows)} labels left out: their pictures are missing")
    without = len(set(found.values()) - set(places))
    if without:
        remarks.append(f"{without} pictures left out: they have no labels")
    names = [labels.names[i] for i in rows]
    boxes = _numbers(folder, ("list_bbox_celeba", "boxes"), 4)
    points = _numbers(folder, ("list_landmarks_celeba", "landmarks"), 10)
    corners = _look_up(boxes, names, 4)
    corners[:, 2:] += corners[:, :2]  # width and height become the far corner
    return AttributeData(
        pictures=tuple(place for place in places if place is not None),
        attributes=tuple(labels.attributes),
        labels=labels.values[rows],
        identities=np.array([labels.identities.get(name, "") for name in names], np.str_),
        splits=np.array([labels.splits.get(name, "") for name in names], np.str_),
        boxes=corners,
        landmarks=_look_up(points, names, 10).reshape(-1, 5, 2),
        remarks=tuple(remarks),
    )


def _pictures(folder: Path) -> dict[str, Path]:
    """Every picture below `folder`, by its path from there and from each folder on the way, with
    its suffix and without, as labels name pictures in any of these ways."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in PICTURES:
            parts = path.relative_to(folder).parts
            for start in range(len(parts)):
                name = "/".join(parts[start:])
                found.setdefault(name, path)
                found.setdefault(name.removesuffix(path.suffix), path)
    return found


def _find(found: dict[str, Path], name: str) -> Path | None:
    """CelebA's pictures are also spread as .png under labels that say .jpg."""
    file = Path(name)
    ways = (name, file.name, file.stem)
    return next((found[way] for way in ways if way in found), None)


# CelebA and plain tables


def _read_table(folder: Path) -> _Labels | None:
    """CelebA's list, or the first CSV whose header names attributes."""
    for path in [*sorted(folder.rglob("list_attr*")), *sorted(folder.glob("*.csv"))]:
        header, rows = _cells(path)
        columns = {i: found for i, word in enumerate(header) if (found := vocabulary.known(word))}
        if columns and rows:
            return _table_labels(folder, path, header, rows, columns)
    return None


def _read_image_folder(folder: Path) -> _Labels | None:
    """Hugging Face's form, where its metadata name attributes."""
    said = read_metadata(folder)
    header = list(dict.fromkeys(["image", *(name for row in said for name in row)]))
    columns = {i: found for i, word in enumerate(header) if (found := vocabulary.known(word))}
    if not columns:
        return None
    rows = [[row.get(name, "") for name in header] for row in said]
    return _table_labels(folder, folder, header, rows, columns)


def _table_labels(
    folder: Path,
    path: Path,
    header: list[str],
    rows: list[list[str]],
    columns: dict[int, vocabulary.Attribute],
) -> _Labels:
    short = [row for row in rows if len(row) != len(header)]
    if short:
        raise ProsoponError(
            f"{path}: expected {len(header)} cells in each row, got {len(short[0])} in the row of "
            f"{short[0][0]!r}"
        )
    texts = [[row[i] for i in columns] for row in rows]
    names = [row[0] for row in rows]
    identities = _side_table(folder, ("identity_CelebA", "identities"))
    splits = _side_table(folder, ("list_eval_partition", "partition", "splits"))
    for table, words in ((identities, {"identity", "person"}), (splits, {"split", "partition"})):
        for i, word in enumerate(header):
            if word.strip().lower() in words:
                table.update(zip(names, (row[i] for row in rows), strict=True))
    missing = [name for name in vocabulary.NAMES if name not in {a.name for a in columns.values()}]
    return _Labels(
        names=names,
        attributes=[attribute.name for attribute in columns.values()],
        values=_values(texts, path),
        identities=identities,
        splits={name: _split_name(text) for name, text in splits.items()},
        remarks=[f"no labels for {', '.join(missing)}"] if missing else [],
    )


def _cells(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a table, separated by commas (.csv) or spaces; CelebA's lists begin with
    a line that holds the number of rows, and name no column for the picture."""
    with StringIO(read_bytes(path).decode("utf-8-sig", "replace"), newline="") as file:
        if path.suffix.lower() == ".csv":
            rows = [row for row in csv.reader(file) if row]
        else:
            rows = [line.split() for line in file if line.strip()]
    if rows and len(rows[0]) == 1 and rows[0][0].isdigit():
        rows = rows[1:]
    if len(rows) > 1 and len(rows[1]) == len(rows[0]) + 1:
        rows[0] = ["image", *rows[0]]
    return (rows[0], rows[1:]) if rows else ([], [])


def _side_table(folder: Path, stems: tuple[str, ...], column: int = -1) -> dict[str, str]:
    """The last column of a table beside the labels, by picture; empty where there is none."""
    for stem in stems:
        for path in sorted(folder.rglob(f"{stem}.*")):
            header, rows = _cells(path)
            return {row[0]: row[column] for row in [header, *rows] if len(row) > 1}
    return {}


def _numbers(folder: Path, stems: tuple[str, ...], count: int) -> dict[str, list[float]]:
    """A table of `count` numbers a picture."""
    for stem in stems:
        for path in sorted(folder.rglob(f"{stem}.*")):
            _, rows = _cells(path)
            try:
                return {row[0]: [float(cell) for cell in row[1 : count + 1]] for row in rows}
            except ValueError as error:
                raise ProsoponError(f"{path}: expected {count} numbers a row: {error}") from error
    return {}


def _look_up(table: dict[str, list[float]], names: list[str], count: int) -> Float32:
    nothing = [np.nan] * count
    return np.array([table.get(name, nothing) for name in names], np.float32).reshape(-1, count)


def _split_name(text: str) -> str:
    """CelebA numbers its partitions 0, 1, 2."""
    names = {"0": "train", "1": "val", "2": "test", "valid": "val", "validation": "val"}
    return names.get(text.strip().lower(), text.strip().lower())


def _values(texts: Iterable[Sequence[str]], path: Path) -> Int8:
    """Words to 1, 0 and -1, by what the whole table uses."""
    words = np.array([[text.strip().lower() for text in row] for row in texts], np.str_)
    used = set(np.unique(words).tolist())
    strange = {w for w in used if w not in _YES | _NO | _UNKNOWN | {"0", "-1"}}
    if strange:
        raise ProsoponError(
            f"{path}: {min(strange)!r} is no label: expected 1/-1, 1/0, yes/no or true/false"
        )
    no = _NO | ({"-1"} if "-1" in used else {"0"})
    values = np.full(words.shape, -1, np.int8)
    values[np.isin(words, list(no))] = 0
    values[np.isin(words, list(_YES))] = 1
    return values


# LFWA


def _read_lfwa(folder: Path) -> _Labels | None:
    for path in sorted(folder.rglob("lfw_att_*.mat")):
        cells = read_cells(path)
        missing = {"AttrName", "label", "name"} - set(cells)
        if missing:
            raise ProsoponError(f"{path}: expected variables AttrName, label, name; no {missing}")
        words = [str(word) for word in cells["AttrName"]]
        columns = {i: found for i, word in enumerate(words) if (found := vocabulary.known(word))}
        names = [str(name).replace("\\", "/") for name in cells["name"]]
        table = np.asarray(cells["label"])
        if table.shape != (len(names), len(words)):
            raise ProsoponError(
                f"{path}: expected {len(names)}×{len(words)} labels, got {table.shape}"
            )
        chosen = [[str(int(value)) for value in row] for row in table[:, list(columns)]]
        return _Labels(
            names=names,
            attributes=[attribute.name for attribute in columns.values()],
            values=_values(chosen, path),
            identities={name: name.partition("/")[0] for name in names},
            splits={},
            remarks=[],
        )
    return None


# UMD-AED


def _read_umd_aed(folder: Path) -> _Labels | None:
    lists = {
        found.name: path
        for path in sorted(folder.rglob("*.txt"))
        if (found := vocabulary.known(path.stem))
    }
    if not lists:
        return None
    attributes = [name for name in vocabulary.NAMES if name in lists]
    marks: dict[str, dict[str, str]] = {}
    for attribute in attributes:
        for line in read_text(lists[attribute]).splitlines():
            match line.split():
                case [name, mark]:
                    marks.setdefault(name, {})[attribute] = mark
                case []:
                    pass
                case _:
                    raise ProsoponError(
                        f"{lists[attribute]}: expected a picture and a label in {line!r}"
                    )
    names = sorted(marks)
    texts = [[marks[name].get(attribute, "") for attribute in attributes] for name in names]
    return _Labels(names, attributes, _values(texts, folder), {}, {}, [])
