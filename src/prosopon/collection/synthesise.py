"""Draw an album of people who don't exist, with the truth about every face."""

from pathlib import Path

from prosopon import engines, synthetic
from prosopon.config import Settings
from prosopon.synthetic import Album


def synthesise(
    folder: Path, settings: Settings, *, people: int, photos: int, groups: int, seed: int, size: int
) -> Album:
    """Write the album; the same numbers give the same files.

    photos : of each person; groups : photographs of several people besides; size : longer side in
    pixels.
    """
    workers = settings.workers
    engine = engines.build("processes" if workers > 1 else "serial", workers)
    return synthetic.album(folder, people, photos, seed, groups, size, engine)
