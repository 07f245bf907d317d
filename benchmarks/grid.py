"""Clustering albums of every shape: a few people or thousands, a few photographs each or many.

    python benchmarks/grid.py vectors lfw/images --work grid/lfw
    python benchmarks/grid.py vectors celeba/images --work grid/celeba \\
        --people celeba/attributes.csv
    python benchmarks/grid.py vectors --drawn 150 --work grid/drawn
    python benchmarks/grid.py table grid/lfw grid/celeba grid/drawn --rounds 10 -o grid.csv

`vectors` indexes the photographs, copies of every second one without colour, and 50 near-duplicates
(other size, crop, quality, brightness) of twenty of them, and keeps the vectors. `table` draws
albums from them: so many people, so many photographs of each, as they are or with a part that is
out of the ordinary, and clusters each with the defaults and with rivals. The oracle is the map
equation at the one threshold that suits all draws of a cell best, chosen on the labels. Cells for
which a data set has too few people are left out. A table that was cut short goes on where it was.
"""

import argparse
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

import prosopon
from archive_copies import copy, read_people
from prosopon import clustering, graph, synthetic, zoo
from prosopon.collection.ground_truth import label_faces
from prosopon.config import Settings
from prosopon.metrics.clustering import Contingency, bcubed_scores, pairwise_scores
from prosopon.progress import track
from prosopon.records import Embeddings, ModelCard

PEOPLE = (1, 2, 3, 4, 6, 10, 30, 100, 1000)
PHOTOS = (1, 2, 4, 10, 20, 60)
SOURCES, COPIES = 20, 50
"""Photographs that get near-duplicates, and how many each."""
SHARE = 0.8
"""Of the faces that one person has, where one dominates."""
THRESHOLDS = np.round(np.arange(0.88, 0.9751, 0.005), 3)
"""Where the oracle may choose."""


# Vectors: photographs → collections → one .npz -------------------------------------------------


def index_all(data: Path | None, people: Path | None, drawn: int, work: Path) -> None:
    """Index the photographs and their copies, and keep the labelled faces' vectors."""
    work.mkdir(parents=True, exist_ok=True)
    named = draw(work / "album", drawn) if data is None else read_people(people, data)
    rng = np.random.default_rng(0)
    persons, counts = np.unique(list(named.values()), return_counts=True)
    large = persons[np.argsort(-counts)][:SOURCES]
    sources = {}
    for number in range(SOURCES):
        files = [file for file, person in named.items() if person == large[number % len(large)]]
        sources[files[rng.integers(len(files))]] = ""
    keep: dict[str, np.ndarray] = {}
    truth = near_duplicates(sources, list(named), work / "near")
    keep["near"], keep["near_photo"] = indexed(work / "near", truth)
    truth = copy(named, "original", 0.4, work / "original")
    keep["original"], keep["original_photo"] = indexed(work / "original", truth)
    truth = copy(dict(list(named.items())[::2]), "grey", 0.4, work / "grey")
    keep["grey"], numbers = indexed(work / "grey", truth)
    keep["grey_photo"] = 2 * numbers
    keep["persons"] = np.array(list(named.values()))
    np.savez(work / "vectors.npz", **keep)


def draw(folder: Path, people: int) -> dict[Path, str]:
    """Drawn people: of all of them 4 photographs, of the first 40 of them 20."""
    named: dict[Path, str] = {}
    for part, count, photos in (("few", min(people, 40), 20), ("many", people, 4)):
        known = set(named.values())
        made = synthetic.album(folder / part, count, photos, size=256)
        with made.truth.open(newline="") as stream:
            for row in csv.DictReader(stream):
                if row["person"] in known:
                    continue  # the same photographs are among the twenty
                named[folder / part / row["path"]] = row["person"]
    return named


