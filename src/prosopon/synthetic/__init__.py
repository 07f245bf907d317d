"""Portraits and albums with ground truth."""
