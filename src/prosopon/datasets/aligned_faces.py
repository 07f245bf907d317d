"""The main face of every picture of a data set: found once, cut to any template, embedded once.

Pictures whose file has changed since are looked at again: names in the cache carry size and time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from prosopon import engines, photos
from prosopon.config import Settings
from prosopon.datasets.row_cache import RowCache
from prosopon.geometry import TEMPLATES, Template, box_points, cut_chips
from prosopon.photos import UnreadablePhoto
from prosopon.progress import track
from prosopon.protocols import Embedder
from prosopon.records import Float32, Int64, Limits, UInt8

Source = Path | bytes
"""A picture's file, or its bytes."""
_NUMBERS = 4 + 10 + 10 + 2 * 68
_TOGETHER = 64
"""Pictures that are cut and embedded in one go."""


@dataclass(frozen=True, slots=True, eq=False)
class FacePoints:
    """Where a face is, in pixels of its picture. Faces of several pictures share one record with
    a leading axis."""

    box: Float32
    """(4,) x1, y1, x2, y2"""
    centres: Float32
    """(5, 2) records.LANDMARKS_5"""
    corners: Float32
    """(5, 2) dlib's five: corners of the eyes, base of the nose"""
    points: Float32
    """(68, 2) iBUG's 68"""

    @classmethod
    def of(cls, rows: Float32) -> "FacePoints":
        """From `row`, or from several of them (n, 160)."""
        lead = rows.shape[:-1]
        return cls(
            rows[..., :4],
            rows[..., 4:14].reshape(*lead, 5, 2),
            rows[..., 14:24].reshape(*lead, 5, 2),
            rows[..., 24:].reshape(*lead, 68, 2),
        )

    def row(self) -> Float32:
        """(160,) all numbers."""
        parts = (self.box, self.centres, self.corners, self.points)
        return np.concatenate([part.ravel() for part in parts]).astype(np.float32)

    def landmarks(self, template: Template) -> Float32:
        """(..., 5, 2) the five points that a template is about."""
        if template.landmarks == "box":
            return box_points(self.box.reshape(-1, 4)).reshape(*self.box.shape[:-1], 5, 2)
        return self.corners if template.landmarks == "corners" else self.centres


class Finder(Protocol):
    """Finds the main face of a picture, or None. `id` tells one finder's faces from another's."""

    id: str

    def __call__(self, pixels: UInt8) -> FacePoints | None: ...


class AlignedFaces:
    """The main faces of named pictures, in their order; the pictures are looked at on first use.

    sources : name → file or bytes, or files alone.
    cache : a folder that keeps what was found, for the next time; None: nothing is kept.

    Raises UnreadablePhoto where a picture can't be read, ProsoponError where the cache does not
    fit.
    """

    def __init__(
        self,
        sources: Mapping[str, Source] | Sequence[Path],
        find: Finder,
        settings: Settings,
        cache: Path | None = None,
    ) -> None:
        named = sources.items() if isinstance(sources, Mapping) else ((str(s), s) for s in sources)
        self.names, self.sources = _names_and_sources(named)
        self.finder, self.settings, self.cache = find, settings, cache
        self._faces: FacePoints | None = None

    def __len__(self) -> int:
        return len(self.names)

    @property
    def faces(self) -> FacePoints:
        """Of all pictures, (n, …); NaN where no face was found."""
        if self._faces is None:
            file = None if self.cache is None else self.cache / f"faces-{self.finder.id}.npz"
            self._faces = FacePoints.of(RowCache(file, _NUMBERS).rows(self.names, self._find))
        return self._faces

    @property
    def found(self) -> NDArray[np.bool_]:
        """(n,) where there is a face."""
        there: NDArray[np.bool_] = np.isfinite(self.faces.box[:, 0])
        return there

    def picture(self, number: int) -> UInt8:
        """The pixels of a picture."""
        return read_picture(self.sources[number], self.settings.limits)

    def chips(self, template: Template, rows: Int64 | None = None) -> UInt8:
        """(found, h, w, 3) the faces cut to a template; of the pictures `rows`, where given, which
        must all have one."""
        chosen = np.flatnonzero(self.found) if rows is None else rows
        parts = list(self._batches(template, chosen, "cutting faces"))
        return np.concatenate([np.empty((0, *template.size, 3), np.uint8), *parts])

    def vectors(self, embedder: Embedder, *, mirror: bool = False) -> Float32:
        """(n, d) unit vectors; NaN where there is no face.

        mirror : add the vector of the mirrored chip, as many papers do.
        """
        name = f"vectors-{embedder.id}-{self.finder.id}{'-mirror' if mirror else ''}.npz"
        file = None if self.cache is None else self.cache / name
        template = TEMPLATES[embedder.alignment]

        def embed(rows: list[int]) -> Iterator[Float32]:
            numbers = np.array(rows)
            there = self.found[numbers]
            parts = self._batches(template, numbers[there], "embedding faces")
            made = np.full((len(rows), embedder.dimensions), np.nan, np.float32)
            places, done, given = np.flatnonzero(there), 0, 0
            for chips in parts:
                of = places[done : done + len(chips)]
                made[of] = _embedded(embedder, chips, mirror)
                done += len(chips)
                yield made[given : of[-1] + 1]
                given = int(of[-1]) + 1
            yield made[given:]

        return RowCache(file, embedder.dimensions).rows(self.names, embed)

    def _find(self, rows: list[int]) -> Iterator[Float32]:
        def one(number: int) -> Float32:
            face = self.finder(self.picture(number))
            return np.full(_NUMBERS, np.nan, np.float32) if face is None else face.row()

        engine = engines.Threads(self.settings.workers)
        for row in track(engine.map(one, rows), "finding faces", len(rows)):
            yield row[None]

    def _batches(self, template: Template, rows: Int64, what: str) -> Iterator[UInt8]:
        landmarks = self.faces.landmarks(template)

        def cut(number: int) -> UInt8:
            chip: UInt8 = cut_chips(self.picture(number), landmarks[number][None], template)[0]
            return chip

        engine = engines.Threads(self.settings.workers)
        chips = track(engine.map(cut, rows.tolist()), what, len(rows))
        batch: list[UInt8] = []
        for chip in chips:
            batch.append(chip)
            if len(batch) == _TOGETHER:
                yield np.stack(batch)
                batch = []
        if batch:
            yield np.stack(batch)


def read_picture(source: Source, limits: Limits) -> UInt8:
    """The pixels of a picture. Raises UnreadablePhoto naming it."""
    if isinstance(source, bytes):
        return photos.decode(source, Path("picture.jpg"), limits).pixels
    try:
        return photos.read(source, limits).pixels
    except UnreadablePhoto as reason:
        raise UnreadablePhoto(f"{source}: {reason}") from reason


def _names_and_sources(named: Iterable[tuple[str, Source]]) -> tuple[list[str], list[Source]]:
    names, sources = [], []
    for name, source in named:
        sources.append(source)
        if isinstance(source, Path) and source.exists():
            about = source.stat()
            name = f"{name}|{about.st_size}|{about.st_mtime_ns}"
        names.append(name)
    return names, sources


def _embedded(embedder: Embedder, chips: UInt8, mirror: bool) -> Float32:
    vectors = embedder.embed(chips)
    if mirror:
        vectors = vectors + embedder.embed(np.ascontiguousarray(chips[:, :, ::-1]))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