def near_duplicates(sources: dict[Path, str], order: list[Path], folder: Path) -> Path:
    """`COPIES` of each source, and a truth whose person is the source's number in `order`."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rows = []
    for file in track(sources, "near-duplicates"):
        pixels = cv2.imread(str(file))
        for number in range(COPIES):
            target = folder / "images" / f"{order.index(file):06d}_{number:02d}.jpg"
            rows.append((f"images/{target.name}", str(order.index(file))))
            if not target.exists():
                rng = np.random.default_rng([order.index(file), number])
                quality = int(rng.integers(50, 96))
                jpeg = cv2.imencode(".jpg", altered(pixels, rng), [1, quality])[1]
                target.write_bytes(jpeg.tobytes())
    with (folder / "truth.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("path", "person"), *rows])
    return folder / "truth.csv"


def altered(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The picture at another size, cropped by up to a tenth, and lighter or darker."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = rng.uniform(0, 0.05, 4)
    pixels = pixels[
        int(top * height) : int((1 - bottom) * height), int(left * width) : int((1 - right) * width)
    ]
    scale = rng.uniform(0.6, 1.4)
    pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.convertScaleAbs(pixels, alpha=rng.uniform(0.85, 1.15), beta=rng.uniform(-12, 12))


def indexed(folder: Path, truth: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of the labelled faces, and the number in the name of each one's file."""
    numbers = folder / "numbers.csv"
    with truth.open(newline="") as given, numbers.open("w", newline="") as stream:
        paths = [row["path"] for row in csv.DictReader(given)]
        named = [(path, Path(path).stem.partition("_")[0]) for path in paths]
        csv.writer(stream).writerows([("path", "person"), *named])
    with prosopon.open(folder / "grid.prosopon") as collection:
        collection.index(folder / "images")
        faces = collection.embeddings
        people = label_faces(collection, numbers, collection.visible).people
    labelled = np.isin(faces.face_ids, list(people))
    chosen = [int(people[face]) for face in faces.face_ids[labelled].tolist()]
    return faces.vectors[labelled], np.array(chosen)


# Albums -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Labelled vectors of photographs and of their copies."""

    name: str
    vectors: np.ndarray
    """(n, d)"""
    grey: np.ndarray
    """(n, d) of every second photograph without colour; NaN for the others, and where no face was
    found."""
    persons: np.ndarray
    """(n,)"""
    near: dict[int, np.ndarray]
    """Row of a photograph → (COPIES, d) vectors of near-duplicates."""


Album = tuple[np.ndarray, np.ndarray]
"""(n, d) vectors and (n,) persons."""


def as_they_are(data: Data, rows: list[np.ndarray], rng: np.random.Generator) -> Album:
    chosen = np.concatenate(rows)
    return data.vectors[chosen], data.persons[chosen]


def half_grey(data: Data, rows: list[np.ndarray], rng: np.random.Generator) -> Album:
    chosen = np.concatenate(rows)
    made = data.vectors[chosen]
    grey = np.isfinite(data.grey[chosen, 0])
    made[grey] = data.grey[chosen[grey]]
    return made, data.persons[chosen]


def near(count: int) -> Callable[[Data, list[np.ndarray], np.random.Generator], Album]:
    """With `count` near-duplicates of a photograph of one person."""

    def made(data: Data, rows: list[np.ndarray], rng: np.random.Generator) -> Album:
        source = int(rng.choice(list(data.near)))
        own = np.flatnonzero(data.persons == data.persons[source])
        others = [row for row in rows if data.persons[row[0]] != data.persons[source]]
        rest = rng.permutation(own[own != source])[: len(rows[0]) - 1]
        chosen = np.concatenate([[source], rest, *others[: len(rows) - 1]])
        vectors, persons = data.vectors[chosen], data.persons[chosen]
        copies = data.near[source][:count]
        who = np.repeat(data.persons[[source]], len(copies))
        return np.concatenate([vectors, copies]), np.concatenate([persons, who])

    return made


