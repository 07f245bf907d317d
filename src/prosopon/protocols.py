"""What a back-end must offer. Each docstring is the specification that the contract tests check."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from prosopon.records import Faces, Float32, Int32, UInt8

T = TypeVar("T")
R = TypeVar("R")


class Detector(Protocol):
    """Finds faces.

    `find(pixels)` takes (H, W, 3) uint8 RGB, upright, of any size from 1×1, and returns `Faces` in
    pixels of that picture, scores descending. A picture with no face gives empty `Faces`, never an
    error. The same picture always gives the same faces. `pixels` is not changed.
    """

    id: str
    sure: float = 0
    """The score of a face that stands upright beyond doubt; of less, it might lie on its side."""
    gives_landmarks: bool = True
    """Whether it places the five landmarks itself; else they are NaN, or roughly placed by the
    box where a face lies on its side."""

    def find(self, pixels: UInt8) -> Faces: ...


class Landmarker(Protocol):
    """Finds landmarks in faces whose boxes are known.

    `find(pixels, faces)` returns (n, points, 2) float32 x, y in pixels, row by row those of
    `faces`; points may lie outside of the picture.
    """

    id: str
    points: int

    def find(self, pixels: UInt8, faces: Faces) -> Float32: ...


class Embedder(Protocol):
    """Turns aligned chips into unit vectors.

    `embed(chips)` takes (n, h, w, 3) uint8 RGB chips of `chip_size`, cut to `alignment` (a key of
    `prosopon.geometry.TEMPLATES`), n ≥ 0, and returns (n, d) float32 of unit length. A chip's
    vector depends neither on its place in the batch nor on the batch's size (within 1e-5).
    """

    id: str
    alignment: str
    chip_size: tuple[int, int]
    """Height, width in pixels."""
    dimensions: int

    def embed(self, chips: UInt8) -> Float32: ...


class AttributeModel(Protocol):
    """Gives each attribute's probability.

    `predict(chips)` takes (n, h, w, 3) uint8 RGB and returns (n, a) float32 in 0 to 1, columns in
    the order of `attributes`.
    """

    id: str
    attributes: Sequence[str]

    def predict(self, chips: UInt8) -> Float32: ...


class Clusterer(Protocol):
    """scikit-learn's convention: parameters verbatim in `__init__`, results in `labels_`."""

    labels_: Int32

    def fit(self, X: Any, y: None = None) -> "Clusterer": ...


@dataclass(frozen=True, slots=True)
class Elsewhere(Generic[R]):
    """What a function returns that lacks something on this machine: another may have it."""

    result: R
    """What counts where no machine has it."""


class Engine(Protocol):
    """Runs a function over items and yields the results in the order of the items.

    Lazy on both sides: only a bounded number of items is in flight, so neither the items nor the
    results need to fit in memory. An exception of the function is raised at its item's place. An
    item for which it returns `Elsewhere` is tried on each of the other machines.
    """

    def map(self, function: Callable[[T], R | Elsewhere[R]], items: Iterable[T]) -> Iterator[R]: ...
