"""Writes small networks in dlib's serialisation, with known weights."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def integer(value: int) -> bytes:
    """dlib's integer: sign and byte count, then the bytes."""
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def real(value: float) -> bytes:
    """dlib's number: mantissa and exponent."""
    mantissa, exponent = np.frexp(value)
    return integer(int(mantissa * 2**24)) + integer(int(exponent) - 24)


def string(text: str) -> bytes:
    return integer(len(text)) + text.encode()


def shape(*sizes: int) -> bytes:
    return b"".join(integer(size) for size in sizes)


def tensor(values: Array) -> bytes:
    return integer(2) + shape(*values.shape) + values.astype("<f4").tobytes()


def alias(*sizes: int) -> bytes:
    return integer(1) + shape(*sizes)


LEFTOVERS = b"110" + 3 * tensor(np.zeros((0, 0, 0, 0), np.float32))
RATES = 4 * real(1.0)


def convolution(weights: Array, bias: Array, stride: int, padding: int) -> bytes:
    filters, _, rows, columns = weights.shape
    parameters = np.concatenate([weights.ravel(), bias]).reshape(-1, 1, 1, 1)
    return (
        string("con_4")
        + tensor(parameters)
        + shape(filters, rows, columns, stride, stride, padding, padding)
        + alias(*weights.shape)
        + alias(1, filters, 1, 1)
        + RATES
    )


def batch_norm(scale: Array, shift: Array, means: Array, variances: Array) -> bytes:
    count = len(scale)
    parameters = np.concatenate([scale, shift]).reshape(-1, 1, 1, 1)
    statistics = [means, 1 / np.sqrt(variances), means, variances]
    return (
        string("bn_con2")
        + tensor(parameters)
        + 2 * alias(1, count, 1, 1)
        + b"".join(tensor(values.reshape(1, -1, 1, 1)) for values in statistics)
        + shape(100, 100)
        + RATES
        + real(1e-4)
    )


def detector(layers: list[bytes]) -> bytes:
    """A whole MMOD file of these layers, from the input to the output."""
    options = integer(1) + shape(80, 80) + 7 * real(0.5)
    head = integer(1) + string("loss_mmod_") + options
    versions = integer(2) * (len(layers) - 1) + integer(3)
    source = string("input_rgb_image_pyramid") + real(122.782) + real(117.001) + real(104.298)
    first, *rest = (layer + LEFTOVERS for layer in layers)
    return head + versions + source + first + integer(1) + b"".join(rest)
