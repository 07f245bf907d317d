"""Who is where, written into the photographs themselves: through ExifTool, with a copy kept until
the file has been read again.
"""

import os
import shutil
import subprocess
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from prosopon import photos
from prosopon.collection.collection import Collection
from prosopon.collection.export import Exported
from prosopon.collection.sidecars import confirmed_faces, in_folders, written
from prosopon.errors import ProsoponError
from prosopon.exchange import ExportedFace, xmp
from prosopon.paths import located
from prosopon.photos import UnreadablePhoto
from prosopon.progress import track
from prosopon.records import Limits, Photo
from prosopon.store import catalogue
from prosopon.xmp_packet import decode

_SECONDS = 120
"""For one file."""


def write_into_files(collection: Collection) -> Exported:
    """Write the people of every photograph into its file, as into a sidecar.

    What the file says otherwise stays. ExifTool writes; a copy is kept beside the file (`.before`)
    until the new one has been read again, with the same pixels and the faces in it; where that
    fails, the copy takes its place again.

    Raises ProsoponError where ExifTool is not installed.
    """
    tool = shutil.which("exiftool")
    if tool is None:
        raise ProsoponError(
            "exiftool is not installed: get it from https://exiftool.org (Debian: "
            "libimage-exiftool-perl), or write sidecars: leave --into-files out"
        )
    named: dict[str, list[ExportedFace]] = defaultdict(list)
    for face in confirmed_faces(collection.view):
        named[face.photo.sha256].append(face)
    with collection.store.read() as connection:
        places = catalogue.all_paths(connection)
        known = catalogue.find_many(connection, sorted({number for _, number in places}))
    limits = collection.settings.limits
    places, problems = in_folders(places, "--into-files")
    files = 0
    for path, number in track(places, "writing into photographs"):
        photo = replace(known[number], path=path)
        try:
            files += _write(named[photo.sha256], photo, tool, limits)
        except (OSError, subprocess.SubprocessError, ProsoponError) as error:
            problems.append(f"{path}: left as it is: {error}")
    return Exported(sum(map(len, named.values())), files, problems=problems)


def _write(faces: list[ExportedFace], photo: Photo, tool: str, limits: Limits) -> bool:
    file, page = located(photo.path)
    inside = decode(photos.blocks(photo.path, limits).xmp)
    after = written(faces, photo, inside)
    if after is None or after == inside:
        return False
    if page != 1:
        raise ProsoponError("a page of a file has no place for it of its own")
    before = file.with_name(file.name + ".before")
    if os.path.lexists(before):
        raise ProsoponError(
            f"{before.name} beside it is of a run that was killed, or yours: compare the two, move "
            "it away and run again"
        )
    shutil.copy2(file, before)
    done = False
    try:
        _through(tool, after, file)
        done = _is_right(file, before, photo, faces, limits)
    finally:
        if not done:
            before.replace(file)
    before.unlink(missing_ok=True)
    return True


def _through(tool: str, packet: str, file: Path) -> None:
    """Replace the file's XMP. Raises ProsoponError where ExifTool can't."""
    with tempfile.NamedTemporaryFile("w", suffix=".xmp", encoding="utf-8", delete=False) as one:
        one.write(packet)
    try:
        command = [tool, "-q", "-overwrite_original", f"-XMP<={one.name}", "--", str(file)]
        ran = subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    finally:
        os.unlink(one.name)  # noqa: PTH108
    if ran.returncode:
        raise ProsoponError(f"exiftool: {ran.stderr.strip()[:300]}")


def _is_right(
    file: Path, before: Path, photo: Photo, faces: list[ExportedFace], limits: Limits
) -> bool:
    """Whether the pixels are the same and the faces can be read. Raises ProsoponError if not."""
    try:
        same = (
            photos.read(str(file), limits).pixels == photos.read(str(before), limits).pixels
        ).all()
        found = xmp.read(decode(photos.blocks(str(file), limits).xmp), photo).faces
    except (UnreadablePhoto, ValueError) as error:
        raise ProsoponError(f"can't be read again: {error}") from error
    if not same or {face.person for face in faces if face.person} - {face.person for face in found}:
        raise ProsoponError("what was written is not what is read again")
    return True
