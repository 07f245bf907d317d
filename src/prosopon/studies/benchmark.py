"""Build a verification benchmark from people's pictures, after DoppelVer."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from prosopon import engines, summaries
from prosopon.config import Settings
from prosopon.datasets import Identities, read_identities
from prosopon.errors import ProsoponError, UsageError
from prosopon.files import read_table, write_bytes, write_text
from prosopon.progress import track
from prosopon.records import Float32, UInt8
from prosopon.report import render
from prosopon.studies.models import aligned_faces
from prosopon.verification.building import crops, duplicates, sampling, statistics
from prosopon.verification.building.duplicates import NearPair
from prosopon.verification.building.sampling import Sample, Sizes
from prosopon.verification.building.statistics import Statistics
from prosopon.verification.picture_vectors import PictureEmbedder

_SHOWN = 300
"""Near-duplicates on the page; the CSV has all."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be built."""

    data: Path
    look_alikes: Path
    """A CSV with two names on each line, under any heading."""
    output: Path
    labels: Path | None = None
    """A CSV whose first column names people, the others say what they are."""
    picture_weights: Path | None = None
    """MobileNetV2's; None: DINOv2."""
    title: str = "A verification benchmark"
    terms: str = "Not stated: ask whoever built this before passing it on."
    sizes: Sizes = field(default_factory=Sizes)
    seed: int = 0
    split: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build gave."""

    folder: Path
    picture_model: str
    counts: dict[str, int]
    protocols: dict[str, Statistics]
    problems: list[str]
    """Why a protocol is missing, if one is."""


def build(plan: Plan, settings: Settings) -> Built:
    """Cut, compare, sample and describe. Running it again after somebody wrote verdicts into
    `near_duplicates.csv` takes them into account."""
    pairs = _read_look_alikes(plan.look_alikes)
    wanted = {person for pair in pairs for person in pair}
    everyone = read_identities(plan.data, plan.split)
    identities = {person: of for person, of in everyone.items() if person in wanted}
    if not identities:
        raise UsageError(
            f"{plan.look_alikes}: none of its people, such as {min(wanted)}, is in {plan.data}"
        )
    pictures = _cut(identities, settings)
    doubles = duplicates.exact(pictures)
    names = sorted(set(pictures) - set(doubles))
    embedder = PictureEmbedder(plan.picture_weights)
    vectors = embedder.embed([pictures[name] for name in names])
    plan.output.mkdir(parents=True, exist_ok=True)
    near = _judged(duplicates.near(names, vectors), plan.output / "near_duplicates.csv")
    dropped = duplicates.to_drop(near)
    kept = [name for name in names if name not in dropped]
    _write_pictures(plan.output / "images", pictures, kept)
    _write_page(plan.output / "near_duplicates.html", near, pictures)
    people: dict[str, list[str]] = defaultdict(list)
    for name in kept:
        people[name.rpartition("/")[0]].append(name)
    made, problems = _protocols(plan, people, pairs, dict(zip(names, vectors, strict=True)))
    counts = {
        "people asked for": len(wanted),
        "people with pictures": len(identities),
        "pictures": sum(map(len, identities.values())),
        "without a face": sum(map(len, identities.values())) - len(pictures),
        "exact duplicates": len(doubles),
        "near-duplicates left out": len(dropped),
        "near-duplicates judged by a person": sum(pair.verdict != "" for pair in near),
        "pictures kept": len(kept),
    }
    how = {
        "date": date.today().isoformat(),
        "faces by": settings.detector,
        "pictures compared by": embedder.id,
        "near-duplicates from cosine": duplicates.NEAR,
        "seed": plan.seed,
        "sizes": plan.sizes,
    }
    sheet = statistics.data_sheet(plan.title, how, counts, made, plan.terms)
    write_text(plan.output / "DATASHEET.md", sheet)
    return Built(plan.output, embedder.id, counts, made, problems)


def _protocols(
    plan: Plan,
    people: dict[str, list[str]],
    pairs: list[tuple[str, str]],
    vectors: dict[str, Float32],
) -> tuple[dict[str, Statistics], list[str]]:
    labels = _read_labels(plan.labels) if plan.labels else {}
    made: dict[str, Statistics] = {}
    problems = []
    look = sampling.doppelganger(people, pairs, plan.sizes, plan.seed)
    _save("DoppelgangerProtocol", look, plan)
    made["Doppelganger protocol"] = statistics.statistics(look, labels, plan.sizes.splits)
    splits = {s.left_person: s.split for s in look} | {s.right_person: s.split for s in look}
    try:
        alike = sampling.vise(people, vectors, splits, pairs, plan.sizes, plan.seed)
    except ProsoponError as reason:
        problems.append(f"no ViSE protocol: {reason}")
    else:
        _save("ViSEProtocol", alike, plan)
        made["ViSE protocol"] = statistics.statistics(alike, labels, plan.sizes.splits)
    return made, problems


def _save(stem: str, samples: list[Sample], plan: Plan) -> None:
    """One list for both views; pictures are named within their person's folder."""
    short = [
        Sample(
            s.left_person,
            s.left.rpartition("/")[2],
            s.right_person,
            s.right.rpartition("/")[2],
            s.same,
            s.split,
        )
        for s in samples
    ]
    statistics.write_protocol(short, plan.output / f"{stem}.csv")


