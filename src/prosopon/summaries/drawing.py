"""matplotlib without a display: figures in, PNG bytes out."""

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

ABOVE, BELOW, GREY = "#1f6f8b", "#c8553d", "#9aa0a6"
"""Colours that stay apart for colour-blind readers and in print."""


def figure(width: float, height: float) -> Figure:
    """A figure of so many inches that no window belongs to."""
    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(made)
    return made


def png(made: Figure) -> bytes:
    """The figure as a PNG file."""
    buffer = io.BytesIO()
    made.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()
