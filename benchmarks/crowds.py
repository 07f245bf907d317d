"""Made-up embeddings as hard to cluster as real ones, for sizes that no data set here has.

A face's vector is a common direction, plus the person's deviation from it, plus the face's own.
Both deviations are Gaussian with exponentially falling spectra and a lognormal scale for each
person or face. The six numbers were fitted (Nelder-Mead) so that thirteen quantiles of the cosines
between strangers and between photographs of one person are those of `dlib-resnet` on LFW: to 0.002
on average. Persons have Zipf-distributed numbers of faces.
"""

import numpy as np

from prosopon.records import Embeddings

DIMENSIONS = 128
BETWEEN, WITHIN = 0.3685, 0.2368
"""Size of the two deviations, relative to the common direction."""
DECAY_BETWEEN, DECAY_WITHIN = 19.15, 29.56
"""Dimensions over which their variance falls to 1/e."""
SPREAD_BETWEEN, SPREAD_WITHIN = 0.03, 0.2175
"""Standard deviation of the logarithm of their scale."""
ZIPF = 2.0
LARGEST = 1_000
BLOCK = 65_536


def crowd(n: int, seed: int = 0, dimensions: int = DIMENSIONS) -> tuple[Embeddings, np.ndarray]:
    """`n` faces and (n,) the person of each."""
    rng = np.random.default_rng(seed)
    sizes = np.minimum(rng.zipf(ZIPF, size=n), LARGEST)
    persons = np.repeat(np.arange(n), sizes)[:n]
    rng.shuffle(persons)
    people = persons.max() + 1
    deviations = rng.normal(size=(people, dimensions)).astype(np.float32)
    deviations *= _spectrum(dimensions, BETWEEN, DECAY_BETWEEN)
    deviations *= rng.lognormal(0, SPREAD_BETWEEN, size=(people, 1)).astype(np.float32)
    common = rng.normal(size=dimensions)
    common /= np.linalg.norm(common)
    vectors = deviations[persons]
    vectors += common.astype(np.float32)
    del deviations
    for start in range(0, n, BLOCK):
        block = vectors[start : start + BLOCK]
        noise = rng.normal(size=block.shape).astype(np.float32)
        noise *= _spectrum(dimensions, WITHIN, DECAY_WITHIN)
        block += noise * rng.lognormal(0, SPREAD_WITHIN, size=(len(block), 1)).astype(np.float32)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return Embeddings(np.arange(n), vectors, "made-up"), persons


def _spectrum(dimensions: int, size: float, decay: float) -> np.ndarray:
    scales = np.exp(-np.arange(dimensions) / (2 * decay))
    return (size * scales / np.linalg.norm(scales)).astype(np.float32)