def _cut(identities: Identities, settings: Settings) -> dict[str, UInt8]:
    """`person/stem.jpg` → the crop, for all pictures with a face."""
    named = [
        (f"{person}/{file.stem}.jpg", file) for person, of in identities.items() for file in of
    ]
    portraits = aligned_faces([file for _, file in named], settings)
    boxes, centres = portraits.faces.box, portraits.faces.centres
    seen = np.flatnonzero(portraits.found).tolist()

    def crop(row: int) -> UInt8:
        return crops.centred_crop(portraits.picture(row), boxes[row], centres[row, :2])

    found = engines.Threads(settings.workers).map(crop, seen)
    cut = track(found, "cutting faces", len(seen))
    return {named[row][0]: picture for row, picture in zip(seen, cut, strict=True)}


def _judged(near: list[NearPair], file: Path) -> list[NearPair]:
    """The pairs with the verdicts that a person has written before; rewritten for the next."""
    verdicts = duplicates.read_verdicts(file) if file.exists() else {}
    judged = [
        NearPair(p.kept, p.doubted, p.cosine, verdicts.get((p.kept, p.doubted), "")) for p in near
    ]
    duplicates.write(judged, file)
    return judged


def _write_pictures(folder: Path, pictures: dict[str, UInt8], kept: Sequence[str]) -> None:
    for name in kept:
        write_bytes(folder / name, summaries.jpeg(pictures[name]))


def _write_page(file: Path, near: list[NearPair], pictures: dict[str, UInt8]) -> None:
    pairs = [
        {
            "title": f"{pair.kept} · {pair.doubted}",
            "note": f"cosine {pair.cosine:.3f} {pair.verdict}",
            "pictures": [summaries.jpeg(pictures[name], 85) for name in (pair.kept, pair.doubted)],
        }
        for pair in near[:_SHOWN]
    ]
    lead = (
        "One picture, or two? Write same or different into near_duplicates.csv and build again; "
        "until then the second of each pair is left out."
    )
    page = render("pairs.html", title="Near-duplicates", lead=lead, pairs=pairs)
    write_text(file, page)


def _read_look_alikes(file: Path) -> list[tuple[str, str]]:
    if not file.is_file():
        raise UsageError(f"{file}: no such list of look-alikes")
    rows = [list(row.values()) for row in read_table(file)]
    pairs = [(row[0].strip(), row[1].strip()) for row in rows if len(row) >= 2]
    if not pairs:
        raise ProsoponError(f"{file}: expected a heading and two names on each line")
    return pairs


def _read_labels(file: Path) -> dict[str, dict[str, str]]:
    """Label → person → value."""
    rows = read_table(file)
    if not rows:
        raise ProsoponError(f"{file}: holds no labels")
    person, *labels = rows[0]
    return {label: {row[person]: row[label] for row in rows} for label in labels}
