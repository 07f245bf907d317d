"""NeighbourGraph → Clustering."""
