"""What leaving out the worst pictures of a list of pairs would bring."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from prosopon import engines
from prosopon.datasets import AlignedFaces
from prosopon.faces.quality import pose, sharpness
from prosopon.files import write_bytes, write_table
from prosopon.metrics.verification import error_versus_reject
from prosopon.records import Float64, Int64
from prosopon.verification import figures
from prosopon.verification.pairs import Pairs
from prosopon.verification.scoring import NO_FACE

SHARES = np.round(np.arange(0, 0.51, 0.05), 2)
"""Of the pairs of one person, left out."""


def write(
    folder: Path, pairs: Pairs, portraits: AlignedFaces, cosines: Mapping[str, Float64]
) -> list[Path]:
    """Write error-versus-reject curves of each embedder and measure, as a table and a plot;
    nothing where pairs of one kind have no faces."""
    qualities = measures(portraits)
    rows, drawn = [], {}
    for embedder, cosine in cosines.items():
        here = pairs.scored & (cosine != NO_FACE)
        if len(np.unique(pairs.same[here])) < 2:
            continue
        for name, of_picture in qualities.items():
            worst = np.minimum(of_picture[pairs.left], of_picture[pairs.right])[here]
            errors = error_versus_reject(cosine[here], pairs.same[here], worst, SHARES)
            rows += [
                {"embedder": embedder, "quality": name, "left_out": share, "false_rejects": error}
                for share, error in zip(SHARES.tolist(), errors.tolist(), strict=True)
            ]
            drawn[f"{embedder}: {name}"] = errors
    if not rows:
        return []
    files = [folder / "reject.csv", folder / "reject.png"]
    write_table(files[0], rows)
    write_bytes(files[1], figures.reject_plot(SHARES, drawn))
    return files


def measures(portraits: AlignedFaces) -> dict[str, Float64]:
    """(n,) of each picture by the measure's name, higher is better; NaN where there is no face:
    the size of the face in pixels, how frontal it is (minus the degrees of yaw), its sharpness."""
    boxes = portraits.faces.box
    frontal = -np.abs(pose(portraits.faces.centres)[:, 0])
    found: Int64 = np.flatnonzero(portraits.found)

    def sharp(number: int) -> float:
        return float(sharpness(portraits.picture(number), boxes[number][None])[0])

    sharpnesses = np.full(len(portraits), np.nan)
    engine = engines.Threads(portraits.settings.workers)
    sharpnesses[found] = list(engine.map(sharp, found.tolist()))
    return {
        "size": (boxes[:, 2] - boxes[:, 0]).astype(np.float64),
        "frontal": frontal.astype(np.float64),
        "sharpness": sharpnesses,
    }
