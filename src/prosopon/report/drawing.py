"""A photograph with what was found in it drawn over it."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from prosopon.errors import UsageError
from prosopon.records import Float32, UInt8

_COLOURS = ("#ffb000", "#648fff", "#dc267f", "#fe6100", "#785ef0", "#00c2a8")
"""Told apart with every kind of colour vision (IBM's palette, and one more)."""


def draw_faces(
    pixels: UInt8, boxes: Float32, landmarks: Float32, captions: Sequence[str], target: Path
) -> None:
    """Draw boxes (n, 4), landmarks (n, points, 2; NaN are left out) and a caption for each face,
    into the picture file `target`. Raises UsageError where it can't be written."""
    picture = Image.fromarray(pixels)
    pen = ImageDraw.Draw(picture)
    width = max(2, max(picture.size) // 400)
    font = ImageFont.load_default(size=max(12, max(picture.size) // 60))
    for row, caption in enumerate(captions):
        colour = _COLOURS[row % len(_COLOURS)]
        x1, y1, x2, y2 = boxes[row].tolist()
        pen.rectangle((x1, y1, x2, y2), outline=colour, width=width)
        for x, y in landmarks[row].tolist():
            if x == x:
                pen.ellipse((x - width, y - width, x + width, y + width), fill=colour)
        place = (x1, y2 + width)
        pen.rectangle(pen.textbbox(place, caption, font=font), fill=colour)
        pen.text(place, caption, fill="black", font=font)
    try:
        picture.save(target)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{target}: can't be written as a picture: {error}; give a name ending in .png or .jpg"
        ) from error
