"""Pixels as JPEG files, for pages."""

import cv2

from prosopon.records import UInt8


def jpeg(picture: UInt8, quality: int = 95) -> bytes:
    """RGB pixels (h, w, 3) as a JPEG file."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, content = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(content)
