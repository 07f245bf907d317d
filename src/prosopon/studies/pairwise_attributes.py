"""Discover attributes on people's pictures, and compare them as vectors for faces."""

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prosopon import faces, summaries, zoo
from prosopon.config import Settings
from prosopon.datasets import AlignedFaces, read_identities
from prosopon.errors import UsageError
from prosopon.files import write_text
from prosopon.geometry import TEMPLATES, Template
from prosopon.records import Float32
from prosopon.report import render
from prosopon.studies import verify
from prosopon.studies.models import aligned_faces
from prosopon.verification import scoring
from prosopon.verification.look_alikes import look_alikes
from prosopon.verification.pairs import Pairs
from prosopon.verification.pairwise_attributes import (
    Attributes,
    PersonPair,
    discover,
    ends,
    named,
    random_pairs,
    retrieval,
)

COUNTS = (16, 64, 256, 1024)
"""How many attributes are tried."""
_ENDS = 8
"""Faces shown at either end of an attribute."""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of vector, held against a list of pairs and against retrieval."""

    vectors: str
    numbers: int
    accuracy: float
    standard_error: float
    area: float
    nearest: float
    """Share of faces whose nearest other face is of the same person."""
    precision: float
    """Mean average precision of retrieval."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """What discovering gave."""

    people: int
    faces: int
    embedder: str
    rows: list[Row]
    files: list[Path]


def pairwise_attributes(
    data: Path,
    task: verify.Task,
    embedder: str,
    settings: Settings,
    *,
    counts: Sequence[int] = COUNTS,
    least_pictures: int = 5,
    split: str = "",
    seed: int = 0,
    keep: Path | None = None,
    output: Path | None = None,
) -> Discovered:
    """Learn attributes from pairs of the people in `data`, by chance and of look-alikes, and test
    them on the pairs and the people of `task`.

    Where `data` has CelebA's attributes.csv, the 40 attributes are learnt likewise, to compare.
    """
    identities = read_identities(data, split, least_pictures)
    files = [(person, file) for person, of in identities.items() for file in of]
    portraits = aligned_faces([file for _, file in files], settings, keep)
    rows = portraits.vectors(faces.embedder(zoo.load(embedder)))
    seen = np.flatnonzero(portraits.found)
    vectors, people = rows[seen], [files[row][0] for row in seen]
    pairs, pictures = verify.read_pairs(task)
    tested = verify.task_vectors(task, aligned_faces(pictures, settings, keep), embedder)
    who = [name.rpartition("/")[0] for name in pairs.pictures]
    measure = _measure(pairs, tested, who)
    table = [measure("the embedding itself", lambda each: each, vectors.shape[1])]
    known = Counter(people)
    able = sum(count >= least_pictures for count in known.values())
    counts = [count for count in counts if count <= able * (able - 1) // 2]
    if not counts:
        raise UsageError(f"{data}: {able} people with {least_pictures} faces are too few")
    kinds = {
        "look-alikes": _alike(vectors, people, max(counts), least_pictures),
        "by chance": random_pairs(people, max(counts), least_pictures, seed),
    }
    made = {kind: discover(vectors, people, pairs) for kind, pairs in kinds.items()}
    for kind, attributes in made.items():
        for count in counts:
            name = f"attributes from pairs {kind}"
            table.append(measure(name, attributes.first(count).vectors, count))
    if (named := _named(data, [files[row][1] for row in seen], vectors)) is not None:
        table.append(measure("the 40 attributes", named.vectors, len(named.names)))
    written = []
    if output is not None:
        template = TEMPLATES[zoo.card(embedder).alignment]
        written = _write(output, made["by chance"], vectors, portraits, template)
    return Discovered(len(identities), len(vectors), embedder, table, written)


def _measure(
    pairs: Pairs, tested: Float32, who: Sequence[str]
) -> Callable[[str, Callable[[Float32], Float32], int], Row]:
    seen = np.flatnonzero(~np.isnan(tested).any(axis=1)).tolist()
    people = [who[row] for row in seen]

    def measure(name: str, turn: Callable[[Float32], Float32], numbers: int) -> Row:
        turned = turn(tested)
        scores = scoring.score(scoring.similarities(turned, pairs), pairs)
        found = retrieval(turned[seen], people)
        return Row(
            name,
            numbers,
            scores.accuracy,
            scores.standard_error,
            scores.area,
            found["nearest"],
            found["precision"],
        )

    return measure


def _alike(vectors: Float32, people: Sequence[str], count: int, least: int) -> list[PersonPair]:
    """The most alike pairs of people."""
    return [(pair.one, pair.other) for pair in look_alikes(vectors, people, count, least)]


def _named(data: Path, files: Sequence[Path], vectors: Float32) -> Attributes | None:
    """CelebA's attributes, where their table lies beside the pictures."""
    table = data / "attributes.csv"
    if not table.is_file():
        return None
    with table.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.reader(stream)
        names = next(reader)[2:]
        truth = {row[0]: [int(cell == "1") for cell in row[2:]] for row in reader}
    labels = np.array([truth[file.name] for file in files])
    varied = [column for column in range(len(names)) if 0 < labels[:, column].mean() < 1]
    return named(vectors, labels[:, varied], [names[column] for column in varied])


def _write(
    output: Path,
    attributes: Attributes,
    vectors: Float32,
    portraits: AlignedFaces,
    template: Template,
    shown: int = 12,
) -> list[Path]:
    """A page with the faces at both ends of the first attributes, and all weights."""
    output.mkdir(parents=True, exist_ok=True)
    outputs = attributes.outputs(vectors)
    seen = np.flatnonzero(portraits.found)
    sections = []
    for number, name in enumerate(attributes.names[:shown]):
        low, high = ends(outputs, number, _ENDS)
        sections.append(
            {
                "title": name,
                "ends": [
                    [summaries.jpeg(chip, 85) for chip in portraits.chips(template, seen[rows])]
                    for rows in (low, high)
                ],
            }
        )
    page, weights = output / "attributes.html", output / "attributes.npz"
    write_text(page, render("pairwise_attributes.html", attributes=sections))
    np.savez(
        weights,
        names=np.array(attributes.names),
        weights=attributes.weights,
        biases=attributes.biases,
        centre=attributes.centre,
    )
    return [page, weights]
