"""People and their pictures: a folder for each person, or CelebA's form."""

from collections import defaultdict
from pathlib import Path

from prosopon.errors import ProsoponError, UsageError
from prosopon.files import read_table
from prosopon.photos import EXTENSIONS

Identities = dict[str, list[Path]]
"""Person → pictures, both sorted by name."""


def read_identities(folder: Path, split: str = "", least: int = 1) -> Identities:
    """The people in `folder` with at least so many pictures.

    Either a folder for each person (there or in `images/`; VGGFace2, CASIA-WebFace, LFW), or
    `splits.csv` with the columns image, identity, split beside `images/` (CelebA, synthetic
    albums), of which `split` chooses a part.

    Raises ProsoponError where there is nobody, UsageError for a split that is not there.
    """
    if not folder.is_dir():
        raise ProsoponError(f"{folder}: no such folder; expected one with pictures of people")
    found = _by_list(folder, split) if (folder / "splits.csv").is_file() else _by_folder(folder)
    kept = {person: sorted(of) for person, of in sorted(found.items()) if len(of) >= least}
    if not kept:
        raise ProsoponError(
            f"{folder}: no person with {least} or more pictures; expected a folder for each "
            "person, or splits.csv (image, identity, split) beside images/"
        )
    return kept


def _by_folder(folder: Path) -> dict[str, list[Path]]:
    root = folder / "images" if (folder / "images").is_dir() else folder
    return {
        person.name: [
            file
            for file in person.iterdir()
            if file.suffix.lower() in EXTENSIONS and not file.name.startswith(".")
        ]
        for person in root.iterdir()
        if person.is_dir() and not person.name.startswith(".")
    }


def _by_list(folder: Path, split: str) -> dict[str, list[Path]]:
    found: defaultdict[str, list[Path]] = defaultdict(list)
    splits = set()
    for row in read_table(folder / "splits.csv", {"image", "identity", "split"}):
        splits.add(row["split"])
        if split in ("", row["split"]):
            found[row["identity"]].append(folder / "images" / row["image"])
    if split and split not in splits:
        raise UsageError(f"{folder}: no split {split!r}; there are {', '.join(sorted(splits))}")
    return found
