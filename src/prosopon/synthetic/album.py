"""Albums: folders of drawn photographs with a truth file, as large as one likes.

Every person and every photograph has its own random stream, named by its number, so an album with
more people or photographs begins with the same ones, and nothing is kept in memory.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from prosopon import files
from prosopon.errors import UsageError
from prosopon.progress import track
from prosopon.protocols import Engine
from prosopon.synthetic.appearance import Appearance, Setting
from prosopon.synthetic.attributes import DRAWN
from prosopon.synthetic.cast import BLOCK, cast
from prosopon.synthetic.person import Person, Rng
from prosopon.synthetic.portrait import Portrait, Sitter, group, photograph

CELEBA = (*DRAWN[:2], "Attractive", *DRAWN[2:])
"""The 40 names in CelebA's order; nobody is drawn to be `Attractive`, so it is always 0."""
FORMATS = {"jpg": 8, "png": 1, "tif": 1}
"""Of ten photographs, how many are written in which form."""
_PHOTO, _GROUP = 1, 2


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an album is made from; the same recipe gives the same files."""

    people: int
    photos_per_person: int
    groups: int = 0
    """Photographs with three to six people besides."""
    size: int = 400
    """Longer side in pixels."""
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("people", 1), ("photos_per_person", 0), ("groups", 0), ("size", 64)):
            if getattr(self, name) < least:
                raise UsageError(f"{name}: expected at least {least}, got {getattr(self, name)}")
        if self.groups and self.people < 3:
            raise UsageError("people: a group photograph needs at least 3 of them")

    def person(self, number: int) -> Person:
        """Return the album's person of that number, from 1."""
        block, place = divmod(number - 1, BLOCK)
        return cast(self.seed, block)[place]


@dataclass(frozen=True, slots=True)
class Album:
    """What was written where."""

    folder: Path
    photos: int
    faces: int
    people: int

    @property
    def truth(self) -> Path:
        return self.folder / "truth.csv"


@dataclass(frozen=True, slots=True)
class Job:
    """One photograph to draw: of a person, or (person 0) a group."""

    recipe: Recipe
    number: int
    person: int
    photo: int


def album(
    folder: Path,
    people: int,
    photos_per_person: int,
    seed: int = 0,
    groups: int = 0,
    size: int = 400,
    engine: Engine | None = None,
) -> Album:
    """Write an album into `folder` and return what it holds.

    Photographs go to `images/`. `truth.csv` has a row for each face: path, x, y, width, height
    (pixels), person, landmarks (136 numbers: x y of the 68 points), and the attributes.
    `attributes.csv` and `splits.csv` list the photographs of single people in the form of CelebA.
    `engine` spreads the drawing over processes. Raises UsageError where `folder` holds something
    else; the same album is drawn again over itself.
    """
    recipe = Recipe(people, photos_per_person, groups, size, seed)
    _claim(folder, recipe)
    jobs = _jobs(recipe)
    drawn = map(draw, jobs) if engine is None else engine.map(draw, jobs)
    photos = people * photos_per_person + groups
    faces = 0
    with (
        (folder / "truth.csv").open("w", newline="", encoding="utf-8") as truth_file,
        (folder / "attributes.csv").open("w", newline="", encoding="utf-8") as celeba_file,
        (folder / "splits.csv").open("w", newline="", encoding="utf-8") as splits_file,
    ):
        truth, celeba, splits = (
            csv.writer(f, lineterminator="\n") for f in (truth_file, celeba_file, splits_file)
        )
        truth.writerow(("path", "x", "y", "width", "height", "person", "landmarks", *DRAWN))
        celeba.writerow(("image", "identity", *CELEBA))
        splits.writerow(("image", "identity", "split"))
        for job, name, content, portraits in track(drawn, "drawing photographs", photos):
            files.write_bytes(folder / "images" / name, content)
            faces += len(portraits)
            for portrait in portraits:
                truth.writerow(_truth_row(f"images/{name}", portrait))
            if job.person:
                marks = [int(portraits[0].attributes.get(a, False)) for a in CELEBA]
                celeba.writerow((name, job.person, *marks))
                splits.writerow((name, job.person, "train" if job.person % 6 else "val"))
    return Album(folder, photos, faces, people)


