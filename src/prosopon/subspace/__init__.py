"""Consensus subspace clustering: images → pseudo-labels."""
