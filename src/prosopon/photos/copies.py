"""Photographs that are copies of one another: saved again, resized, of other quality or colour.

A photograph's perceptual hash is 256 bits: the signs of the lowest 16 × 16 frequencies of its
brightness against their median (Zauner, Implementation and Benchmarking of Perceptual Image Hash
Functions, 2010). Copies differ in a few bits, other photographs in about half.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prosopon.disjoint import DisjointSets
from prosopon.records import Float32, Int64, UInt8

HASH_BYTES = 32
MAX_DIFFERENT_BITS = 24
"""Of 256, up to which two photographs count as copies."""
_MAX_ASPECT = 1.03
_BESIDE = 0.25
"""Share of a box's side by which the same face may lie elsewhere in a copy."""
_SIDE, _KEPT = 64, 16
_ENOUGH = 256
"""Pixels of the shorter side from which averages over 64 parts are as good as those of all."""
_LEAST_CONTRAST = 2.0
_ROWS = 2_000
_FEW = _ROWS**2
"""Pairs that are compared without an index."""
_MANY = 20_000
"""Photographs from which an approximate index is used: of 20,000 it finds 99.9 % of the pairs that
an exact one does, and of 200,000 in a fifth of the time."""


def perceptual_hash(pixels: UInt8) -> bytes:
    """The hash of an upright picture (H, W, 3); empty for a picture of one tone, like no other."""
    import cv2

    step = max(1, min(pixels.shape[:2]) // _ENOUGH)
    size = pixels.shape[1] // step, pixels.shape[0] // step
    fewer = cv2.resize(pixels, size, interpolation=cv2.INTER_NEAREST)
    small = cv2.resize(fewer, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    brightness: Float32 = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    if brightness.std() < _LEAST_CONTRAST:
        return b""
    frequencies = cv2.dct(brightness)[:_KEPT, :_KEPT].ravel()
    return np.packbits(frequencies > np.median(frequencies[1:])).tobytes()


def copies(hashes: Sequence[bytes], aspects: Float32) -> Int64:
    """Which photographs are copies of one another: (n,) the row of the first copy of each.

    hashes : as `perceptual_hash` gives them; empty ones are copies of nothing.
    aspects : (n,) width divided by height; copies have the same within 3 %.
    """
    first = np.arange(len(hashes))
    pairs = _same_picture(hashes, aspects)
    sets = DisjointSets(np.unique(pairs).tolist())
    for one, other in pairs.tolist():
        sets.merge(one, other)
    for row in np.unique(pairs).tolist():
        first[row] = min(sets.subset(row))
    return first


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Places in photographs."""

    hashes: UInt8
    """(n, HASH_BYTES) of each place's photograph; zeros where there is none."""
    boxes: Float32
    """(n, 4) x1, y1, x2, y2 as shares of the photograph's sides."""

    def same(self, one: Int64, other: Int64) -> NDArray[np.bool_]:
        """(p,) whether two places, given as rows (p,), are the same in copies of a photograph."""
        words = self.hashes.view(np.uint64)
        different = np.asarray(np.bitwise_count(words[one] ^ words[other])).sum(axis=1)
        sides = (self.boxes[:, 2:] - self.boxes[:, :2])[one]
        apart = np.abs(self.boxes[one] - self.boxes[other]) > np.tile(sides, 2) * _BESIDE
        known = np.asarray(words[one] != 0).any(axis=1)
        same: NDArray[np.bool_] = known & (different <= MAX_DIFFERENT_BITS) & ~apart.any(axis=1)
        return same


def copies_of(rows: Int64, hashes: Sequence[bytes], aspects: Float32) -> Int64:
    """(p, 2) pairs of one of the photographs `rows` with another that is a copy of it.

    hashes, aspects : of all photographs, as in `copies`.
    """
    return _same_picture(hashes, aspects, rows)


def _same_picture(hashes: Sequence[bytes], aspects: Float32, asked: Int64 | None = None) -> Int64:
    """(p, 2) pairs of copies; each pair of all photographs once, or of those asked with any."""
    rows = np.flatnonzero([len(code) == HASH_BYTES for code in hashes])
    if len(rows) < 2:
        return np.empty((0, 2), np.int64)
    codes = np.frombuffer(b"".join(hashes[row] for row in rows.tolist()), np.uint8)
    codes = codes.reshape(len(rows), -1)
    ones = np.arange(len(rows)) if asked is None else np.flatnonzero(np.isin(rows, asked))
    pairs = _similar(codes, ones)
    pairs = pairs[pairs[:, 0] < pairs[:, 1] if asked is None else pairs[:, 0] != pairs[:, 1]]
    ratio = aspects[rows[pairs[:, 0]]] / aspects[rows[pairs[:, 1]]]
    same: Int64 = rows[pairs[np.maximum(ratio, 1 / ratio) <= _MAX_ASPECT]]
    return same


def _similar(codes: UInt8, ones: Int64) -> Int64:
    """(p, 2) of the rows `ones` of `codes` (n, 32) with any that differ in at most
    MAX_DIFFERENT_BITS bits, themselves too.
    """
    if len(codes) * len(ones) <= _FEW:  # too few to wait until FAISS is loaded
        words = codes.view(np.uint64)
        different = sum(np.bitwise_count(w[ones, None] ^ w).astype(int) for w in words.T)
        one, other = np.nonzero(different <= MAX_DIFFERENT_BITS)
        return np.column_stack((ones[one], other))
    import faiss

    index: faiss.IndexBinary = faiss.IndexBinaryFlat(8 * HASH_BYTES)
    if len(codes) > _MANY and len(ones) == len(codes):
        # looked up by sixteenths of the hash: of copies one at least is the same nearly always
        index = faiss.IndexBinaryMultiHash(8 * HASH_BYTES, 16, 16)
    index.add(codes)
    found = [np.empty((0, 2), np.int64)]
    for start in range(0, len(ones), _ROWS):
        part = ones[start : start + _ROWS]
        ends, _, others = index.range_search(codes[part], MAX_DIFFERENT_BITS + 1)
        counts = np.asarray(ends[1:] - ends[:-1], np.int64)
        found.append(np.column_stack((np.repeat(part, counts), others)))
    pairs: Int64 = np.concatenate(found).astype(np.int64)
    return pairs
