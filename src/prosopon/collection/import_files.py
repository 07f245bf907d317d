"""The files of an import: what they say of the photographs of a collection."""

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from io import StringIO
from pathlib import Path, PurePath, PureWindowsPath

from prosopon import photos
from prosopon.collection.sidecars import Sidecars, read_sidecar
from prosopon.config import Settings
from prosopon.errors import ProsoponError, UsageError
from prosopon.exchange import FORMATS, Import, catalogue_table, format_of, picasa, xmp
from prosopon.exchange.catalogue_table import Catalogue, Row
from prosopon.files import read_bytes
from prosopon.metadata import Metadata, combined
from prosopon.metadata import from_json as from_said
from prosopon.paths import from_root
from prosopon.people import Decision, from_json
from prosopon.photos import UnreadablePhoto
from prosopon.progress import track
from prosopon.records import Photo
from prosopon.store import Store, catalogue, descriptions
from prosopon.xmp_packet import DamagedXmp, decode

_PICASA = (".picasa.ini", "picasa.ini", "Picasa.ini")
_SEPARATOR = re.compile(r"\A\ufeff?sep=.\r?\n", re.IGNORECASE)
"""The first line by which Excel tells itself what divides cells."""
_TABLES = ("csv", ";", "tab")
_NOT_CLEAR = "its photograph is not in this collection, or it is not clear which"


