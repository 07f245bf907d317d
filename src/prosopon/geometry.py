"""Boxes, similarity transforms, chip templates, named face regions."""
