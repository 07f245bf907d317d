"""Copies of a collection to be kept elsewhere, with what people decided beside it as text."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from prosopon.collection.collection import Collection
from prosopon.errors import ProsoponError, UsageError
from prosopon.files import parse_json, read_text, replacing
from prosopon.people import from_json, to_json
from prosopon.store import copies, decisions, open_store
from prosopon.store.database import recall, remember

LOG_ENDING = ".log.jsonl"
"""Of the text beside a backup."""
_SLASHES = tuple({"/", os.sep})
_LAST = "backup"
"""The key under which a collection keeps when it was backed up last."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What was written, or restored."""

    file: str
    log: str
    """The decisions as text, a JSON object a line."""
    decisions: int


def backup(collection: Collection, target: str | Path | None = None) -> BackedUp:
    """Copy the collection as it stands, also while others write, and read the copy back.

    target : a new file, or a folder (one that is there, or that ends in a slash), where the copy is
        named after the collection and the time; by default the folder of the collection. Beside it
        the log of decisions is written as text.

    What is forgotten later stays in backups that were made before.

    Raises UsageError if the file is there already, ProsoponError where it can't be written.
    """
    at = datetime.now(UTC)
    store = collection.store
    named = "collection" if store.file is None else store.file.stem
    file = Path(target or (store.file.parent if store.file else ".")).expanduser()
    if file.is_dir() or str(target).endswith(_SLASHES):
        file = file / f"{named}-{at:%Y%m%d-%H%M%S}.prosopon"
    log = file.with_name(file.name + LOG_ENDING)
    for taken in (file, log):
        if taken.exists():
            raise UsageError(f"{taken}: is there already; name another file, or a folder")
    copies.back_up(store, file)
    entries = _decisions_in(file)
    with replacing(log) as partial, partial.open("w", encoding="utf-8") as text:
        for entry in entries:
            text.write(json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n")
    last = {"at": at.isoformat(timespec="seconds"), "file": str(file), "decisions": len(entries)}
    if store.writable:
        with store.begin(same_version=True) as connection:
            remember(connection, _LAST, json.dumps(last))
    return BackedUp(str(file), str(log), len(entries))


def restore(source: str | Path, name: str) -> BackedUp:
    """Make the collection `name` from a backup, or from a log of decisions alone.

    source : what `backup` wrote: the collection, which must not be there yet; or the text beside
        it, which goes into a collection without decisions, made where there is none. Its names
        appear on the faces when the photographs are indexed.

    Raises ProsoponError where the backup is damaged or the collection is not empty.
    """
    source = Path(source).expanduser()
    if source.suffix == ".jsonl":
        return _replay(source, name)
    copies.restore(source, name)
    with open_store(name, create=False) as store, store.read() as connection:
        return BackedUp(name, "", decisions.count(connection))


def decisions_since_backup(collection: Collection) -> int:
    """How many decisions no backup holds."""
    with collection.store.read() as connection:
        last = recall(connection, _LAST)
        return decisions.count(connection) - (parse_json(last)["decisions"] if last else 0)


def _decisions_in(file: Path) -> list[dict[str, object]]:
    with open_store(str(file), create=False) as copy, copy.read() as connection:
        return decisions.load(connection)


def _replay(log: Path, name: str) -> BackedUp:
    lines = read_text(log).split("\n")  # notes may hold other ends of lines
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    entries = [_entry(line, f"{log}, line {number}") for number, line in numbered]
    with open_store(name) as store, store.begin() as connection:
        if decisions.count(connection):
            raise ProsoponError(
                f"{name}: has decisions of its own; a log is restored into a collection without"
            )
        decisions.append(connection, entries)
    return BackedUp(name, str(log), len(entries))


def _entry(line: str, place: str) -> dict[str, object]:
    """One decision as the log keeps it. Raises ProsoponError that names the place."""
    try:
        return to_json(from_json(parse_json(line)))
    except (ValueError, UsageError) as error:
        raise ProsoponError(f"{place}: not a decision: {error}") from error
