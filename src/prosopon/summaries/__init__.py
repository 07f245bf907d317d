"""A cluster at a glance: attribute occurrences, eigenface, typical faces, contact sheet.

Works on chips (n, h, w, 3) uint8 RGB, vectors and attribute tables, of attribute clusters and of
persons alike; pictures come out as PNG bytes.
"""

from prosopon.summaries.clusters import cluster_chart
from prosopon.summaries.contact_sheet import contact_sheet
from prosopon.summaries.eigenfaces import Eigenfaces, eigenfaces
from prosopon.summaries.jpeg import jpeg
from prosopon.summaries.occurrence import Occurrence, occurrence_chart
from prosopon.summaries.silhouettes import silhouette_chart
from prosopon.summaries.sweeps import sweep_chart
from prosopon.summaries.typical import typical

__all__ = [
    "Eigenfaces",
    "Occurrence",
    "cluster_chart",
    "contact_sheet",
    "eigenfaces",
    "jpeg",
    "occurrence_chart",
    "silhouette_chart",
    "sweep_chart",
    "typical",
]
