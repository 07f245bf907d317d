"""Pixels → Faces → chips → Embeddings."""
