"""Many faces on one picture."""

import io
import math
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from prosopon.records import UInt8, as_array

WHITE = 255


def contact_sheet(
    chips: UInt8, columns: int = 0, cell: int = 96, gap: int = 4, marked: Sequence[int] = ()
) -> bytes:
    """Chips (n, h, w, 3) in rows from left to right, as PNG.

    columns : 0 for a sheet about as wide as high; cell : pixels of the longer side of a face;
    marked : faces with a frame around them, such as the medoid. No faces give an empty cell.
    """
    faces = as_array(chips, np.uint8, (None, None, None, 3), "chips")
    count = max(len(faces), 1)
    across = min(columns or math.ceil(math.sqrt(count)), count)
    down = math.ceil(count / across)
    scale = cell / max(*faces.shape[1:3], 1)
    height, width = (max(round(side * scale), 1) for side in faces.shape[1:3])
    pitch_y, pitch_x = height + gap, width + gap
    sheet = np.full((gap + down * pitch_y, gap + across * pitch_x, 3), WHITE, np.uint8)
    for number, face in enumerate(faces):
        top, left = gap + number // across * pitch_y, gap + number % across * pitch_x
        small = cv2.resize(face, (width, height), interpolation=cv2.INTER_AREA)
        sheet[top : top + height, left : left + width] = small
        if number in marked:
            corner = (left + width - 1, top + height - 1)
            cv2.rectangle(sheet, (left, top), corner, (31, 111, 139), 3)
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
