"""CenterFace: faces as points (Xu, Yan, Yang et al. 2019, arXiv:1911.03599).

A heat map with a cell every 4 pixels says where the centres of faces are; beside it stand the
logarithm of the box's height and width in cells, the centre's offset within its cell, both y before
x, and five landmarks as shares of the box, again y before x. Boxes run from the hairline to the
chin; scores are the heat map's, 0 to 1.
"""

import numpy as np

from prosopon.faces.one_pass import Found, OnePass
from prosopon.records import Float32

STRIDE = 4


class CenterFace(OnePass):
    """See the module."""

    score = 0.4
    evens_out = False

    def _decode(self, outputs: list[Float32], width: int, threshold: float) -> Found:
        heat, size, offset, points = (output[0] for output in outputs)
        rows, columns = np.nonzero(heat[0] > threshold)
        cells = np.stack([columns, rows], axis=1)
        centres = (cells + offset[::-1, rows, columns].T + 0.5) * STRIDE
        sides = np.exp(size[::-1, rows, columns].T) * STRIDE
        low = centres - sides / 2
        shares = points[:, rows, columns].T.reshape(-1, 5, 2)[..., ::-1]
        landmarks = low[:, None] + shares * sides[:, None]
        boxes = np.hstack([low, low + sides])
        return boxes.astype(np.float32), heat[0, rows, columns], landmarks.astype(np.float32)


DETECTORS = {"centerface": CenterFace}