class Source:
    """The files, read."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._contacts: dict[str, str] = {}
        """Picasa's."""
        with store.read() as connection:
            self._paths = catalogue.all_paths(connection)
            numbers = sorted({number for _, number in self._paths})
            self._photos = catalogue.find_many(connection, numbers)
        self._by_path = {path: self._photos[number] for path, number in self._paths}
        self._by_digest = {photo.sha256: photo for photo in self._photos.values()}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_stem: dict[PurePath, list[str]] = defaultdict(list)
        for path in self._by_path:
            name = _composed(PurePath(path).name).casefold()
            for key in {name, PurePath(name).stem}:
                self._by_name[key].append(path)
            self._by_stem[PurePath(path).with_suffix("")].append(path)
        self._sidecars = Sidecars(self._by_path)
        self.found = Import()
        self.log: list[Decision] = []
        """Of other logs, to be joined to the one here."""
        self.catalogue: dict[int, Metadata] = {}
        """Photograph → what catalogues say of it."""
        self.files = 0

    def find(self, sha256: str, path: str) -> Photo | None:
        """The photo of that digest, else at that path, else the only one whose path ends so.

        Looks among the paths that are known, never in the file system. Paths of Windows are
        understood, and accents however they are composed; where nothing is spelled so, capitals
        don't count, nor does it matter if the ending (.jpg) is left out.
        """
        found = self._by_digest.get(sha256) or self._by_path.get(path)
        if found is not None:
            return found
        alike = self._ending_in(_parts(path))
        return self._by_digest[alike.pop()] if len(alike) == 1 else None

    def _ending_in(self, parts: list[str]) -> set[str]:
        """Digests of the photos whose paths end in these parts."""
        if not parts:
            return set()
        tails = [
            (self._by_path[known].sha256, _parts(known)[-len(parts) :])
            for known in self._by_name[parts[-1].casefold()]
        ]
        plain = [part.casefold() for part in parts]
        for alike in (
            {digest for digest, tail in tails if tail == parts},
            {digest for digest, tail in tails if [part.casefold() for part in tail] == plain},
            {digest for digest, tail in tails if _without_ending(tail) == plain},
        ):
            if alike:
                return alike
        return set()

    def read(self, file: Path, form: str | None, log: Sequence[Decision]) -> None:
        """Add what a file says. Raises ProsoponError if it can't be read, UsageError for an unknown
        format.

        log : what was decided here; a log that has entries in common with it, or meets an empty
            one, is joined to it, and then the faces that come with it say nothing new.
        """
        if file.is_dir():
            self.read_tags(from_root(file))
            return
        self.files += 1
        if self._read_tags_in(file, form):
            return
        chosen = FORMATS[form] if form else format_of(file)
        try:
            text = decode(read_bytes(file))
        except OSError as error:
            raise ProsoponError(f"{file}: can't be read: {error.strerror or error}") from error
        except DamagedXmp as error:
            self.found.problems.append(f"{file.name}: {error}: save it as CSV in UTF-8")
            return
        text = _SEPARATOR.sub("", text)
        if chosen.name == "catalogue" or (
            chosen.name in _TABLES and catalogue_table.is_catalogue(text)
        ):
            self._read_catalogue(file, catalogue_table.read(text))
            return
        if chosen.read is None:
            readable = (form.name for form in FORMATS.values() if form.read)
            raise UsageError(
                f"{file}: {chosen.name} is only written; names are read from "
                f"{', '.join(readable)}, and xmp"
            )
        said = chosen.read(StringIO(text, newline=""), self.find)
        said.problems[:] = [f"{file.name}: {problem}" for problem in said.problems]
        known = {entry.id for entry in log}
        if said.decisions and (
            not known or any(entry.get("id") in known for entry in said.decisions)
        ):
            self._join(said, known)
            self.found.problems += said.problems
        else:
            self._take(said)

    def _read_tags_in(self, file: Path, form: str | None) -> bool:
        """Add the tags of another program, if the file is one of theirs."""
        name = file.name.lower()
        if name == "contacts.xml":
            self._read_contacts(file)
        elif name in _PICASA:
            self._read_picasa(file)
        elif form == "xmp" or (form is None and name.endswith(".xmp")):
            self._read_sidecar(file)
        else:
            return False
        return True

    def _read_catalogue(self, file: Path, said: Catalogue) -> None:
        """Take what a catalogue says of photographs, by path or else by code."""
        self.found.problems += [f"{file.name}: {problem}" for problem in said.problems]
        for row in said.rows:
            photo = self.find("", row.path) if row.path else None
            by_code = self._codes.get(_plain(row.said.code), [])
            numbers = [self._number[photo.sha256]] if photo else by_code
            if not numbers:
                self.found.problems.append(f"{file.name}: line {row.line}: {self._no_photo(row)}")
            for number in numbers:
                before = self.catalogue.get(number, Metadata())
                self.catalogue[number] = combined((row.said, before))

    def _no_photo(self, row: Row) -> str:
        """Why no photograph is found for a row."""
        parts = _parts(row.path)
        several = len(self._ending_in(parts))
        if several > 1:
            return f"{several} photographs end in {row.path[:200]}: write more of the path"
        said = f"no photograph of this collection: {row.path[:200] or f'code {row.said.code}'}"
        if len(self._ending_in(parts[-2:])) == 1 and len(parts) > 2:
            said += f"; one ends in {'/'.join(parts[-2:])}: leave out what stands before"
        return said

    @cached_property
    def _number(self) -> dict[str, int]:
        """SHA-256 → photograph."""
        return {photo.sha256: number for number, photo in self._photos.items()}

    @cached_property
    def _codes(self) -> dict[str, list[int]]:
        """Reference code, letters and digits alone → photographs whose files or names have it."""
        pattern = compiled(self._settings.code_pattern)
        found: dict[str, set[int]] = defaultdict(set)
        with self._store.read() as connection:
            said = descriptions.load(connection)
        for number, sources in said.items():
            for content in sources.values():
                found[_plain(from_said(content).code)].add(number)
        for path, number in self._paths:
            match = pattern.fullmatch(PurePath(path).stem)
            found[_plain(match[1]) if match else ""].add(number)
        return {code: sorted(numbers) for code, numbers in found.items() if code}

    def read_tags(self, below: Path | None = None) -> None:
        """Add the tags of other programs: what the photographs themselves, their sidecars and their
        folders' `.picasa.ini` say; of all photographs, or of those below a folder.
        """
        places = [
            (path, number)
            for path, number in self._paths
            if below is None or below in PurePath(path).parents
        ]
        if not places:
            where = below or "the collection"
            self.found.problems.append(f"{where}: holds no photograph of this collection")
        read = {self._read_tags_of(p, self._photos[n]) for p, n in track(places, "reading tags")}
        folders = sorted({Path(path).parent for path, _ in places})
        above = {
            up for one in folders for up in one.parents if below and below in (up, *up.parents)
        }
        for folder in sorted({*folders, *above}):
            if (folder / "contacts.xml").is_file():
                self._read_contacts(folder / "contacts.xml")
        for folder in folders:
            for name in _PICASA:
                if os.path.lexists(folder / name):
                    self.files += 1
                    self._read_picasa(folder / name)
            self._tell_unread(folder, read)

    def _tell_unread(self, folder: Path, read: set[Path | None]) -> None:
        """Sidecars of no photograph here, or of which it is not clear."""
        with suppress(OSError):
            for one in sorted(folder.iterdir()):
                if one.suffix.lower() == ".xmp" and one not in read:
                    self.found.problems.append(f"{one}: {_NOT_CLEAR}")

    def _read_tags_of(self, path: str, photo: Photo) -> Path | None:
        """Take the tags inside and beside a photograph; the sidecar that was looked at."""
        inside = Import()
        with suppress(UnreadablePhoto):  # a file that is gone says nothing
            packet = photos.blocks(path, self._settings.limits).xmp
            if packet:
                inside = self._said(packet, photo, path)
        try:
            sidecar, text = self._sidecars.of(Path(path))
        except (OSError, ProsoponError) as error:
            self.found.problems.append(_told(path, error))
            self.files += 1
            sidecar, text = None, ""
        beside = xmp.read(text, photo, str(sidecar)) if text else Import()
        said = xmp.joined(beside, inside)
        self.files += bool(text) + bool(inside.faces or inside.present)
        self._take(said)
        return sidecar

    def _said(self, packet: bytes, photo: Photo, where: str) -> Import:
        try:
            return xmp.read(decode(packet), photo, where)
        except DamagedXmp as error:
            return Import(problems=[f"{where}: damaged XMP: {error}"])

    def _read_contacts(self, file: Path) -> None:
        try:
            self._contacts |= picasa.contacts_of(read_sidecar(file))
        except (OSError, ProsoponError) as error:
            self.found.problems.append(_told(file, error))

    def _read_picasa(self, file: Path) -> None:
        folder = from_root(file).parent
        here = {
            PurePath(path).name.lower(): photo
            for path, photo in self._by_path.items()
            if PurePath(path).parent == folder
        }
        try:
            text = read_sidecar(file)
        except (OSError, ProsoponError) as error:
            self.found.problems.append(_told(file, error))
            return
        self._take(picasa.read(text, here, self._contacts, str(file)))

    def _photo_of(self, sidecar: Path, ending: str) -> Photo | None:
        """The photo that a sidecar belongs to; `ending` as the sidecar says it, perhaps empty."""
        path = from_root(sidecar)
        whole = self._by_path.get(str(path.with_suffix("")))
        alike = self._by_stem[path.with_suffix("")]
        if ending:
            alike = [one for one in alike if PurePath(one).suffix.lower() == f".{ending}"]
        return whole or (self._by_path[alike[0]] if len(alike) == 1 else None)

    def _read_sidecar(self, sidecar: Path) -> None:
        try:
            text = read_sidecar(sidecar)
            photo = self._photo_of(sidecar, xmp.owner(text))
        except (OSError, ProsoponError) as error:
            self.found.problems.append(_told(sidecar, error))
            return
        if photo is None:
            self.found.problems.append(f"{sidecar}: {_NOT_CLEAR}")
            return
        self._take(xmp.read(text, photo, str(sidecar)))

    def _take(self, said: Import) -> None:
        self.found.faces += said.faces
        self.found.people += said.people
        self.found.present += said.present
        self.found.problems += said.problems

    def _join(self, said: Import, known: set[str]) -> None:
        """Take over the entries of a log. Its faces are what the log comes to."""
        for number, values in enumerate(said.decisions):
            try:
                entry = from_json(values)
            except UsageError as error:
                said.problems.append(f"decisions[{number}]: {error}")
                continue
            if entry.id not in known:
                known.add(entry.id)
                self.log.append(entry)


