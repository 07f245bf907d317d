"""Attributes of labelled faces, and networks that learn them.

- `group`: faces grouped by attribute, with a page that sums up each group
- `labelled`: the faces of labelled pictures, found once and cut to any template
- `learn`: train and evaluate networks on labelled pictures, and draw weak segments
"""