def draw(job: Job) -> tuple[Job, str, bytes, list[Portrait]]:
    """Draw one photograph: its file name, its bytes, and the faces in it."""
    recipe = job.recipe
    rng = _stream(recipe.seed, _PHOTO if job.person else _GROUP, job.person, job.photo)
    if job.person:
        portraits = [_single(rng, recipe, job.person)]
    else:
        chosen = rng.choice(
            recipe.people, min(int(rng.integers(3, 7)), recipe.people), replace=False
        )
        sitters = {_name(int(k) + 1): recipe.person(int(k) + 1) for k in chosen}
        portraits = group(rng, sitters, recipe.size * 3 // 2, recipe.size)
    form = str(rng.choice(list(FORMATS), p=np.array(list(FORMATS.values())) / 10))
    content = encode(portraits[0], form, int(rng.integers(70, 96)))
    return job, f"{job.number:06d}.{form}", content, portraits


def encode(portrait: Portrait, form: str, quality: int) -> bytes:
    """Return the photograph as the bytes of a file: `form` is jpg, png or tif."""
    buffer = io.BytesIO()
    picture = Image.fromarray(portrait.pixels)
    if form == "jpg":
        picture.save(buffer, "JPEG", quality=quality)
    elif form == "png":
        picture.save(buffer, "PNG")
    else:
        picture.save(buffer, "TIFF", compression="tiff_lzw")
    return buffer.getvalue()


def _single(rng: Rng, recipe: Recipe, number: int) -> Portrait:
    person = recipe.person(number)
    appearance, setting = Appearance.sample(rng, person), Setting.sample(rng)
    width, height = (
        (recipe.size * 4 // 5, recipe.size) if rng.random() < 0.8 else (recipe.size,) * 2
    )
    scale = rng.uniform(0.18, 0.235) * recipe.size
    centre = (float(rng.normal(0.5, 0.02)), float(rng.normal(0.46, 0.015)))
    sitter = Sitter(person, appearance, centre, float(scale), _name(number))
    return photograph([sitter], setting, width, height)[0]


def _name(number: int) -> str:
    return f"person {number:04d}"


def _stream(*key: int) -> Rng:
    return np.random.default_rng(np.random.SeedSequence(key))


def _jobs(recipe: Recipe) -> Iterator[Job]:
    number = 0
    for person in range(1, recipe.people + 1):
        for photo in range(recipe.photos_per_person):
            number += 1
            yield Job(recipe, number, person, photo)
    for photo in range(recipe.groups):
        number += 1
        yield Job(recipe, number, 0, photo)


def _claim(folder: Path, recipe: Recipe) -> None:
    """Make `folder` ready, or say why it can't be used."""
    note = folder / "album.json"
    text = json.dumps(asdict(recipe), indent=1) + "\n"
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: expected a folder for the album, but this is a file")
    if (
        folder.is_dir()
        and any(folder.iterdir())
        and (not note.exists() or note.read_text(encoding="utf-8") != text)
    ):
        raise UsageError(f"{folder}: holds something else already; name an empty folder")
    (folder / "images").mkdir(parents=True, exist_ok=True)
    note.write_text(text, encoding="utf-8")


def _truth_row(path: str, portrait: Portrait) -> tuple[str | int, ...]:
    x1, y1, x2, y2 = (round(float(v)) for v in portrait.box)
    landmarks = " ".join(f"{v:.1f}" for v in portrait.landmarks.ravel())
    marks = (int(portrait.attributes[name]) for name in DRAWN)
    return (path, x1, y1, x2 - x1, y2 - y1, portrait.name, landmarks, *marks)