def _composed(text: str) -> str:
    """Accents in one form: macOS hands out names with accents apart from their letters."""
    return unicodedata.normalize("NFC", text)


def _parts(path: str) -> list[str]:
    """The parts of a path, of Windows' too, without drive and root."""
    kind = PureWindowsPath if "\\" in path and "/" not in path else PurePath
    plain = kind(_composed(path))
    return [part for part in plain.parts if part not in (plain.anchor, ".", "..")]


def _without_ending(parts: list[str]) -> list[str]:
    """The parts of a path in small letters, the name without .jpg."""
    return [part.casefold() for part in (*parts[:-1], PurePath(parts[-1]).stem)]


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern of reference codes in files' names. Raises UsageError."""
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"code_pattern: {pattern!r} is no regular expression: {error}") from error
    if found.groups < 1:
        raise UsageError(f"code_pattern: {pattern!r} has no group (…) for the code")
    return found


def _plain(code: str) -> str:
    """Letters and digits alone, in lower case: EFA.1.2-3 is efa_1_2_3."""
    return "".join(char for char in code.casefold() if char.isalnum())


def _told(file: str | Path, error: Exception) -> str:
    """An error as a sentence that names the file."""
    if isinstance(error, OSError):
        return f"{error.filename or file}: can't be read: {error.strerror or error}"
    return str(error) if Path(file).name in str(error) else f"{file}: {error}"
