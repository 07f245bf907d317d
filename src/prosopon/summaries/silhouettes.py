"""Silhouettes of several clustering methods over the number of clusters."""

from collections.abc import Sequence
from typing import Any

from matplotlib.ticker import MaxNLocator

from prosopon.summaries.drawing import figure, png


def silhouette_chart(rows: Sequence[dict[str, Any]], title: str = "") -> bytes:
    """Lines of silhouette against k, one a method, as PNG; a method with a single k is a point.

    rows : `method`, `k`, `silhouette` each.
    """
    made = figure(6.5, 4)
    axes = made.subplots()
    for method in dict.fromkeys(row["method"] for row in rows):
        curve = sorted((row["k"], row["silhouette"]) for row in rows if row["method"] == method)
        style = {"marker": "s", "markersize": 8} if len(curve) == 1 else {"marker": "."}
        axes.plot(*zip(*curve, strict=True), label=method, **style)
    axes.set_xlabel("clusters")
    axes.set_ylabel("mean silhouette")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    if rows:
        axes.legend(fontsize="small")
    if title:
        axes.set_title(title, loc="left", fontsize="medium")
    return png(made)
