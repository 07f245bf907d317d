"""NeighbourGraph → Clustering.

One file per algorithm; all follow scikit-learn's conventions. `METHODS` lists them by name.
"""

from prosopon.clustering.dbscan import DBSCAN
from prosopon.clustering.methods import METHODS, Method, make

__all__ = ["DBSCAN", "METHODS", "Method", "make"]
