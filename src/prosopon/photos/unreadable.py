"""The errors of this room."""

from prosopon.errors import ProsoponError


class UnreadablePhoto(ProsoponError):
    """A file that gives no picture; the message is the reason."""


class NotReachable(UnreadablePhoto):
    """A file that can't be opened on this machine, or not now: that says nothing of the picture."""
