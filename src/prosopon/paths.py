"""Where a photograph is, as text that can be stored, shown and opened again.

An *address* is the path of a file, and the page in it from the second one on: `scan.tif#page=2`
(the form of RFC 8118). Names that are no valid Unicode, as old disks hold them, are written with
U+FFFD and two hexadecimal digits for every byte that can't be decoded: `caf�e9.jpg`. Thus every
address can go into a database, a table, a page or a terminal, and leads back to its file.

A file may also be in an object store or on a server: `s3://bucket/folder/a.jpg`, any address that
fsspec knows. As a `Path` that is `s3:/bucket/folder/a.jpg`, which no file of this computer can be
taken for: their paths begin at the root.
"""

import os
import posixpath
import re
from pathlib import Path

_ESCAPE = "\N{REPLACEMENT CHARACTER}"
_ESCAPED = re.compile(f"{_ESCAPE}([0-9a-f]{{2}})")
_REMOTE = re.compile(r"([a-z][a-z0-9+.-]+):[/\\]+(?=[^/\\])", re.IGNORECASE)
"""How an address begins that is not of this computer's files; drives have one letter."""
_LOCAL = ("file", "local")
_PAGE = re.compile(r"#page=([1-9][0-9]{0,5})$")


def address(path: str | os.PathLike[str], page: int = 1) -> str:
    """The address of a file's page; of a file's only or first page, its path."""
    name = url(path) if is_remote(path) else os.fspath(path)
    try:
        name.encode()
        plain = _ESCAPE not in name and not _PAGE.search(name)
    except UnicodeEncodeError:
        plain = False
    if not plain:
        name = "".join(map(_escaped, name))
        name = _PAGE.sub(lambda found: f"{_ESCAPE}23{found[0][1:]}", name)  # a name that looks so
    return name if page == 1 else f"{name}#page={page}"


def from_root(path: str | os.PathLike[str]) -> Path:
    """The path from the root on, without `..` and `~`; links are not followed, for people arrange
    their folders by them."""
    if is_remote(path) and not os.path.lexists(path):
        protocol, rest = url(path).split("://", 1)
        if protocol not in _LOCAL:
            return Path(f"{protocol}:{posixpath.normpath('/' + rest)}")
        path = f"/{rest}"
    return Path(os.path.abspath(os.path.expanduser(path)))  # noqa: PTH100, PTH111


def is_remote(path: str | os.PathLike[str]) -> bool:
    """Whether a path or an address is that of a file elsewhere than in this computer's folders."""
    return _REMOTE.match(os.fspath(path)) is not None


def url(path: str | os.PathLike[str]) -> str:
    """Of what is elsewhere: `s3://bucket/folder`, with names as they are there."""
    name = os.fspath(path)
    found = _REMOTE.match(name)
    assert found is not None
    return f"{found[1].lower()}://{name[found.end() :].replace(os.sep, '/')}"


def separator(address: str | os.PathLike[str]) -> str:
    """What is between the folders of an address."""
    return "/" if is_remote(address) else os.sep


def file_of(address: str | os.PathLike[str]) -> Path:
    """The path that an address stands for, as the system wants it."""
    return located(address)[0]


def located(address: str | os.PathLike[str]) -> tuple[Path, int]:
    """The file and the page, from 1, that an address stands for."""
    name, page = os.fspath(address), 1
    if found := _PAGE.search(name):
        name, page = name[: found.start()], int(found[1])
    if _ESCAPE in name:
        parts = _ESCAPED.split(name)
        raw = [
            bytes.fromhex(part) if number % 2 else os.fsencode(part)
            for number, part in enumerate(parts)
        ]
        name = os.fsdecode(b"".join(raw))
    return Path(name), page


def _escaped(character: str) -> str:
    if character != _ESCAPE and not "\ud800" <= character <= "\udfff":
        return character
    return "".join(f"{_ESCAPE}{byte:02x}" for byte in os.fsencode(character))
