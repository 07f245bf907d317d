"""Label images, or the faces of a collection, by what they have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prosopon import photos
from prosopon.collection import Collection
from prosopon.config import Settings
from prosopon.errors import NotHere, ProsoponError, UsageError
from prosopon.files import write_bytes, write_table
from prosopon.geometry.alignment import arcface_template, cut_chips
from prosopon.photos import UnreadablePhoto
from prosopon.progress import track
from prosopon.records import Int32, Int64, UInt8
from prosopon.subspace.pipeline import ConsensusSubspaceClustering
from prosopon.summaries import cluster_chart

CHIP = 48
"""Side of a face chip in pixels."""


@dataclass(frozen=True, slots=True)
class Pseudolabelled:
    """What the clustering gave, and where it is written."""

    file: Path
    chart: Path
    images: int
    clusters: int
    asked: int
    """Clusters that were asked for; 0 where their number was to be found."""
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
    """(n, h, w), (n, h, w, 3) images or (n, d) vectors."""
    pictures: UInt8 | None
    """(n, h, w, 3) what the chart shows; None for vectors of anything."""
    unused: int = 0


def pseudolabel(samples: Samples, target: Path, **parameters: Any) -> Pseudolabelled:
    """Cluster `samples`; write labels and confidences to `target`, a CSV, and a chart beside it.

    parameters : of `prosopon.subspace.pipeline.ConsensusSubspaceClustering`. Finished repetitions
    stay beside `target` until all are done, so an interrupted run goes on where it stopped.

    Raises UsageError for samples that can't be clustered.
    """
    memory = target.with_name(target.name + ".repetitions")
    model = ConsensusSubspaceClustering(memory=memory, **parameters).fit(samples.data)
    target.parent.mkdir(parents=True, exist_ok=True)
    _write(target, samples, model.labels_, model.confidence_)
    chart = target.with_suffix(".png")
    write_bytes(chart, cluster_chart(model.labels_, model.confidence_, samples.pictures))
    _forget(memory)
    sizes = np.bincount(model.labels_)
    return Pseudolabelled(
        file=target,
        chart=chart,
        images=len(samples.rows),
        clusters=int((sizes > 0).sum()),
        asked=int(parameters.get("n_clusters") or 0),
        sizes=tuple(sizes.tolist()),
        confidence=float(model.confidence_.mean()),
        unused=samples.unused,
    )


def images_in(source: Path, settings: Settings) -> Samples:
    """The images below a folder, or the rows of a `.npy` file.

    Files that give no picture are counted as unused. Pictures without colour keep one channel.
    Raises ProsoponError where there are none, UsageError where they differ in size.
    """
    if source.suffix == ".npy":
        return _rows_of(source)
    paths: list[Path] = []
    pixels: list[UInt8] = []
    unused = 0
    for file in track(list(photos.Walk([source])), "reading images"):
        try:
            picture = photos.read(file.path, settings.limits).pixels
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
        raise ProsoponError(f"{source}: no images; give a folder of images of one size")
    pictures = np.stack(pixels)
    coloured = (pictures != pictures[..., :1]).any()
    data = pictures if coloured else pictures[..., 0]
    return Samples(("path",), [(str(path),) for path in paths], data, pictures, unused)


def _rows_of(file: Path) -> Samples:
    try:
        data = np.load(file, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: not an array that NumPy can read ({error})") from error
    if data.ndim not in (2, 3, 4) or data.dtype.kind not in "uif":
        raise UsageError(
            f"{file}: expected numbers of shape (n, h, w), (n, h, w, 3) or (n, d), "
            f"got {data.dtype} of shape {data.shape}"
        )
    pictures = None
    if data.ndim == 3 or data.shape[3:] == (3,):
        scaled = (255.0 / max(float(np.max(data, initial=0)), 1e-12) * data).clip(0, 255)
        coloured = scaled if data.ndim == 4 else np.repeat(scaled[..., None], 3, axis=3)
        pictures = coloured.astype(np.uint8)
    return Samples(("row",), [(row,) for row in range(len(data))], data, pictures)


def faces_of(collection: Collection, *, identity: bool = False) -> Samples:
    """The visible faces of a collection: chips of `CHIP` pixels a side, or with `identity` their
    vectors. Restricted persons beside them are painted over.

    Faces whose photograph or landmarks are not at hand are counted as unused.
    Raises ProsoponError where none is left.
    """
    table, embeddings = collection.visible, collection.embeddings
    usable = np.isfinite(table.landmarks).all(axis=(1, 2))
    usable &= np.isin(table.ids, embeddings.face_ids)
    template = arcface_template(CHIP)
    found: list[Int64] = []
    chips: list[UInt8] = []
    for photo in track(np.unique(table.photo_ids[usable]).tolist(), "cutting faces"):
        try:
            decoded = collection.pixels(photo)
        except (UnreadablePhoto, NotHere):
            continue
        here = np.flatnonzero(usable & (table.photo_ids == photo))
        chips.append(cut_chips(decoded.pixels, table.landmarks[here], template))
        found.append(here)
    if not found:
        raise ProsoponError(
            f"{collection.name}: no faces whose photographs and landmarks are at hand"
        )
    rows, pictures = np.concatenate(found), np.concatenate(chips)
    ids = table.ids[rows]
    photographs = collection.photos
    paths = [photographs[photo].path for photo in table.photo_ids[rows].tolist()]
    named = list(zip(paths, ids.tolist(), strict=True))
    data: NDArray[Any] = pictures
    if identity:
        data = embeddings.vectors[np.searchsorted(embeddings.face_ids, ids)]
    return Samples(("path", "face"), named, data, pictures, len(table) - len(rows))


def _write(target: Path, samples: Samples, labels: Int32, confidence: NDArray[Any]) -> None:
    rows = [
        (*row, int(label), f"{sure:.3f}")
        for row, label, sure in zip(samples.rows, labels, confidence, strict=True)
    ]
    write_table(target, rows, (*samples.names, "label", "confidence"))


def _forget(memory: Path) -> None:
    for file in memory.glob("*.npy"):
        file.unlink()
    memory.rmdir()


def _size(picture: UInt8) -> str:
    return f"{picture.shape[1]}×{picture.shape[0]}"
