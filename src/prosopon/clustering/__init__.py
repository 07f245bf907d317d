"""NeighbourGraph → Clustering.

One file per algorithm; all follow scikit-learn's conventions, and `METHODS` knows them by name.
Around them: `Constraints` on pairs of faces, `run` to a Clustering, `qualities` of its clusters,
`update` when faces were added, `changes` from run to run, `cluster_leftovers`; and on labelled
faces `calibrate`, `sweep` and `compare`; `suited` fits a threshold to a
collection without labels.
"""

from prosopon.clustering.adaptive import AdaptiveMapEquation
from prosopon.clustering.base import Clusterer, GraphClusterer, VectorClusterer
from prosopon.clustering.calibration import calibrate, suited
from prosopon.clustering.changes import Changes, changes
from prosopon.clustering.constraints import Constraints
from prosopon.clustering.dbscan import DBSCAN
from prosopon.clustering.methods import METHODS, Method, make
from prosopon.clustering.quality import qualities, strengths
from prosopon.clustering.running import run
from prosopon.clustering.trials import Trial, attempt, compare, operating_points, sweep
from prosopon.clustering.updating import cluster_leftovers, leftovers, update

__all__ = [
    "DBSCAN",
    "METHODS",
    "AdaptiveMapEquation",
    "Changes",
    "Clusterer",
    "Constraints",
    "GraphClusterer",
    "Method",
    "Trial",
    "VectorClusterer",
    "attempt",
    "calibrate",
    "changes",
    "cluster_leftovers",
    "compare",
    "leftovers",
    "make",
    "operating_points",
    "qualities",
    "run",
    "strengths",
    "suited",
    "sweep",
    "update",
]
