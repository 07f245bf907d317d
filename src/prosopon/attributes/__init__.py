"""Chips → the 40 CelebA attributes."""