def dominated(data: Data, rows: list[np.ndarray], rng: np.random.Generator) -> Album:
    """One of those with most photographs has four fifths of the album, or all that there are."""
    persons, counts = np.unique(data.persons, return_counts=True)
    first = rng.choice(persons[np.argsort(-counts)][:5])
    others = [row for row in rows if data.persons[row[0]] != first][: len(rows) - 1]
    rest = sum(len(row) for row in others)
    own = rng.permutation(np.flatnonzero(data.persons == first))
    most = round(rest * SHARE / (1 - SHARE)) if others else len(rows[0])
    chosen = np.concatenate([own[: max(most, 1)], *others])
    return data.vectors[chosen], data.persons[chosen]


FORMS = {
    "as they are": as_they_are,
    "half grey": half_grey,
    "10 near-duplicates": near(10),
    "50 near-duplicates": near(50),
    "one dominates": dominated,
}


def load(folder: Path) -> Data:
    with np.load(folder / "vectors.npz") as arrays:
        original, photo = arrays["original"], arrays["original_photo"]
        grey = np.full((len(arrays["persons"]), original.shape[1]), np.nan, np.float32)
        grey[arrays["grey_photo"]] = arrays["grey"]
        row_of = {number: row for row, number in enumerate(photo.tolist())}
        copies = {
            row_of[number]: arrays["near"][arrays["near_photo"] == number]
            for number in np.unique(arrays["near_photo"]).tolist()
            if number in row_of
        }
        return Data(folder.name, original, grey[photo], arrays["persons"][photo], copies)


def albums(data: Data, people: int, photos: int, form: str, rounds: int) -> Iterator[Album]:
    """So many draws; none if there are too few people with so many photographs."""
    persons, counts = np.unique(data.persons, return_counts=True)
    enough = persons[counts >= photos]
    if len(enough) < people:
        return
    for number in range(rounds):
        rng = np.random.default_rng([people, photos, number])
        who = rng.choice(enough, people, replace=False)
        rows = [
            rng.choice(np.flatnonzero(data.persons == person), photos, replace=False)
            for person in who
        ]
        yield FORMS[form](data, rows, rng)


# The table --------------------------------------------------------------------------------------


Scores = tuple[float, float]
"""B³ F and pairwise F."""


def score(persons: np.ndarray, labels: np.ndarray) -> Scores:
    table = Contingency.of(persons, labels)
    return bcubed_scores(table)["f"], pairwise_scores(table)["f"]


def tried(album: Album, calibrated: ModelCard) -> dict[str, Scores]:
    """Scores of the defaults, of rivals, and of the map equation at each of `THRESHOLDS`."""
    vectors, persons = album
    faces = Embeddings(np.arange(len(vectors)), vectors, calibrated.id)
    made = graph.build(faces)
    estimated = clustering.estimate_threshold(faces, made, calibrated.threshold)
    threshold = estimated.cosine
    pictures = clustering.near_duplicates(made, estimated.duplicate)
    card = calibrated.threshold.cosine
    chosen = {
        "defaults": clustering.make("adaptive", threshold=threshold),
        "map equation at the estimate": clustering.make("map-equation", threshold=threshold),
        "map equation at the card's": clustering.make("map-equation", threshold=card),
        "Chinese whispers at the card's": clustering.make("chinese-whispers", threshold=card),
        "HDBSCAN": clustering.make("hdbscan"),
        **{f"{t}": clustering.make("map-equation", threshold=float(t)) for t in THRESHOLDS},
    }
    return {
        name: score(
            persons,
            clustering.run(
                *(method, made, faces), pictures=pictures, strangers=estimated.strangers
            ).labels
            if name == "defaults"
            else method.fit(made if method.takes == "graph" else faces).labels_,
        )
        for name, method in chosen.items()
    }


