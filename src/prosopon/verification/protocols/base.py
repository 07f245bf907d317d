"""What a protocol offers, and what reading lists has in common."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prosopon.errors import ProsoponError
from prosopon.files import read_text
from prosopon.verification.pairs import Pairs


@dataclass(frozen=True, slots=True)
class Protocol:
    """A kind of published list."""

    name: str
    title: str
    """What it is, for the help page."""
    lists: dict[int, tuple[str, ...]]
    """View → the files that make it up, relative to the data's folder."""
    read: Callable[[list[Path], int], Pairs]
    """From those files, in that order, and the view, to pairs."""
    folders: tuple[str, ...] = ("images", "")
    """Where the pictures lie, relative to the data's folder: the first that has them."""

    def pairs(self, data: Path, files: list[Path] | None = None, view: int = 2) -> Pairs:
        """Read the list below `data`, or in `files` where it has other names.

        Raises ProsoponError: no such view, a list missing or not in the protocol's form.
        """
        if view not in self.lists:
            known = ", ".join(map(str, self.lists))
            raise ProsoponError(f"{self.name} has no view {view}: there are {known}")
        files = files or [data / name for name in self.lists[view]]
        for file in files:
            if not file.is_file():
                raise ProsoponError(f"{file}: no such list of pairs; name it with --pairs")
        try:
            return self.read(files, view)
        except ProsoponError as error:
            if str(error).startswith(str(files[0])):
                raise  # it names the file already
            raise ProsoponError(f"{' and '.join(map(str, files))}: {error}") from error

    def locate(self, data: Path, pairs: Pairs) -> dict[str, Path]:
        """Picture → its file. Raises ProsoponError naming pictures that are not there."""
        wanted = [name for name in pairs.pictures if name not in pairs.contents]
        best: dict[str, Path] = {}
        for folder in self.folders:
            found = {name: data / folder / name for name in wanted}
            missing = [name for name in wanted if not found[name].is_file()]
            if not missing:
                return found
            best = best or found
        missing = [name for name, file in best.items() if not file.is_file()]
        raise ProsoponError(
            f"{data}: {len(missing)} of {len(wanted)} pictures in the list are missing, such as "
            f"{', '.join(missing[:3])}; looked in "
            f"{', '.join(str(data / folder) for folder in self.folders)}"
        )


def lines(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and words of each line that is not empty."""
    for number, line in enumerate(read_text(file).splitlines(), 1):
        if line.strip():
            yield number, line.split()


def malformed(number: int, words: list[str], expected: str) -> ProsoponError:
    """The error for a line that is not in the protocol's form."""
    return ProsoponError(f"line {number}: expected {expected}, got {' '.join(words)!r}")
