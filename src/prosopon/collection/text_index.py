"""Which of many short texts hold a part: a million paths in some milliseconds."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from prosopon.persons import search_key


class TextIndex:
    """All texts one after the other, as `search_key` compares them, in UTF-8."""

    def __init__(self, texts: Sequence[str]) -> None:
        """texts : (n,), without NUL, which parts them here."""
        joined = "".join(f"{text}\0" for text in texts)
        self._bytes = np.frombuffer(_encoded(joined), np.uint8)
        self._starts = np.concatenate([[0], np.flatnonzero(self._bytes == 0) + 1])
        self._counts = np.bincount(self._bytes, minlength=256)

    def holding(self, part: str) -> NDArray[np.bool_]:
        """(n,) which of the texts hold this part, in any case, with accents or without."""
        wanted = np.frombuffer(_encoded(part), np.uint8)
        if not len(wanted) or not wanted.all():
            return np.zeros(len(self._starts) - 1, bool)
        rarest = int(np.argmin(self._counts[wanted]))
        found = np.flatnonzero(self._bytes == wanted[rarest]) - rarest
        found = found[(found >= 0) & (found + len(wanted) <= len(self._bytes))]
        for place, byte in enumerate(wanted.tolist()):
            found = found[self._bytes[found + place] == byte]
        until = np.searchsorted(found, self._starts)
        return np.asarray(until[1:] > until[:-1])


def _encoded(text: str) -> bytes:
    return search_key(text).encode("utf-8", "surrogatepass")
