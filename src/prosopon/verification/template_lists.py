"""Benchmarks of templates, read as they are published: IJB-B and IJB-C, TinyFace."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from prosopon.errors import ProsoponError
from prosopon.files import read_table
from prosopon.photos import EXTENSIONS
from prosopon.verification.protocols.base import lines, malformed
from prosopon.verification.templates import Templates, numbered

Found = tuple[Templates, dict[str, Path]]
"""The templates, and the file of each picture."""


def read(folder: Path) -> Found:
    """Whichever of the layouts lies in `folder`.

    Raises ProsoponError: none of them, a line not in its form, pictures missing.
    """
    if not folder.is_dir():
        raise ProsoponError(f"{folder}: no such folder")
    for made in LAYOUTS.values():
        found = made(folder)
        if found is not None:
            return found
    raise ProsoponError(
        f"{folder}: no benchmark of templates: expected IJB's meta/*_face_tid_mid.txt, or "
        "TinyFace's Gallery_Match/ and Probe/ (there or in Testing_Set/)"
    )


def read_ijb(folder: Path) -> Found | None:
    """IJB-B or IJB-C (Whitelam et al. 2017, Maze et al. 2018) as it is passed on for recognition:
    in `meta/` (or here) `…_face_tid_mid.txt` (picture, template, medium) and
    `…_template_pair_label.txt` (template, template, 1 or 0), and for one to many, where they are
    there, `…_1N_gallery_G1.csv`, `…_G2.csv` and `…_1N_probe_mixed.csv` with the columns TEMPLATE_ID
    and SUBJECT_ID; pictures in `loose_crop/`.
    """
    meta = folder / "meta" if (folder / "meta").is_dir() else folder
    list_of = _one(meta, "*_face_tid_mid.txt")
    if list_of is None:
        return None
    members = [
        _words(list_of, at, 3, "a picture, a template and a medium") for at in lines(list_of)
    ]
    templates = numbered([template for _, template, _ in members])
    media, pictures = (numbered([row[column] for row in members]) for column in (2, 0))
    label_file = _one(meta, "*_template_pair_label.txt")
    labels = (
        [_words(label_file, at, 3, "two templates and 1 or 0") for at in lines(label_file)]
        if label_file
        else []
    )
    unknown = {one for pair in labels for one in pair[:2]} - templates.keys()
    if unknown:
        raise ProsoponError(f"{label_file}: template {min(unknown)} has no pictures in {list_of}")
    shelves = [_subjects(file, templates) for file in sorted(meta.glob("*_1N_gallery_G*.csv"))]
    asked = _one(meta, "*_1N_probe_mixed.csv")
    probes = _subjects(asked, templates) if asked else {}
    who = {number: of for part in (*shelves, probes) for number, of in part.items()}
    found = Templates(
        tuple(pictures),
        np.array([pictures[row[0]] for row in members], np.int64),
        np.array([templates[row[1]] for row in members], np.int64),
        np.array([media[row[2]] for row in members], np.int64),
        len(templates),
        np.array([templates[row[0]] for row in labels], np.int64),
        np.array([templates[row[1]] for row in labels], np.int64),
        np.array([row[2] == "1" for row in labels], bool),
        tuple(who.get(number, "") for number in range(len(templates))) if who else (),
        tuple(np.array(list(shelf), np.int64) for shelf in shelves),
        np.array(list(probes), np.int64) if probes else None,
    )
    return found, _files(pictures, [folder / "loose_crop", folder])


def read_tinyface(folder: Path) -> Found | None:
    """TinyFace (Cheng, Zhu and Gong, ACCV 2018): `Testing_Set/` with `Gallery_Match/`,
    `Gallery_Distractor/` and `Probe/`; names begin with the subject, `12_3.jpg`. Each picture is a
    template."""
    root = folder / "Testing_Set" if (folder / "Testing_Set").is_dir() else folder
    parts = {name: root / name for name in ("Gallery_Match", "Gallery_Distractor", "Probe")}
    if not (parts["Gallery_Match"].is_dir() and parts["Probe"].is_dir()):
        return None
    files: dict[str, Path] = {}
    subjects: list[str] = []
    shelf: list[int] = []
    probes: list[int] = []
    for name, part in parts.items():
        for file in sorted(part.iterdir()) if part.is_dir() else []:
            if file.suffix.lower() not in EXTENSIONS:
                continue
            (probes if name == "Probe" else shelf).append(len(files))
            subjects.append("" if name == "Gallery_Distractor" else file.stem.split("_")[0])
            files[f"{name}/{file.name}"] = file
    every = np.arange(len(files), dtype=np.int64)
    nothing = np.empty(0, np.int64)
    found = Templates(
        tuple(files),
        every,
        every,
        every,
        len(files),
        nothing,
        nothing,
        np.empty(0, bool),
        tuple(subjects),
        (np.array(shelf, np.int64),),
        np.array(probes, np.int64),
    )
    return found, files


LAYOUTS: Mapping[str, Callable[[Path], Found | None]] = {"ijb": read_ijb, "tinyface": read_tinyface}


def _one(folder: Path, pattern: str) -> Path | None:
    return next(iter(sorted(folder.glob(pattern))), None)


def _words(file: Path, at: tuple[int, list[str]], count: int, expected: str) -> list[str]:
    if len(at[1]) != count:
        raise ProsoponError(f"{file}: {malformed(*at, expected)}")
    return at[1]


def _subjects(file: Path, templates: Mapping[str, int]) -> dict[int, str]:
    """Template → subject; templates without pictures are left out, each is named once."""
    return {
        templates[row["TEMPLATE_ID"]]: row["SUBJECT_ID"]
        for row in read_table(file, {"TEMPLATE_ID", "SUBJECT_ID"})
        if row["TEMPLATE_ID"] in templates
    }


def _files(pictures: Mapping[str, int], folders: list[Path]) -> dict[str, Path]:
    for folder in folders:
        found = {name: folder / name for name in pictures}
        if all(file.is_file() for file in found.values()):
            return found
    missing = [name for name in pictures if not (folders[0] / name).is_file()]
    raise ProsoponError(
        f"{folders[0]}: {len(missing)} of {len(pictures)} pictures in the list are missing, such "
        f"as {', '.join(missing[:3])}"
    )
