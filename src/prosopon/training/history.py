"""Learning curves: one row of figures an epoch, as CSV and as a plot."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from prosopon.files import replacing, write_table

Row = dict[str, float]
"""`epoch`, `step`, `rate`, `seconds`, `train …` (mean losses) and the figures of `evaluate()`."""

_COUNTERS = {"epoch", "step", "rate", "seconds"}


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """One line an epoch; a figure that an epoch lacks is left empty."""
    write_table(path, rows)


def plot(rows: Sequence[Row], path: Path) -> None:
    """Losses in the upper panel, the other figures in the lower one, against epochs."""
    names = dict.fromkeys(name for row in rows for name in row)
    curves = [name for name in names if name not in _COUNTERS]
    losses = [name for name in curves if name.startswith("train ") or "loss" in name]
    figure = Figure(figsize=(7, 6), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(2, 1, sharex=True)
    for panel, shown, label in (
        (panels[0], losses, "loss"),
        (panels[1], [name for name in curves if name not in losses], "figures"),
    ):
        for name in shown:
            points = [(row["epoch"], row[name]) for row in rows if name in row]
            panel.plot(*zip(*points, strict=True), marker=".", label=name)
        panel.set_ylabel(label)
        panel.grid(alpha=0.3)
        if shown:
            panel.legend(fontsize="small")
    panels[1].set_xlabel("epoch")
    with replacing(path) as fresh:
        figure.savefig(fresh, format="png", dpi=110)
