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
_PAIRS = 2_000_000
"""Pairs that are compared at a time."""
_MANY = 8_000
"""Photographs from which pairs are looked up: of 20,000 this finds 99.9 % of those that comparing
all of them does."""


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


def _same_picture(hashes: Sequence[bytes], aspects: Float32) -> Int64:
    """(p, 2) pairs of copies, each once."""
    rows = np.flatnonzero([len(code) == HASH_BYTES for code in hashes])
    if len(rows) < 2:
        return np.empty((0, 2), np.int64)
    codes = np.frombuffer(b"".join(hashes[row] for row in rows.tolist()), np.uint8)
    codes = codes.reshape(len(rows), -1)
    pairs = _similar(codes)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    ratio = aspects[rows[pairs[:, 0]]] / aspects[rows[pairs[:, 1]]]
    same: Int64 = rows[pairs[np.maximum(ratio, 1 / ratio) <= _MAX_ASPECT]]
    return same


def _similar(codes: UInt8) -> Int64:
    """(p, 2) rows of `codes` (n, 32) that differ in at most MAX_DIFFERENT_BITS bits, both ways
    round, a row with itself too or not.
    """
    if len(codes) > _MANY:
        return _looked_up(codes)
    words = codes.view(np.uint64)
    found = [np.empty((0, 2), np.int64)]
    step = max(_PAIRS // len(codes), 1)
    for start in range(0, len(codes), step):
        part = slice(start, start + step)
        different = sum(np.bitwise_count(w[part, None] ^ w).astype(np.int16) for w in words.T)
        one, other = np.nonzero(different <= MAX_DIFFERENT_BITS)
        found.append(np.column_stack((start + one, other)))
    return np.concatenate(found)


def _looked_up(codes: UInt8) -> Int64:
    """(p, 2) of any two that differ in few bits, both ways round, found by sixteenths of the hash:
    of copies one at least is the same nearly always.
    """
    words, n = codes.view(np.uint64), len(codes)
    found = [np.empty((0, 2), np.int64)]
    for piece in codes.view(np.uint16).T:
        order = np.argsort(piece, kind="stable")
        first, shift = np.arange(n), 0
        while len(first):  # each with the next, then with the next but one, in the order
            shift += 1
            first = first[first + shift < n]
            first = first[piece[order[first]] == piece[order[first + shift]]]
            one, other = order[first], order[first + shift]
            near = np.bitwise_count(words[one] ^ words[other]).sum(1) <= MAX_DIFFERENT_BITS
            found.append(np.column_stack((one[near], other[near])))
    pairs = np.unique(np.concatenate(found), axis=0)
    return np.concatenate([pairs, pairs[:, ::-1]])
