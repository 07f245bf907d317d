"""NeighbourGraph → Clustering.

One file per algorithm; all follow scikit-learn's conventions, and `METHODS` knows them by name.
Around them: `Constraints` on pairs of faces, `run` to a Clustering, `qualities` of its clusters,
`update` when faces were added, `changes` from run to run, `cluster_leftovers`; and on labelled
faces `calibrate_threshold`, `sweep` and `compare`; `estimate_threshold` finds the threshold of a
collection without labels.
"""

from prosopon.clustering.adaptive import AdaptiveMapEquation
from prosopon.clustering.base import Clusterer, GraphClusterer, VectorClusterer
from prosopon.clustering.calibration import calibrate_threshold
from prosopon.clustering.changes import Changes, changes
from prosopon.clustering.constraints import Constraints
from prosopon.clustering.dbscan import DBSCAN
from prosopon.clustering.dividing import divided
from prosopon.clustering.duplicates import near_duplicates
from prosopon.clustering.estimation import EstimatedThreshold, estimate_threshold
from prosopon.clustering.methods import METHODS, Method, make
from prosopon.clustering.parting import parted
from prosopon.clustering.quality import interval, membership, qualities
from prosopon.clustering.running import run
from prosopon.clustering.trials import (
    FEW,
    Trial,
    attempt,
    compare,
    operating_points,
    swallowed,
    sweep,
)
from prosopon.clustering.updating import cluster_leftovers, leftovers, update
from prosopon.clustering.weak import WeakFaces

__all__ = [
    "DBSCAN",
    "FEW",
    "METHODS",
    "AdaptiveMapEquation",
    "Changes",
    "Clusterer",
    "Constraints",
    "EstimatedThreshold",
    "GraphClusterer",
    "Method",
    "Trial",
    "VectorClusterer",
    "WeakFaces",
    "attempt",
    "calibrate_threshold",
    "changes",
    "cluster_leftovers",
    "compare",
    "divided",
    "estimate_threshold",
    "interval",
    "leftovers",
    "make",
    "membership",
    "near_duplicates",
    "operating_points",
    "parted",
    "qualities",
    "run",
    "swallowed",
    "sweep",
    "update",
]
