"""Files: in UTF-8, written whole or not at all, and every error names the file."""

import csv
import errno
import json
import mmap
import os
import shutil
import stat
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import tomli_w
from numpy.typing import NDArray

from prosopon.errors import ProsoponError, UsageError

LARGEST = 1_000_000_000
"""Bytes of a table or another text that is read at once."""
_GIVEN_OPEN = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
"""What the shell has opened already: a pipe there was meant, and somebody writes to it."""


def read_bytes(file: Path, largest: int = LARGEST) -> bytes:
    """The whole of a file; a pipe, socket or device that has its name is not waited for.

    Raises OSError, also for what is no regular file, or has more than `largest` bytes.
    """
    with open(file, "rb", opener=_at_once) as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            if not str(file).startswith(_GIVEN_OPEN):
                raise OSError(errno.EINVAL, "not a regular file", str(file))
            os.set_blocking(stream.fileno(), True)
        content = b"" if status.st_size > largest else stream.read(largest + 1)
        if max(status.st_size, len(content)) > largest:
            raise OSError(errno.EFBIG, f"larger than {largest:,} bytes", str(file))
        return content


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_text(file: Path) -> str:
    """A text in UTF-8, with or without its mark, line ends as they are.

    Raises ProsoponError: can't be read, not UTF-8.
    """
    try:
        return read_bytes(file).decode("utf-8-sig")
    except OSError as error:
        raise ProsoponError(f"{file}: can't be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ProsoponError(f"{file}: not a text in UTF-8: {error}") from error


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """The path of a new file that takes the place of `target` when the block ends well.

    It has the ending of `target`, whose folder is made where it is missing. What is no plain file
    (a terminal, a pipe) is written to as it is. Raises ProsoponError where it can't be written.
    """
    place = Path(os.path.realpath(target))
    fresh = place.with_name(f".{uuid4().hex[:12]}{place.suffix}")
    try:
        if target.exists() and not (target.is_file() or target.is_dir()):
            yield target  # not `place`, which a pipe has not
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield fresh
            if place.is_file():
                shutil.copymode(place, fresh)
            fresh.replace(place)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        if error.filename not in (None, str(fresh), str(place), str(place.parent)):
            raise  # it is about another file
        raise ProsoponError(f"{target}: can't be written: {error.strerror or error}") from error


def write_bytes(target: Path, content: bytes) -> None:
    """Put a file of that content in the place of `target`."""
    with replacing(target) as fresh:
        fresh.write_bytes(content)


def write_text(target: Path, text: str) -> None:
    """Put a text in the place of `target`, its lines ending as they are."""
    write_bytes(target, text.encode())


def write_table(
    target: Path,
    rows: Iterable[Mapping[str, Any] | Sequence[Any]],
    columns: Sequence[str] | None = None,
) -> None:
    """Put a CSV table in the place of `target`.

    rows : by the names of the columns, what is missing stays empty; or in the columns' order.
    columns : by default all that the rows name, in the order in which they come up.
    """
    if columns is None:
        rows = list(rows)
        columns = list(dict.fromkeys(str(name) for row in rows for name in row))
    with replacing(target) as fresh, fresh.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(columns)
        for row in rows:
            if isinstance(row, Mapping):
                row = [row.get(name, "") for name in columns]
            table.writerow(row)


def read_table(file: Path, columns: Collection[str] = ()) -> list[dict[str, str]]:
    """The rows of a CSV table, which has at least these columns; row i is in line i + 2 at best.

    Raises ProsoponError: no such file, not CSV in UTF-8, a column or a cell missing.
    """
    table = csv.DictReader(StringIO(read_text(file), newline=""), strict=True)
    try:
        missing = sorted(set(columns) - set(table.fieldnames or ()))
        if missing:
            raise ProsoponError(
                f"{file}: expected the columns {', '.join(sorted(columns))}; "
                f"{', '.join(missing)} missing"
            )
        rows = []
        for row in table:
            if None in row or None in row.values():
                raise ProsoponError(
                    f"{file}, line {table.line_num}: has not a cell for each column"
                )
            rows.append(row)
        return rows
    except csv.Error as error:
        raise ProsoponError(f"{file}: not a CSV file: {error}") from error


def save_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> None:
    """Write arrays and what is to be said about them into `folder`, made where it is missing.

    Raises OSError where they can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    said = folder / "about.json"
    said.unlink(missing_ok=True)  # written last: a folder without it isn't whole
    for name, array in arrays.items():
        fresh = folder / f"{name}.npy.new"  # the old file may be mapped by the array being saved
        with fresh.open("wb") as file:
            np.save(file, array)
        fresh.replace(folder / f"{name}.npy")
    said.write_text(json.dumps({**about, "arrays": [*arrays]}), encoding="utf-8")


def load_arrays(folder: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """What `save_arrays` wrote; the arrays are mapped: read as they are used.

    Raises ProsoponError if the folder does not hold it whole.
    """
    try:
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        names = about.pop("arrays")
        # a plain view: arithmetic on a memmap makes memmaps, which cost more than they give
        arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray) for name in names
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProsoponError(f"{folder} holds no whole arrays ({error})") from error
    return arrays, about


def let_go(array: NDArray[Any]) -> None:
    """Give the memory of a mapped array back; its file is read again when it is used again."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED") and not array.flags.writeable:
        base.madvise(mmap.MADV_DONTNEED)


def parse_json(text: str | bytes) -> Any:
    """What JSON says. Raises ValueError, also for what is nested too deeply to be meant."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def write_toml(target: Path, values: Mapping[str, Any]) -> None:
    """Put a TOML file in the place of `target`; None, which TOML can't say, is left out."""
    write_text(target, tomli_w.dumps(_without_none(values)))


def parse_toml(content: bytes, origin: object) -> dict[str, Any]:
    """The values of a TOML file's content. Raises UsageError naming `origin`."""
    try:
        return tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{origin}: not TOML: {error}") from error


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _without_none(value) if isinstance(value, Mapping) else value
        for name, value in values.items()
        if value is not None
    }
