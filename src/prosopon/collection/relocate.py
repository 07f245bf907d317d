"""A folder was moved: its photographs are the same, somewhere else."""

from dataclasses import dataclass, field
from pathlib import Path

from prosopon import photos
from prosopon.collection.collection import Collection
from prosopon.errors import UsageError
from prosopon.paths import address, from_root, is_remote
from prosopon.photos import UnreadablePhoto
from prosopon.records import File
from prosopon.store import files


@dataclass(slots=True)
class Relocated:
    """What became of the files below the old folder."""

    moved: int = 0
    missing: list[str] = field(default_factory=list)
    """Old paths of files that are not below the new folder."""
    different: list[str] = field(default_factory=list)
    """New paths at which another photograph is: left as they are, index will tell."""


def relocate(collection: Collection, old: str | Path, new: str | Path) -> Relocated:
    """Look below `new` for what was indexed below `old`; nothing has to be examined again.

    Files of the same size and time are taken for the same, others by what is in them. Files that
    are still below `old` stay where they are.

    Raises UsageError: nothing was indexed below `old`, or `new` isn't there.
    """
    before, after = (from_root(folder) for folder in (old, new))
    for folder in (before, after):
        if is_remote(folder):
            raise UsageError(
                f"{address(folder)}: relocate is for folders; index the new place: photographs are "
                "known again by what is in them, and names go along"
            )
    if not after.exists():
        raise UsageError(f"{address(after)}: no such folder; give the folder's new place")
    done = Relocated()
    with collection.store.writing():
        with collection.store.read() as connection:
            known = files.stamps_below(connection, before)
        if not known:
            raise UsageError(f"{address(before)}: nothing was indexed there")
        with collection.store.begin() as connection:
            for file, digest in known:
                if file.path.exists():
                    continue
                target = after / file.path.relative_to(before)
                found = _found(target)
                if found is None:
                    done.missing.append(address(file.path))
                elif _same(found, file, digest, collection):
                    files.move(connection, file.path, found)
                    done.moved += 1
                else:
                    done.different.append(address(target))
    return done


def _found(path: Path) -> File | None:
    if not path.is_file():
        return None
    status = path.stat()
    return File(path, status.st_size, status.st_mtime_ns)


def _same(found: File, file: File, digest: str, collection: Collection) -> bool:
    if (found.size, found.mtime_ns) == (file.size, file.mtime_ns):
        return True
    if found.size != file.size or not digest:
        return False
    try:
        return photos.identify(found.path, collection.settings.limits)[0].sha256 == digest
    except UnreadablePhoto:
        return False
