"""Pages of PDF documents, as scanning programs make them. Called in the helper process only:
the library may hold one document at a time, and documents may be hostile."""

import hashlib
import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np

from prosopon.photos.limits import check_size
from prosopon.photos.opening import optional
from prosopon.photos.unreadable import UnreadablePhoto
from prosopon.records import Limits, UInt8

_MAX_PAGES = 2_000
_POINTS = 72
"""Points to an inch, the unit of PDF pages."""
_DPI = 200
"""For pages without a picture."""
_LEAST_DPI, _MOST_DPI = 72, 600
_MAX_OBJECTS = 200


def sizes(content: bytes) -> list[tuple[int, int, str]]:
    """Of every page width and height in pixels as `render` gives it, and the SHA-256 of the
    pictures on it, empty where there is none.

    Raises UnreadablePhoto.
    """
    with _document(content) as document:
        sheets = (document[number] for number in range(min(len(document), _MAX_PAGES)))
        return [(*_size(sheet), _digest(sheet)) for sheet in sheets]


def render(content: bytes, page: int, limit: Limits) -> UInt8:
    """(H, W, 3) of page `page` (from 1), at the resolution of the finest picture on it.

    Raises UnreadablePhoto.
    """
    with _document(content) as document:
        if not 1 <= page <= len(document):
            raise UnreadablePhoto(f"there is no page {page} in this file")
        sheet = document[page - 1]
        width, height = _size(sheet)
        check_size(width, height, limit)
        bitmap = sheet.render(scale=_resolution(sheet) / _POINTS, rev_byteorder=True)
        pixels = bitmap.to_numpy()[:height, :width, :3]
        return np.ascontiguousarray(pixels)


@contextmanager
def _document(content: bytes) -> Iterator[Any]:
    pypdfium2 = optional("pypdfium2", "pdf", "PDF")
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise UnreadablePhoto(f"damaged or protected PDF: {error}") from error
    try:
        yield document
    except pypdfium2.PdfiumError as error:
        raise UnreadablePhoto(f"damaged PDF: {error}") from error
    finally:
        document.close()


def _size(sheet: Any) -> tuple[int, int]:
    scale = _resolution(sheet) / _POINTS
    width, height = (max(1, math.ceil(side * scale - 0.01)) for side in sheet.get_size())
    return width, height


def _resolution(sheet: Any) -> float:
    """Dots an inch that show the largest picture of the page in its own pixels."""
    found = 0.0
    for image in _images(sheet):
        left, bottom, right, top = image.get_bounds()
        width, height = image.get_px_size()
        if (right - left) * (top - bottom) > 0:
            shown = max(right - left, top - bottom)
            found = max(found, max(width, height) * _POINTS / shown)
    return min(max(found, _LEAST_DPI), _MOST_DPI) if found else _DPI


def _digest(sheet: Any) -> str:
    hashed, empty = hashlib.sha256(), True
    for image in _images(sheet):
        hashed.update(bytes(image.get_data()))
        empty = False
    return "" if empty else hashed.hexdigest()


def _images(sheet: Any) -> Iterator[Any]:
    pdfium = optional("pypdfium2", "pdf", "PDF").raw
    return islice(sheet.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]), _MAX_OBJECTS)
