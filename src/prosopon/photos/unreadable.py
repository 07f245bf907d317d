"""The one error of this room."""

from prosopon.errors import ProsoponError


class UnreadablePhoto(ProsoponError):
    """A file that gives no picture; the message is the reason."""
