"""Embeddings → NeighbourGraph."""
