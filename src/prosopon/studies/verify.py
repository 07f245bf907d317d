"""Hold embedders against a published list of pairs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prosopon import faces, zoo
from prosopon.config import Settings
from prosopon.datasets import AlignedFaces, Source
from prosopon.datasets.learnt import warning
from prosopon.errors import UsageError
from prosopon.files import read_table, write_bytes, write_table
from prosopon.metrics.published import table as published_table
from prosopon.metrics.verification import Float64, Roc
from prosopon.records import Float32
from prosopon.studies import reject
from prosopon.studies.models import aligned_faces
from prosopon.verification import figures, scoring
from prosopon.verification.final_classifier import learnt_similarities
from prosopon.verification.pairs import Pairs
from prosopon.verification.protocols import PROTOCOLS
from prosopon.verification.scoring import Gap, GroupScores, Scores

_SHOWN = 12
"""Worst pairs of each kind on a sheet."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to measure on."""

    protocol: str
    data: Path
    pairs: list[Path] = field(default_factory=list)
    """The list where it is not in its usual place below `data`."""
    view: int = 2
    aligned: str = ""
    """The template that the pictures are cut to already; empty: faces are looked for."""
    mirror: bool = False


@dataclass(frozen=True, slots=True)
class Grouping:
    """One embedder's table by one label."""

    label: str
    embedder: str
    groups: list[GroupScores]
    gaps: list[Gap]


@dataclass(frozen=True, slots=True)
class Verified:
    """The table of a `verify`."""

    protocol: str
    view: int
    pictures: int
    detector: str
    embedders: dict[str, Scores]
    groupings: list[Grouping]
    remarks: list[str]
    """Which embedders have learnt from people of the list."""
    published: dict[str, dict[str, float]]
    """Loss → accuracy and area that the dissertation gives for this list, learnt on VGGFace2;
    empty where it gives none."""
    files: list[Path]
    """Plots and lists written."""


def verify(
    task: Task,
    embedders: Sequence[str],
    settings: Settings,
    *,
    labels: Path | None = None,
    by: Sequence[str] = (),
    output: Path | None = None,
    keep: Path | None = None,
) -> Verified:
    """Score `embedders` on the pairs of `task`.

    labels, by : a CSV whose first column names the pictures, and the columns to group by.
    output : a folder for ROC and DET plots, the worst pairs as pictures, every pair's similarity,
        and the errors that are left when the pictures of least quality are.
    keep : a folder to keep vectors in.
    """
    if by and labels is None:
        raise UsageError("--by needs --labels, a CSV that says what the pictures show")
    pairs, pictures = read_pairs(task)
    portraits = aligned_faces(pictures, settings, keep, task.aligned)
    vectors = {id: task_vectors(task, portraits, id) for id in embedders}
    similar = learnt_similarities if pairs.learns else scoring.similarities
    cosines = {id: similar(vectors[id], pairs) for id in embedders}
    table = {id: scoring.score(cosine, pairs) for id, cosine in cosines.items()}
    groupings = []
    for label in by:
        groups = scoring.groups_of(_labels(labels, label, pairs), pairs)
        for id, cosine in cosines.items():
            groupings.append(Grouping(label, id, *scoring.by_group(cosine, pairs, groups)))
    files = _write(output, pairs, portraits, cosines, table) if output else []
    detector = f"aligned:{task.aligned}" if task.aligned else settings.detector
    published = _published(task.protocol)
    people = list(zip(pairs.people, pairs.pictures, strict=True)) if pairs.people else []
    remarks = [warning(id, zoo.card(id).learnt_people, people) for id in embedders]
    return Verified(
        task.protocol,
        task.view,
        len(pictures),
        detector,
        table,
        groupings,
        [remark for remark in remarks if remark],
        published,
        files,
    )


def task_vectors(task: Task, portraits: AlignedFaces, embedder: str) -> Float32:
    """(pictures, d) vectors by the embedder of that card id, as the task wants them."""
    return portraits.vectors(faces.embedder(zoo.load(embedder)), mirror=task.mirror)


_COLUMNS = {
    "lfw": "LFW",
    "calfw": "CA-LFW",
    "cplfw": "CP-LFW",
    "agedb-30": "AgeDB-30",
    "doppelganger": "Doppelganger",
    "vise": "ViSE",
}
"""Protocol → its column in Tables 7.1 and 7.2."""


def _published(protocol: str) -> dict[str, dict[str, float]]:
    if protocol not in _COLUMNS:
        return {}
    accuracy, auc = published_table("doppelver-accuracy"), published_table("doppelver-auc")
    column = _COLUMNS[protocol]
    return {
        loss: {"accuracy": accuracy[loss, column], "area": auc[loss, column]}
        for loss in accuracy.rows
    }


def read_pairs(task: Task) -> tuple[Pairs, dict[str, Source]]:
    """The pairs, and the file or the bytes of each picture in their order."""
    known = PROTOCOLS[task.protocol]
    pairs = known.pairs(task.data, task.pairs or None, task.view)
    found = known.locate(task.data, pairs)
    return pairs, {
        name: pairs.contents[name] if name in pairs.contents else found[name]
        for name in pairs.pictures
    }


def _labels(file: Path | None, column: str, pairs: Pairs) -> list[str | None]:
    """The label of each picture; names may be given in full or without folders."""
    assert file is not None
    table = read_table(file, {column})
    named = {next(iter(row.values())): row[column] for row in table}
    found = [named.get(name, named.get(Path(name).name)) for name in pairs.pictures]
    if not any(found):
        raise UsageError(
            f"{file}: its first column names none of the pictures in the list, such as "
            f"{pairs.pictures[0]}"
        )
    return found


def _write(
    folder: Path,
    pairs: Pairs,
    portraits: AlignedFaces,
    cosines: dict[str, Float64],
    table: dict[str, Scores],
) -> list[Path]:
    here = pairs.scored
    curves = {id: Roc.of(cosine[here], pairs.same[here]) for id, cosine in cosines.items()}
    contents = {"roc.png": figures.roc_plot(curves), "det.png": figures.det_plot(curves)}
    for id, cosine in cosines.items():
        contents[f"worst-{id}.png"] = _worst_sheet(id, cosine, pairs, portraits)
    files = [folder / "similarities.csv"]
    rows = [
        (
            pairs.pictures[pairs.left[row]],
            pairs.pictures[pairs.right[row]],
            int(pairs.same[row]),
            pairs.folds[row],
            *(f"{cosine[row]:.6f}" for cosine in cosines.values()),
        )
        for row in range(len(pairs))
    ]
    write_table(files[0], rows, ("left", "right", "same", "fold", *cosines))
    for name, content in contents.items():
        write_bytes(folder / name, content)
        files.append(folder / name)
    return [*files, *reject.write(folder, pairs, portraits, cosines)]


def _worst_sheet(
    embedder: str,
    cosine: Float64,
    pairs: Pairs,
    portraits: AlignedFaces,
) -> bytes:
    same, different = scoring.worst(cosine, pairs, _SHOWN)

    def shown(row: int) -> figures.Shown:
        left, right = (portraits.picture(int(of[row])) for of in (pairs.left, pairs.right))
        first, second = (Path(pairs.pictures[of[row]]).stem for of in (pairs.left, pairs.right))
        return figures.Shown(left, right, f"{cosine[row]:.3f}  {first}", second)

    rows = {
        "one person, and the least alike": [shown(row) for row in same],
        "two people, and the most alike": [shown(row) for row in different],
    }
    return figures.pair_sheet(f"{embedder}: worst pairs", rows)
