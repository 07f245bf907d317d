"""Photographs in object stores and on servers, by their addresses: what fsspec knows.

Whatever goes wrong there is an OSError; only FileNotFoundError says that something is not there.
Credentials are found as fsspec and its drivers find them: in the environment, in their files.
"""

import errno
import hashlib
import logging
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from prosopon.errors import ProsoponError, UsageError
from prosopon.optional import require
from prosopon.paths import address, is_remote, url
from prosopon.records import File

_STAMPS = (
    *("etag", "md5hash", "content-md5", "lastmodified", "last-modified", "last_modified"),
    *("mtime", "modified", "updated", "last_write_time", "created"),
)
"""What stores tell that differs when a file has changed, in lower case."""
_PASSWORD = re.compile(r"://[^/@]*:[^/@]*@")
_PACKAGES = {"smbclient": "smbprotocol"}
"""Module → the package that brings it, where that has another name."""
_NOT_FOUND = (404, 410)
_PROBE = 64
"""Bytes at the start that tell a picture."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a folder holds, as `os.DirEntry` tells it."""

    name: str
    file: File | None
    """None for a folder."""

    def is_dir(self) -> bool:
        """Whether it is a folder."""
        return self.file is None


def is_there(path: Path) -> bool:
    """Whether there is a file or a folder, on this computer or elsewhere.

    Raises ProsoponError where nobody can tell: the store can't be reached or lets nobody in.
    """
    return _about(path) is not None if is_remote(path) else os.path.lexists(path)


def entry(path: Path) -> Entry:
    """The file or folder at an address. Raises ProsoponError."""
    about = _about(path)
    if about is None:
        raise ProsoponError(f"{address(path)}: no such file or folder")
    return _entry(path, about)


def entries(folder: Path) -> list[Entry]:
    """What a folder holds. Raises OSError."""
    with _asked(folder) as (store, inside):
        store.invalidate_cache(inside)
        found = {}
        for about in store.ls(inside, detail=True):
            name = str(about["name"]).rstrip("/")
            above, _, name = name.rpartition("/")
            if above.strip("/") == inside.strip("/") and name not in ("", ".", ".."):
                found[name] = about
        return [_entry(folder / name, _whole(store, found[name])) for name in sorted(found)]


def read_bytes(path: Path, largest: int) -> bytes:
    """The whole of a file. Raises OSError, also for one of more than `largest` bytes."""
    with _asked(path) as (store, inside):
        small = (store.info(inside).get("size") or 0) <= largest
        content = bytes(store.cat_file(inside)) if small else b""
    if not small or len(content) > largest:
        raise OSError(errno.EFBIG, f"larger than {largest:,} bytes")
    return content


def beginning(path: Path) -> bytes:
    """The first bytes of a file. Raises OSError."""
    with _asked(path) as (store, inside):
        return bytes(store.cat_file(inside, start=0, end=_PROBE))


def gone(paths: Iterable[Path]) -> list[Path]:
    """Those that are not there, on this computer or elsewhere; not those that a store can't tell
    of."""
    paths = sorted(paths)
    missing = [path for path in paths if not is_remote(path) and not os.path.lexists(path)]
    for folder, here in groupby(filter(is_remote, paths), lambda path: path.parent):
        try:
            names = {found.name for found in entries(folder)}
        except FileNotFoundError:
            names = set()
        except OSError:
            continue
        missing += [path for path in here if path.name not in names]
    return missing


def _about(path: Path) -> dict[str, Any] | None:
    try:
        with _asked(path) as (store, inside):
            store.invalidate_cache(inside)
            found = _whole(store, store.info(inside))
            listed = path.suffix == "" and url(path).startswith("http")  # a page with links
            return {**found, "type": "directory"} if listed else found
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ProsoponError(
            f"{address(path)}: can't be reached: {error.strerror or error}"
        ) from error


def _whole(store: Any, about: dict[str, Any]) -> dict[str, Any]:
    """What is told of a file, asked for by itself where the list doesn't say its size."""
    if about["type"] == "directory" or about.get("size") is not None:
        return about
    return {**about, **store.info(about["name"])}


def _entry(path: Path, about: dict[str, Any]) -> Entry:
    if about["type"] == "directory":
        return Entry(path.name, None)
    told = {key.lower(): str(value) for key, value in about.items()}
    stamp = "|".join(told.get(key, "") for key in _STAMPS)
    number = int.from_bytes(hashlib.sha256(stamp.encode()).digest()[:7], "big")
    return Entry(path.name, File(path, about.get("size") or 0, number or 1))


@contextmanager
def _asked(path: Path) -> Iterator[tuple[Any, str]]:
    """The store of an address and the path in it; what goes wrong in the block is an OSError.

    Raises UsageError for a protocol that nobody knows, MissingExtra, ProsoponError: a package that
    is not installed.
    """
    where = url(path)
    kind = _kind(where)
    try:
        store = kind(**kind._get_kwargs_from_urls(where))
        yield store, kind._strip_protocol(where)
    except PermissionError as error:
        raise PermissionError(errno.EACCES, f"not allowed: {_said(error)}", where) from error
    except Exception as error:  # drivers have errors of their own
        if _is_missing(error):
            raise
        kind.clear_instance_cache()  # the connection may be lost: make another the next time
        raise OSError(errno.EIO, _said(error), where) from error


def _kind(where: str) -> Any:
    """The class of file systems for an address."""
    fsspec = require("fsspec", extra="remote")
    protocol = where.partition("://")[0]
    if "::" in where:
        raise UsageError(f"{where}: addresses inside addresses (::) can't be used; unpack it first")
    if _PASSWORD.search(where):
        raise UsageError(
            "an address with a password in it would be kept in the collection: leave the password "
            f"out, and set  FSSPEC_{protocol.upper()}_PASSWORD  (docs/scale.md)"
        )
    for package in ("paramiko", "smbprotocol", "s3fs", "asyncio"):
        logging.getLogger(package).addHandler(logging.NullHandler())  # they print tracebacks
    try:
        return fsspec.get_filesystem_class(protocol)
    except ValueError as error:
        raise UsageError(
            f"{where}: {protocol} is no protocol that fsspec knows; known are s3, sftp, smb, gs, "
            "az, webdav, http, ftp and others"
        ) from error
    except ImportError as error:
        module = (getattr(error.__cause__, "name", None) or "").partition(".")[0]
        package = _PACKAGES.get(module, module.replace("_", "-"))
        how = f"run  pip install {package}" if package else str(error)
        raise ProsoponError(f"{where}: its driver is not installed: {how}") from error


def _is_missing(error: Exception) -> bool:
    """Whether the store says that something is not there: the driver for web pages says so of a
    server that does not answer, too."""
    cause = error.__cause__
    told = cause is None or isinstance(cause, KeyError) or getattr(cause, "status", 0) in _NOT_FOUND
    return isinstance(error, FileNotFoundError) and told


def _said(error: BaseException) -> str:
    """What an error says, in one line."""
    text = " ".join(str(getattr(error, "strerror", None) or error).split())[:300]
    return text if isinstance(error, OSError) and text else f"{type(error).__name__}: {text}"
