"""What a worker does with a batch of photographs: pixels → faces → chips → vectors."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from prosopon import photos
from prosopon.config import Settings
from prosopon.photos import Decoded, File, UnreadablePhoto
from prosopon.records import Faces, Float32
from prosopon.stopwatch import Stopwatch
from prosopon.store.faces import FaceTable


@dataclass(frozen=True, slots=True)
class Task:
    """A photograph to examine."""

    photo_id: int
    file: File
    faces: FaceTable | None
    """Faces found in it before that only lack vectors; None: look for faces."""
