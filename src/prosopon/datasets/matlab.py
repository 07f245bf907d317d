"""Variables of MATLAB files: numbers as arrays, cells of strings as lists."""

from pathlib import Path
from typing import Any

import numpy as np
import scipy.io

from prosopon.errors import ProsoponError
from prosopon.optional import require


def read_cells(path: Path) -> dict[str, Any]:
    """All variables by name, of version 7.2 and before (scipy) or 7.3 (HDF5, needs h5py)."""
    try:
        if path.read_bytes()[:10] == b"MATLAB 7.3":
            return _read_hdf5(path)
        values = scipy.io.loadmat(path, chars_as_strings=True)
    except (OSError, ValueError, NotImplementedError) as error:
        raise ProsoponError(f"{path}: not a readable MATLAB file: {error}") from error
    return {
        name: [str(np.ravel(cell)[0]) for cell in value.ravel()] if value.dtype == object else value
        for name, value in values.items()
        if not name.startswith("__")
    }


def _read_hdf5(path: Path) -> dict[str, Any]:
    h5py = require("h5py", extra="study")

    def value(file: Any, item: Any) -> Any:
        if item.dtype == h5py.ref_dtype:  # a cell array: references to what the cells hold
            return ["".join(map(chr, np.ravel(file[cell][()]))) for cell in np.ravel(item[()])]
        return item[()].T  # MATLAB counts columns first

    with h5py.File(path) as file:
        return {name: value(file, item) for name, item in file.items() if hasattr(item, "dtype")}
