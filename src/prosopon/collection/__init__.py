"""A collection of photographs: one object that owns it, with every verb of archivists.

`Collection` answers which faces there are, which may be shown, what was grouped and decided; each
verb is a method of it, in a file of its own. It sequences the rooms and saves; it never computes.
"""

from prosopon.collection.collection import Collection, open

__all__ = ["Collection", "open"]