def cell(data: Data, people: int, photos: int, form: str, rounds: int) -> dict[str, Scores]:
    """Mean scores over the draws; empty if there are none."""
    card = zoo.card(Settings().embedder)
    found = [tried(album, card) for album in albums(data, people, photos, form, rounds)]
    if not found:
        return {}
    means = {name: tuple(np.mean([row[name] for row in found], axis=0)) for name in found[0]}
    fixed = [means.pop(f"{t}") for t in THRESHOLDS]
    means["oracle"] = max(fixed)
    return means


def table(folders: list[Path], rounds: int, people_counts: tuple[int, ...], out: Path) -> None:
    """Write rows for each cell that `out` has not yet, and print the means and the worst cells."""
    rows = read_rows(out)
    done = {row[:4] for row in rows}
    cells = [
        (data, people, photos, form)
        for data in map(load, folders)
        for form in FORMS
        for people in people_counts
        for photos in PHOTOS
        if (data.name, form, people, photos) not in done
    ]
    with out.open("a", newline="") as stream:
        writer = csv.writer(stream)
        if not rows:
            writer.writerow(
                ("data", "form", "people", "photos", "method", "bcubed_f", "pairwise_f")
            )
        for data, people, photos, form in track(cells, "cells"):
            means = cell(data, people, photos, form, rounds)
            found = [(data.name, form, people, photos, name, *means[name]) for name in means]
            writer.writerows(found)
            stream.flush()
            rows += found
    summarise(rows)


def read_rows(file: Path) -> list[tuple]:
    """Rows that an earlier run wrote."""
    if not file.exists():
        return []
    with file.open(newline="") as stream:
        return [
            (data, form, int(people), int(photos), method, float(bcubed), float(pairwise))
            for data, form, people, photos, method, bcubed, pairwise in list(csv.reader(stream))[1:]
        ]


def summarise(rows: list[tuple]) -> None:
    methods = list(dict.fromkeys(row[4] for row in rows))
    print("| data | form | cells | " + " | ".join(f"{name}: B³, pairwise F" for name in methods))
    for name in dict.fromkeys(row[0] for row in rows):
        for form in (*FORMS, None):
            part = [row for row in rows if row[0] == name and form in (None, row[1])]
            means = [
                np.mean([row[5:] for row in part if row[4] == method], axis=0) for method in methods
            ]
            cells = " | ".join(f"{bcubed:.3f}, {pairwise:.3f}" for bcubed, pairwise in means)
            print(f"| {name} | {form or 'all'} | {len(part) // len(methods)} | {cells} |")
    at = {row[:5]: row[5] for row in rows}
    behind = sorted(
        (at[(*key[:4], "oracle")] - value, key[:4])
        for key, value in at.items()
        if key[4] == "defaults"
    )[::-1]
    print(f"\n{sum(lost > 0.03 for lost, _ in behind)} of {len(behind)} cells more than .03 behind")
    for lost, key in behind[:25]:
        print(f"{lost:.3f}", *key, f"oracle {at[(*key, 'oracle')]:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    what = parser.add_subparsers(dest="what", required=True)
    index = what.add_parser("vectors")
    index.add_argument("data", type=Path, nargs="?")
    index.add_argument("--people", type=Path, help="a table; without it, folders are people")
    index.add_argument("--drawn", type=int, default=150, help="people to draw, without data")
    index.add_argument("--work", type=Path, required=True)
    tables = what.add_parser("table")
    tables.add_argument("folders", type=Path, nargs="+")
    tables.add_argument("--rounds", type=int, default=10)
    tables.add_argument("--people", type=int, nargs="+", default=PEOPLE)
    tables.add_argument("-o", "--out", type=Path, default=Path("grid.csv"))
    given = parser.parse_args()
    if given.what == "vectors":
        index_all(given.data, given.people, given.drawn, given.work)
    else:
        table(given.folders, given.rounds, tuple(given.people), given.out)


if __name__ == "__main__":
    main()
