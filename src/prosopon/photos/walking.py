"""Which photographs lie below some folders, and what else lies there."""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from prosopon.errors import ProsoponError
from prosopon.paths import is_remote
from prosopon.photos import formats, remote
from prosopon.records import File

SYSTEM_FOLDERS = frozenset(
    {"@eadir", "@tmp", "@sharebin", "#recycle", "#snapshot"}  # Synology
    | {"@recycle", "@recently-snapshot"}  # QNAP
    | {"$recycle.bin", "recycler", "system volume information"}
    | {"__macosx", "network trash folder", "thevolumesettingsfolder"}
    | {"lost+found"}
)
"""Folders of storage systems, in lower case: previews, waste and remains, no photographs."""

HIDDEN = "hidden"
RAW_BESIDE = "raw beside its picture"
NO_ENDING = "no ending"

_ENDING = re.compile(r"\.(?=[a-z0-9_~-]*[a-z])[a-z0-9_~-]{1,12}$")
"""What counts as an ending: `.jpg`, not the `. Mai 1938` of a title or the `.001` of a scan."""
_SIDECAR = ".xmp"
"""Belongs to a photograph and is read with it, elsewhere."""

_NO_LOOP = (0, 0)
"""Where there are no links."""
_Entry: TypeAlias = "os.DirEntry[str] | remote.Entry"


@dataclass(slots=True)
class Walk:
    """The photographs below some folders, in order of their names, when iterated over.

    Hidden files and folders and those of storage systems are passed over. Symbolic links are
    followed, but no folder is entered from inside itself, so loops end; and of the links that lie
    in linked folders one to each folder, for folders full of links to one another have more ways
    through them than anybody can walk. A root that is a file is yielded whatever its name. What was
    not yielded is counted meanwhile.
    """

    roots: Iterable[Path]
    system_folders: bool = False
    """Enter folders of storage systems as well."""
    unreadable: list[tuple[Path, str]] = field(default_factory=list)
    """What should be readable and isn't, with the reason."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """Files of other kinds, by ending in lower case."""
    skipped_folders: list[Path] = field(default_factory=list)
    """Folders of storage systems."""

    def __iter__(self) -> Iterator[File]:
        """Raises ProsoponError for a root that isn't there."""
        for root in self.roots:
            if is_remote(root):
                file = remote.entry(root).file
                yield from self._below(root) if file is None else [file]
                continue
            if not os.path.lexists(root):
                raise ProsoponError(f"{root}: no such file or folder; give a folder of photographs")
            root = Path(os.path.abspath(root))  # noqa: PTH100 (resolve() would follow links)
            if root.is_dir():
                yield from self._below(root)
            elif (found := self._stat(root)) is not None:
                yield found

    def _below(self, root: Path) -> Iterator[File]:
        # a stack of our own: folders may lie deeper than Python's calls
        above: list[tuple[int, int]] = []
        waiting: list[tuple[Path, int, int]] = [(root, 0, 0)]
        linked: set[tuple[int, int]] = set()
        while waiting:
            folder, depth, links = waiting.pop()
            del above[depth:]
            key = self._key(folder, above)
            if key is None:
                continue
            if links > 1 and folder.is_symlink():
                if key in linked:
                    reason = "symbolic link to a folder that another link leads to: not followed"
                    self.unreadable.append((folder, reason))
                    continue
                linked.add(key)
            above.append(key)
            entries = self._entries(folder)
            names = {entry.name.lower() for entry in entries}
            below: list[Path] = []
            for entry in entries:
                if entry.name.startswith("."):
                    self.passed_over[HIDDEN] += 1
                elif _is_folder(entry):
                    below += self._entered(folder / entry.name)
                elif not self._is_photograph(folder, entry, names):
                    continue
                elif isinstance(entry, remote.Entry):
                    yield from [entry.file] if entry.file else []
                elif (found := self._stat(folder / entry.name)) is not None:
                    yield found
            waiting += [(path, depth + 1, links + path.is_symlink()) for path in reversed(below)]

    def _entered(self, folder: Path) -> list[Path]:
        if self.system_folders or folder.name.lower() not in SYSTEM_FOLDERS:
            return [folder]
        self.skipped_folders.append(folder)
        return []

    def _key(self, folder: Path, above: list[tuple[int, int]]) -> tuple[int, int] | None:
        """What identifies a folder; None, and a reason noted, for one that is not to be entered."""
        if is_remote(folder):
            return _NO_LOOP
        try:
            status = folder.stat()
        except OSError as error:
            self.unreadable.append((folder, f"folder can't be listed: {_said(error)}"))
            return None
        key = (status.st_dev, status.st_ino)
        if key in above and status.st_ino:
            reason = "symbolic link back to a folder above it: not followed"
            self.unreadable.append((folder, reason))
            return None
        return key

    def _entries(self, folder: Path) -> Sequence[_Entry]:
        try:
            if is_remote(folder):
                return remote.entries(folder)
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self.unreadable.append((folder, f"folder can't be listed: {_said(error)}"))
            return []

    def _is_photograph(self, folder: Path, entry: _Entry, names: set[str]) -> bool:
        found = _ENDING.search(entry.name.lower())
        ending = found[0] if found else ""
        if ending in formats.RAW_EXTENSIONS:
            stem = entry.name.lower()[: -len(ending)]
            if names.isdisjoint(stem + other for other in formats.EXTENSIONS):
                return True
            ending = RAW_BESIDE
        elif ending in formats.EXTENSIONS or (not ending and _looks_like_one(folder, entry)):
            return True
        if ending != _SIDECAR:
            self.passed_over[ending or NO_ENDING] += 1
        return False

    def _stat(self, path: Path) -> File | None:
        try:
            status = path.stat()
        except OSError as error:
            self.unreadable.append((path, f"can't be opened: {_said(error)}"))
            return None
        if not stat.S_ISREG(status.st_mode):
            self.unreadable.append((path, "not a regular file"))
            return None
        return File(path, status.st_size, status.st_mtime_ns)


def is_telling(path: Path, root: Path) -> bool:
    """Whether a change of `path` may change what a walk of `root` finds: a photograph, a sidecar or
    a folder, not hidden. (A collection's own files, which are written all the time, are not.)
    """
    if not path.is_relative_to(root) or any(
        part.startswith(".") for part in path.relative_to(root).parts
    ):
        return False
    found = _ENDING.search(path.name.lower())
    known = formats.EXTENSIONS | formats.RAW_EXTENSIONS | {_SIDECAR}
    return found is None or found[0] in known


def _said(error: OSError) -> str:
    return error.strerror or str(error)


def _is_folder(entry: _Entry) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _looks_like_one(folder: Path, entry: _Entry) -> bool:
    """Whether a file without an ending begins as pictures do."""
    try:
        if isinstance(entry, remote.Entry):
            begins = remote.beginning(folder / entry.name)
            return formats.kind(begins, Path(entry.name)) is not None
        if not stat.S_ISREG(entry.stat().st_mode):  # opening a pipe would wait for ever
            return False
        with open(entry.path, "rb") as file:  # noqa: PTH123 (the path as the system gave it)
            return formats.kind(file.read(formats.HEADER), Path(entry.name)) is not None
    except OSError:
        return False
