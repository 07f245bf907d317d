"""Photographs that are copies of one another: saved again, resized, of other quality or colour.

A photograph's perceptual hash is 256 bits: the signs of the lowest 16 × 16 frequencies of its
brightness against their median (Zauner, Implementation and Benchmarking of Perceptual Image Hash
Functions, 2010). Copies differ in a few bits, other photographs in about half.
"""

from collections.abc import Sequence

import numpy as np

from prosopon.disjoint import DisjointSets
from prosopon.records import Float32, Int64, UInt8

HASH_BYTES = 32
MAX_DIFFERENT_BITS = 24
"""Of 256, up to which two photographs count as copies."""
_MAX_ASPECT = 1.03
_SIDE, _KEPT = 64, 16
_ENOUGH = 256
"""Pixels of the shorter side from which averages over 64 parts are as good as those of all."""
_LEAST_CONTRAST = 2.0
_ROWS = 2_000


def perceptual_hash(pixels: UInt8) -> bytes:
    """The hash of an upright picture (H, W, 3); empty for a picture of one tone, like no other."""
    import cv2

    step = max(1, min(pixels.shape[:2]) // _ENOUGH)
    fewer = np.ascontiguousarray(pixels[::step, ::step])
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
    rows = np.flatnonzero([len(code) == HASH_BYTES for code in hashes])
    if len(rows) < 2:
        return first
    codes = np.frombuffer(b"".join(hashes[row] for row in rows.tolist()), np.uint8).reshape(
        len(rows), -1
    )
    pairs = _similar(codes)
    ratio = aspects[rows[pairs[:, 0]]] / aspects[rows[pairs[:, 1]]]
    pairs = rows[pairs[np.maximum(ratio, 1 / ratio) <= _MAX_ASPECT]]
    sets = DisjointSets(np.unique(pairs).tolist())
    for one, other in pairs.tolist():
        sets.merge(one, other)
    for row in np.unique(pairs).tolist():
        first[row] = min(sets.subset(row))
    return first


def _similar(codes: UInt8) -> Int64:
    """(p, 2) rows of `codes` (n, 32) that differ in at most MAX_DIFFERENT_BITS bits."""
    if len(codes) <= _ROWS:  # too few to wait until FAISS is loaded
        words = codes.view(np.uint64)
        different = sum(np.bitwise_count(word[:, None] ^ word).astype(int) for word in words.T)
        return np.argwhere(np.triu(different <= MAX_DIFFERENT_BITS, 1))
    import faiss

    index = faiss.IndexBinaryFlat(8 * HASH_BYTES)
    index.add(codes)
    found = []
    for start in range(0, len(codes), _ROWS):
        part = codes[start : start + _ROWS]
        ends, _, others = index.range_search(part, MAX_DIFFERENT_BITS + 1)
        counts = np.asarray(ends[1:] - ends[:-1], np.int64)
        ones = np.repeat(np.arange(start, start + len(part)), counts)
        found.append(np.stack([ones, others], axis=1)[ones < others])
    pairs: Int64 = np.concatenate(found).astype(np.int64)
    return pairs
