"""Aligned chips: faces turned, scaled and moved so that their landmarks come to lie on a template.

A similarity transform keeps shapes: z ↦ a·z + b with complex a (scale and rotation) and b (shift),
a point x, y being the number x + iy. Coordinates are those of pixel centres: the centre of the
top left pixel is (0, 0).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prosopon.records import Float32, UInt8, as_array

Complex = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Template:
    """Where a face's landmarks lie in a chip."""

    landmarks: str
    """Which points: `corners` (dlib's five: eye on the image's right, outer and inner corner, eye
    on its left, outer and inner corner, base of the nose), `centres` (`records.LANDMARKS_5`), or
    `box` (`box_points`: the face is cut upright as it stands, not turned level)."""
    points: tuple[tuple[float, float], ...]
    """x, y in pixels of the chip."""
    size: tuple[int, int]
    """Height, width of the chip in pixels."""


_DLIB_MEAN_FACE = (
    (0.8595674595992, 0.2134981538014),
    (0.6460604764104, 0.2289674387677),
    (0.1205750620789, 0.2137274526848),
    (0.3340850613712, 0.2290642403242),
    (0.4901123135679, 0.6277975316475),
)
"""dlib's five points in a unit square (dlib, `image_transforms/interpolation.h`)."""

_ARCFACE = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)
"""Five points in a chip of 112 by 112 pixels (Deng et al., ArcFace, 2019; insightface)."""


def dlib_template(size: int = 150, padding: float = 0.25) -> Template:
    """dlib's chip: `padding` is the margin on each side as a share of the unpadded face.

    dlib measures its mean face from the edge of the first pixel, not from its centre.
    """
    points = (size * (np.array(_DLIB_MEAN_FACE) + padding) / (1 + 2 * padding)) - 0.5
    return Template("corners", tuple((float(x), float(y)) for x, y in points), (size, size))


def arcface_template(size: int = 112) -> Template:
    """ArcFace's chip, scaled from 112 pixels."""
    points = tuple((x * size / 112, y * size / 112) for x, y in _ARCFACE)
    return Template("centres", points, (size, size))


def lightcnn_template(size: int = 128) -> Template:
    """LightCNN's chip: eyes on line 40 of 128, mouth corners on line 88, as its authors ask."""
    points = np.array(_ARCFACE)
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    moved = (points - eyes) * 48 / (mouth - eyes)[1] + [64, 40]
    return Template(
        "centres", tuple((x * size / 128, y * size / 128) for x, y in moved), (size, size)
    )


TEMPLATES = {
    "dlib-5": dlib_template(),
    # the same face at the same size in its middle, and what is around it
    "dlib-5-wide": dlib_template(240, 0.7),
    "arcface-112": arcface_template(),
    "arcface-100": arcface_template(100),
    "lightcnn-128": lightcnn_template(),
    # the same face, cut narrower (SphereFace, Liu et al. 2017)
    "sphereface-112x96": Template("centres", tuple((x - 8, y) for x, y in _ARCFACE), (112, 96)),
}
"""The alignments that model cards name."""


def box_points(boxes: Float32) -> Float32:
    """(n, 5, 2) corners and centre of the square about each box (n, 4), of its longer side."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    halves = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0) / 2
    signs = np.array([(-1, -1), (1, -1), (0, 0), (-1, 1), (1, 1)], np.float32)
    points: Float32 = centres[:, None] + halves[:, None, None] * signs
    return points


def similarities(source: Float32, target: Float32) -> tuple[Complex, Complex]:
    """The similarity transforms that bring `source` nearest to `target` in least squares.

    source, target : (n, points, 2) or broadcastable; returns a (n,) and b (n,).
    Without reflection, in the plane, Umeyama's solution (1991) is a complex regression line.
    Points that all coincide give a = 0.
    """
    z, w = _complex(source), _complex(target)
    z_mean, w_mean = z.mean(-1, keepdims=True), w.mean(-1, keepdims=True)
    z, w = z - z_mean, w - w_mean
    spread = (z * z.conj()).real.sum(-1)
    product = (z.conj() * w).sum(-1)
    a = np.divide(product, spread, out=np.zeros_like(product), where=spread > 0)
    return a, w_mean[..., 0] - a * z_mean[..., 0]


def transform(points: Float32, a: Complex, b: Complex) -> Float32:
    """`points` (n, points, 2) under the transforms a, b (n,) each."""
    moved = a[:, None] * _complex(points) + b[:, None]
    return np.stack([moved.real, moved.imag], axis=-1).astype(np.float32)


def cut_chips(pixels: UInt8, landmarks: Float32, template: Template) -> UInt8:
    """Cut one chip for each face.

    pixels : (H, W, 3) uint8; landmarks : (n, 5, 2) x, y in its pixels, in the template's order;
    returns (n, height, width, 3) uint8. What lies outside of the picture is black.

    Templates of `corners` are fitted to the face, as dlib does; faces are fitted to templates of
    `centres`, as ArcFace's and SphereFace's authors do. The two are not the same in least squares.
    As in dlib, a face that is at least twice as large as its chip is first halved, with a
    five-point binomial filter, until it is less than twice as large; then it is sampled bilinearly.
    """
    landmarks = as_array(landmarks, np.float32, (None, 5, 2), "landmarks")
    chips = np.zeros((len(landmarks), *template.size, 3), np.uint8)
    points = np.array(template.points, np.float32)
    if template.landmarks == "corners":
        scale, shift = similarities(points, landmarks)
        with np.errstate(divide="ignore", invalid="ignore"):
            a, b = 1 / scale, -shift / scale
    else:
        a, b = similarities(landmarks, points)
    for chip, turn, move in zip(chips, a, b, strict=True):
        if np.isfinite(turn) and 1e-6 < abs(turn) < 1e6:
            _cut(pixels, turn, move, chip)
    return chips


def _cut(pixels: UInt8, a: complex, b: complex, chip: UInt8) -> None:
    """Fill `chip` with what z ↦ a·z + b brings into it."""
    import cv2  # here, because opening a collection should not wait for it

    height, width = chip.shape[:2]
    halvings = max(0, int(np.floor(-np.log2(abs(a)))))
    corners = (np.array([0, width, 1j * height, width + 1j * height]) - b) / a
    margin = 4 * 2**halvings
    left, top = (int(np.floor(part.min())) - margin for part in (corners.real, corners.imag))
    right, bottom = (int(np.ceil(part.max())) + margin for part in (corners.real, corners.imag))
    left, top = max(left, 0), max(top, 0)
    region = pixels[top : max(bottom, top), left : max(right, left)]
    if region.size == 0:
        return
    b = b + a * (left + 1j * top)
    for _ in range(halvings):
        region = np.asarray(cv2.pyrDown(region), np.uint8)
        a = a * 2  # the pixel at x is now at x / 2
    matrix = np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])
    cv2.warpAffine(region, matrix, (width, height), dst=chip, flags=cv2.INTER_LINEAR)


def _complex(points: Float32) -> Complex:
    xy = np.ascontiguousarray(points, np.float64)
    return xy.view(np.complex128)[..., 0]
