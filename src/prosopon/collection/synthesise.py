"""Draw an album of people who don't exist, with the truth about every face."""

from pathlib import Path

from prosopon import engines, synthetic
from prosopon.synthetic import Album


def synthesise(
    folder: str | Path,
    *,
    people: int = 40,
    photos: int = 8,
    groups: int = 0,
    seed: int = 0,
    size: int = 400,
    workers: int = 1,
) -> Album:
    """Write the album; the same numbers give the same files.

    photos : of each person; groups : photographs of several people besides; size : longer side in
    pixels; workers : how many to draw at a time.
    """
    engine = engines.build("processes" if workers > 1 else "serial", workers)
    return synthetic.album(Path(folder), people, photos, seed, groups, size, engine)
