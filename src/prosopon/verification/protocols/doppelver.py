"""DoppelVer (Thom, DeBolt, Brown and Hand, 2023), and the benchmarks that are built here.

Two protocols in one form, `ID, INDIVIDUAL_1, IMAGE_1, INDIVIDUAL_2, IMAGE_2, LABEL, SPLIT`, with
pictures in a folder for each person. SPLIT is 0 to 9, and nobody is in two splits. As the
dissertation has it (§7.3.4): in View 1 a final classifier is learnt on nine splits, tested on the
tenth, for splits 1 to 9 in turn; in View 2 split 0 is for development, the threshold among it, and
the other nine are tested. Lists whose SPLIT says `training` or `testing` are read too.
"""

from pathlib import Path

from prosopon.errors import ProsoponError
from prosopon.files import read_table
from prosopon.verification.pairs import Pairs
from prosopon.verification.protocols.base import Protocol

COLUMNS = ("ID", "INDIVIDUAL_1", "IMAGE_1", "INDIVIDUAL_2", "IMAGE_2", "LABEL", "SPLIT")
_WORDS = {"training": 0, "train": 0, "testing": 1, "test": 1}


def read(files: list[Path], view: int) -> Pairs:
    """Pairs of one CSV file."""
    (file,) = files
    rows: list[tuple[str, str, bool, int]] = []
    people: dict[str, str] = {}
    worded = False
    for number, row in enumerate(read_table(file, set(COLUMNS) - {"ID"}), 2):
        split, label = row["SPLIT"].strip(), row["LABEL"].strip()
        fold = int(split) if split.isdigit() else _WORDS.get(split.lower())
        if fold is None:
            raise ProsoponError(f"line {number}: SPLIT must be a number from 0, got {split!r}")
        worded |= not split.isdigit()
        if label not in ("0", "1"):
            raise ProsoponError(f"line {number}: LABEL must be 1 or 0, got {label!r}")
        names = [f"{row[f'INDIVIDUAL_{side}']}/{row[f'IMAGE_{side}']}" for side in (1, 2)]
        people |= {names[0]: row["INDIVIDUAL_1"], names[1]: row["INDIVIDUAL_2"]}
        rows.append((names[0], names[1], label == "1", fold))
    if worded:
        return Pairs.of(rows, people, tested=(1,))
    tested = tuple(sorted({fold for *_, fold in rows} - {0}))
    development = (0,) if view == 2 else ()
    about = {"tested": tested, "development": development, "learns": view == 1, "freedom": 0}
    return Pairs.of(rows, people, **about)


_OFFERED = tuple(
    Protocol(
        name,
        title,
        {1: (f"{stem}.csv",), 2: (f"{stem}.csv",)},
        read,
        folders=("images", "Images/CCA_Images", "CCA_Images", ""),
    )
    for name, title, stem in (
        ("doppelganger", "DoppelVer, look-alike people", "DoppelgangerProtocol"),
        ("vise", "DoppelVer, look-alike pictures", "ViSEProtocol"),
    )
)
PROTOCOLS = {protocol.name: protocol for protocol in _OFFERED}
