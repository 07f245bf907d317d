"""Label images, or the faces of a collection, by what they have in common."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prosopon import photos
from prosopon.config import Settings
from prosopon.errors import ProsoponError, UsageError
from prosopon.geometry.alignment import arcface_template, cut_chips
from prosopon.optional import require
from prosopon.photos import UnreadablePhoto
from prosopon.progress import track
from prosopon.records import Int32, UInt8
from prosopon.store import Store, faces
from prosopon.workflows.current import current

CHIP = 48
"""Side of a face chip in pixels."""


@dataclass(frozen=True, slots=True)
class Pseudolabelled:
    """What the clustering gave, and where it is written."""

    file: Path
    images: int
    clusters: int
    sizes: tuple[int, ...]
    """Images in each cluster, by label."""
    confidence: float
    """Mean over the images."""
    unused: int
    """Images or faces that could not be read."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """What is to be labelled."""

    names: tuple[str, ...]
    """Columns of the table that name a sample."""
    rows: Sequence[tuple[Any, ...]]
    """(n,) one value for each name."""
    data: NDArray[Any]
    """(n, h, w, 3) images or (n, d) vectors."""
    unused: int


def pseudolabel(samples: Samples, target: Path, **parameters: Any) -> Pseudolabelled:
    """Cluster `samples` and write a label and a confidence for each to `target`, a CSV.

    parameters : of `prosopon.subspace.pipeline.ConsensusSubspaceClustering`.

    Raises MissingExtra without torch, UsageError for samples that can't be clustered.
    """
    require("torch", extra="train")
    from prosopon.subspace.pipeline import ConsensusSubspaceClustering

    model = ConsensusSubspaceClustering(**parameters).fit(samples.data)
    _write(target, samples, model.labels_, model.confidence_)
    sizes = np.bincount(model.labels_)
    return Pseudolabelled(
        file=target,
        images=len(samples.rows),
        clusters=len(sizes),
        sizes=tuple(sizes.tolist()),
        confidence=float(model.confidence_.mean()),
        unused=samples.unused,
    )


def images_in(folder: Path, settings: Settings) -> Samples:
    """The images below `folder`; files that give no picture are counted as unused.

    Raises ProsoponError where there are none, UsageError where they differ in size.
    """
    paths: list[Path] = []
    pixels: list[UInt8] = []
    unused = 0
    for file in track(list(photos.walk([folder])), "reading images"):
        try:
            picture = photos.read(file.path, settings.max_pixels).pixels
        except UnreadablePhoto:
            unused += 1
            continue
        if pixels and picture.shape != pixels[0].shape:
            raise UsageError(
                f"{file.path} has {_size(picture)} pixels, {paths[0]} has {_size(pixels[0])}: "
                "all images must be of one size; cut or scale them first"
            )
        paths.append(file.path)
        pixels.append(picture)
    if not pixels:
        raise ProsoponError(f"{folder}: no images; give a folder of images of one size")
    return Samples(("path",), [(str(path),) for path in paths], np.stack(pixels), unused)


def faces_of(store: Store, settings: Settings) -> Samples:
    """The faces of a collection as aligned chips of `CHIP` pixels a side.

    Raises ProsoponError where there are none that can be cut.
    """
    with store.read() as connection:
        table = faces.load_faces(connection, detector_id=current(store, connection).detector_id)
        paths = faces.photo_paths(connection)
    aligned = ~np.isnan(table.landmarks).any(axis=(1, 2))
    template = arcface_template(CHIP)
    rows: list[tuple[Any, ...]] = []
    chips: list[UInt8] = []
    for photo in track(np.unique(table.photo_ids[aligned]).tolist(), "cutting faces"):
        try:
            decoded = photos.read(Path(paths[photo]), settings.max_pixels)
        except UnreadablePhoto:
            continue
        here = np.flatnonzero(aligned & (table.photo_ids == photo))
        chips.append(cut_chips(decoded.pixels, table.landmarks[here], template))
        rows += [(paths[photo], face) for face in table.ids[here].tolist()]
    if not rows:
        raise ProsoponError(f"{store.name}: no faces whose photographs and landmarks are at hand")
    return Samples(("path", "face"), rows, np.concatenate(chips), len(table) - len(rows))


def vectors_of(store: Store, embedder: str | None = None) -> Samples:
    """The faces of a collection as identity vectors.

    Raises ProsoponError where there are none.
    """
    with store.read() as connection:
        chosen = current(store, connection, embedder)
        embeddings = faces.load_embeddings(connection, chosen.embedder, chosen.detector_id)
        photo_ids = faces.photos_of(connection, embeddings.face_ids)
        paths = faces.photo_paths(connection)
    if not len(embeddings):
        raise ProsoponError(f"{store.name}: no faces; index photographs with faces first")
    rows = [
        (paths[photo], face)
        for photo, face in zip(photo_ids.tolist(), embeddings.face_ids.tolist(), strict=True)
    ]
    return Samples(("path", "face"), rows, embeddings.vectors, 0)


def _write(target: Path, samples: Samples, labels: Int32, confidence: NDArray[Any]) -> None:
    partial = target.with_name(target.name + ".part")
    with partial.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow((*samples.names, "label", "confidence"))
        for row, label, sure in zip(samples.rows, labels, confidence, strict=True):
            table.writerow((*row, int(label), f"{sure:.3f}"))
    partial.replace(target)


def _size(picture: UInt8) -> str:
    return f"{picture.shape[1]}×{picture.shape[0]}"
