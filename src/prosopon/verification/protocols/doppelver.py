"""DoppelVer (Thom, DeBolt, Brown and Hand, 2023), and the benchmarks that are built here.

Two protocols in one form, `ID, INDIVIDUAL_1, IMAGE_1, INDIVIDUAL_2, IMAGE_2, LABEL, SPLIT`, with
pictures in a folder for each person. SPLIT is 0 to 9 in View 2, `training` or `testing` in View 1.
Nobody is in two splits.
"""

from pathlib import Path

from prosopon.errors import ProsoponError
from prosopon.files import read_table
from prosopon.verification.pairs import Pairs
from prosopon.verification.protocols.base import Protocol

COLUMNS = ("ID", "INDIVIDUAL_1", "IMAGE_1", "INDIVIDUAL_2", "IMAGE_2", "LABEL", "SPLIT")
_VIEW_1 = {"training": 0, "train": 0, "testing": 1, "test": 1}


def read(files: list[Path], view: int) -> Pairs:
    """Pairs of one CSV file."""
    (file,) = files
    rows: list[tuple[str, str, bool, int]] = []
    people: dict[str, str] = {}
    for number, row in enumerate(read_table(file, set(COLUMNS) - {"ID"}), 2):
        split, label = row["SPLIT"].strip(), row["LABEL"].strip()
        fold = _VIEW_1.get(split.lower()) if view == 1 else int(split) if split.isdigit() else None
        if fold is None:
            wanted = "training or testing" if view == 1 else "a number from 0"
            raise ProsoponError(f"line {number}: SPLIT must be {wanted}, got {split!r}")
        if label not in ("0", "1"):
            raise ProsoponError(f"line {number}: LABEL must be 1 or 0, got {label!r}")
        names = [f"{row[f'INDIVIDUAL_{side}']}/{row[f'IMAGE_{side}']}" for side in (1, 2)]
        people |= {names[0]: row["INDIVIDUAL_1"], names[1]: row["INDIVIDUAL_2"]}
        rows.append((names[0], names[1], label == "1", fold))
    return Pairs.of(rows, people, tested=(1,) if view == 1 else ())


_OFFERED = tuple(
    Protocol(
        name,
        title,
        {1: (f"{stem}View1.csv",), 2: (f"{stem}.csv",)},
        read,
        folders=("images", "Images/CCA_Images", "CCA_Images", ""),
    )
    for name, title, stem in (
        ("doppelganger", "DoppelVer, look-alike people", "DoppelgangerProtocol"),
        ("vise", "DoppelVer, look-alike pictures", "ViSEProtocol"),
    )
)
PROTOCOLS = {protocol.name: protocol for protocol in _OFFERED}
