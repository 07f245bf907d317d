"""Attributes of a collection's faces."""
