"""A row of numbers for each picture, computed once and kept in one file."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from prosopon.errors import ProsoponError
from prosopon.files import replacing
from prosopon.records import Float32

_LEAST_NEW = 256
"""Rows after which the file is written again, or a quarter of what it holds, if that is more."""


class RowCache:
    """Rows (width,) by name. The file is always whole: it is written beside and then renamed.

    file : None keeps nothing.
    """

    def __init__(self, file: Path | None, width: int) -> None:
        self.file, self.width = file, width
        self.known: dict[str, Float32] = {} if file is None else _load(file, width)

    def rows(
        self, names: Sequence[str], compute: Callable[[list[int]], Iterator[Float32]]
    ) -> Float32:
        """(n, width), taking from `compute` what is not known yet.

        compute : the numbers of missing names → batches (b, width) of their rows, in order.
        """
        missing = [number for number, name in enumerate(names) if name not in self.known]
        done = saved = 0
        for batch in compute(missing) if missing else ():
            of = missing[done : done + len(batch)]
            self.known |= {names[at]: row for at, row in zip(of, batch, strict=True)}
            done += len(of)
            if done - saved >= max(_LEAST_NEW, len(self.known) // 4):
                self._save()
                saved = done
        if done > saved:
            self._save()
        rows = [self.known[name] for name in names]
        return np.stack(rows) if rows else np.empty((0, self.width), np.float32)

    def _save(self) -> None:
        if self.file is None:
            return
        names, rows = np.array(list(self.known)), np.stack([*self.known.values()])
        with replacing(self.file) as fresh, fresh.open("wb") as stream:
            np.savez(stream, pictures=names, rows=rows)


def _load(file: Path, width: int) -> dict[str, Float32]:
    if not file.exists():
        return {}
    try:
        with np.load(file, allow_pickle=False) as arrays:
            names, rows = arrays["pictures"].tolist(), arrays["rows"].astype(np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise ProsoponError(
            f"{file}: not a cache of pictures ({error}). Remove the file to make it anew"
        ) from error
    if rows.ndim != 2 or rows.shape[1] != width:
        raise ProsoponError(
            f"{file}: holds rows of {rows.shape[-1]} numbers, and {width} were expected: the "
            "model has changed since. Remove the file to make it anew"
        )
    return dict(zip(names, rows, strict=True))
