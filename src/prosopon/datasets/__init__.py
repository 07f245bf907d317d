"""Data sets of pictures of people, and the faces in them.

- `identities`: people and their pictures (a folder for each person, CelebA's form)
- `attributes`: pictures with CelebA's labels (CelebA, LFWA, UMD-AED, plain tables); `vocabulary`
  names the attributes
- `aligned_faces`: the main face of every picture, found once, cut to any template, embedded once

    faces = AlignedFaces(sources, find, settings, cache)     # find: pixels → FacePoints, or None
    chips = faces.chips(TEMPLATES["dlib-5"])                 # (found, 150, 150, 3)
    vectors = faces.vectors(embedder)                        # (n, d), NaN where no face was found

Models arrive as arguments; nothing here knows one.
"""

from prosopon.datasets.aligned_faces import AlignedFaces, FacePoints, Source, read_picture
from prosopon.datasets.identities import Identities, read_identities

__all__ = [
    "AlignedFaces",
    "FacePoints",
    "Identities",
    "Source",
    "read_identities",
    "read_picture",
]
