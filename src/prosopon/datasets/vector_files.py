"""Vectors and labels as learn-to-cluster keeps them (Yang et al., CVPR 2019): `.bin` and `.meta`.

`.bin`: float32, little-endian, row after row, without a head. `.meta`: a label a line, of the rows
in their order. MS1M's parts, on which clustering methods are compared, come in this form.
"""

from pathlib import Path

import numpy as np

from prosopon.errors import ProsoponError, UsageError
from prosopon.files import write_text
from prosopon.records import Float32, Int64


def read_vectors(file: Path, dimensions: int) -> Float32:
    """(n, dimensions) mapped, as they stand. Raises ProsoponError, UsageError."""
    try:
        size = file.stat().st_size
    except OSError as error:
        raise ProsoponError(f"{file}: can't be read: {error.strerror}") from error
    if not size or size % (4 * dimensions):
        raise UsageError(
            f"{file}: {size:,} bytes are not rows of {dimensions} float32 numbers; give the right "
            "number of dimensions"
        )
    return np.memmap(file, "<f4", "r", shape=(size // (4 * dimensions), dimensions)).view(
        np.ndarray
    )


def read_labels(file: Path) -> Int64:
    """(n,) labels. Raises ProsoponError."""
    try:
        lines = file.read_text("utf-8").split()
        return np.array(lines, np.int64)
    except OSError as error:
        raise ProsoponError(f"{file}: can't be read: {error.strerror}") from error
    except (ValueError, OverflowError) as error:
        raise ProsoponError(f"{file}: expected a whole number on each line: {error}") from error


def write_labels(file: Path, labels: np.ndarray) -> None:
    """A label a line, in the place of `file`."""
    write_text(file, "".join(f"{label}\n" for label in labels.tolist()))
