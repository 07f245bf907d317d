"""Embeddings → NeighbourGraph: the nearest neighbours of every face, found once, used by all.

Contract of a graph of n faces with k slots each:

- A row's neighbours are row numbers of the same graph, most similar first. The row itself is never
  among them, its exact duplicates are. Each appears once.
- Neighbourhood is not symmetric: i may be in j's list without j being in i's, as j may have k
  nearer ones.
- Fewer than k other faces leave empty slots, always last: neighbour -1, similarity -inf.
- Equal similarities stand in no particular order, and which of several equals gets the last slot
  is not specified.
- `recall` is 1 for exact graphs; else the share of the true neighbours that the lists hold,
  measured on a sample against an exact search. Similarities are true cosines in either case.
- The same embeddings give the same graph on the same machine.

Up to `EXACT_UP_TO` faces all pairs are compared. Beyond, `cells` looks among those nearby.
"""

from prosopon.graph.building import EXACT_UP_TO, build, extend, unit_vectors
from prosopon.graph.files import load, save

__all__ = ["EXACT_UP_TO", "build", "extend", "load", "save", "unit_vectors"]
