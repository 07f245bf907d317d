"""A long search in steps whose results are kept, so that it goes on where it was stopped."""

import hashlib
import logging
import shutil
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from prosopon.errors import ProsoponError
from prosopon.files import load_arrays, save_arrays
from prosopon.records import Embeddings

_log = logging.getLogger(__name__)


class Steps:
    """Arrays under the name of a step, in a folder of their own; without a folder none are kept."""

    def __init__(self, folder: Path | None, of: str = "") -> None:
        """of : what the search is of; arrays of another are not gone on with."""
        self._folder = folder
        self._of = of

    @property
    def kept(self) -> bool:
        return self._folder is not None

    def load(self, name: str) -> list[NDArray[Any]]:
        """The arrays of a step, mapped; none where it wasn't finished."""
        if self._folder is None:
            return []
        try:
            arrays, about = load_arrays(self._folder / name)
        except ProsoponError:
            return []
        return list(arrays.values()) if about.get("of") == self._of else []

    def keep(self, name: str, *arrays: NDArray[Any], instead_of: str | None = None) -> None:
        """Write the arrays of a finished step; those of the step before are needed no more."""
        if self._folder is None:
            return
        try:
            numbered = {str(number): array for number, array in enumerate(arrays)}
            save_arrays(self._folder / name, numbered, {"of": self._of})
        except OSError as error:
            _log.warning("%s: the search can't be gone on with later: %s", self._folder, error)
            self.finish()
        else:
            if instead_of is not None:
                shutil.rmtree(self._folder / instead_of, ignore_errors=True)

    def finish(self) -> None:
        """Remove everything."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def fingerprint(embeddings: Embeddings, k: int) -> str:
    """Of the search for the `k` nearest: another for other faces or other vectors."""
    found = hashlib.sha256(f"{embeddings.model} {embeddings.vectors.shape} {k}".encode())
    found.update(embeddings.face_ids.tobytes())
    step = max(len(embeddings) // 1_000, 1)
    found.update(embeddings.vectors[::step].tobytes())
    return found.hexdigest()
