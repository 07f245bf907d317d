"""How far clustering falls on an archive's kind of pictures: grey, small, or both.

    python benchmarks/archive_copies.py lfw/images --work copies/
    python benchmarks/archive_copies.py celeba/images --people celeba/attributes.csv --work copies/

Makes copies of labelled photographs in WORK, indexes and clusters each with all settings at their
defaults, and scores them. People are folders, or the columns `image` and `identity` of a table.
Copies: `grey` without colour; `small` at `--scale` (0.4: faces of LFW are then some 45 pixels wide)
as JPEG of quality 60; `mixed` takes each photograph in one of four forms at random, as an archive
does. A labelled face that was not found counts as a face alone. Interrupted, it goes on where it
stopped.
"""

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

import prosopon
from prosopon.progress import track

Pixels = np.ndarray


def as_it_is(pixels: Pixels, scale: float) -> Pixels:
    return pixels


def grey(pixels: Pixels, scale: float) -> Pixels:
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)


def small(pixels: Pixels, scale: float) -> Pixels:
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def grey_and_small(pixels: Pixels, scale: float) -> Pixels:
    return small(grey(pixels, scale), scale)


FORMS: dict[str, list[Callable[[Pixels, float], Pixels]]] = {
    "original": [as_it_is],
    "grey": [grey],
    "small": [small],
    "grey and small": [grey_and_small],
    "mixed": [as_it_is, grey, small, grey_and_small],
}


def main() -> None:
    """Print a row for each kind of copy."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--people", type=Path, help="a table; without it, folders are people")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--scale", type=float, default=0.4)
    parser.add_argument("--look", help="without it, the default")
    parser.add_argument("--detector", help="without it, the look's")
    parser.add_argument("--embedder", help="without it, the default")
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS))
    arguments = parser.parse_args()
    named = read_people(arguments.people, arguments.data)
    choices = {name: getattr(arguments, name) for name in ("look", "detector", "embedder")}
    settings = {name: value for name, value in choices.items() if value is not None}
    print("| copy | faces found | labelled faces found | P | R | F | B³ F |")
    print("|---|---|---|---|---|---|---|")
    for form in arguments.forms:
        folder = arguments.work / arguments.data.parent.name / form.replace(" ", "_")
        truth = copy(named, form, arguments.scale, folder)
        with prosopon.open(folder / "copies.prosopon", **settings) as collection:
            collection.index(folder / "images")
            collection.cluster()
            scores = collection.evaluate(truth).scores
            found = len(collection.visible)
        figures = (
            "all_pairwise_precision",
            "all_pairwise_recall",
            "all_pairwise_f",
            "all_bcubed_f",
        )
        cells = " | ".join(f"{scores[name]:.3f}" for name in figures)
        print(
            f"| {form} | {found:,} | {scores['faces']:,} of {len(named):,} | {cells} |",
            flush=True,
        )


def read_people(table: Path | None, data: Path) -> dict[Path, str]:
    """Photograph → person."""
    if table is None:
        return {file: file.parent.name for file in sorted(data.rglob("*.jpg"))}
    with table.open(newline="") as stream:
        return {data / row["image"]: row["identity"] for row in csv.DictReader(stream)}


def copy(named: dict[Path, str], form: str, scale: float, folder: Path) -> Path:
    """Write the copies that are not there yet, and the truth about them."""
    images, truth = folder / "images", folder / "truth.csv"
    images.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, (file, person) in enumerate(track(named.items(), f"copying: {form}", len(named))):
        target = images / f"{number:06d}.jpg"
        rows.append((f"images/{target.name}", person))
        if not target.exists():
            treat = FORMS[form][int(np.random.default_rng(number).integers(len(FORMS[form])))]
            quality = 60 if treat in (small, grey_and_small) else 100
            pixels = treat(cv2.imread(str(file)), scale)
            jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
            partial = target.with_suffix(".part")
            partial.write_bytes(jpeg.tobytes())
            partial.replace(target)
    with truth.open("w", newline="") as stream:
        csv.writer(stream).writerows([("path", "person"), *rows])
    return truth


if __name__ == "__main__":
    main()
