"""A collection or a study as one self-contained HTML page.

`collection_page` takes the records of this module and returns the page as a string: pictures are
inside it, and nothing is loaded from anywhere. Links lead to the photographs on this computer.
"""

from prosopon.report.collection import (
    Chart,
    Cluster,
    Collection,
    Face,
    Group,
    Person,
    Quality,
    collection_page,
)
from prosopon.report.drawing import draw_faces
from prosopon.report.page import render

__all__ = [
    "Chart",
    "Cluster",
    "Collection",
    "Face",
    "Group",
    "Person",
    "Quality",
    "collection_page",
    "draw_faces",
    "render",
]
"""`render` makes a page of any template here, for the other kinds of report."""
