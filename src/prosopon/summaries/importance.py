"""Charts of what hiding parts of faces costs. All take plain numbers and return PNG bytes."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from prosopon.records import Float64
from prosopon.summaries.drawing import ABOVE, BELOW, GREY, figure, png

Bar = tuple[float, float, float]
"""A mean with the ends of its interval (NaN: none)."""

_COLOURS = (ABOVE, BELOW, "#7a5195", "#d9a441", "#5a8f3d", "black", GREY, "#b56576", "#3d5a80")


def ranked_bars(rows: Sequence[tuple[str, str, Bar]], label: str) -> bytes:
    """Horizontal bars from top to bottom: (name, group, bar), one colour a group."""
    groups = list(dict.fromkeys(group for _, group, _ in rows))
    made = figure(7.5, 1.2 + 0.17 * len(rows))
    panel = made.subplots()
    for group in groups:
        places = [place for place, row in enumerate(rows) if row[1] == group]
        bars = np.array([rows[place][2] for place in places], float)
        colour = _COLOURS[groups.index(group) % len(_COLOURS)]
        panel.barh(places, bars[:, 0], 0.75, color=colour, label=group)
        panel.errorbar(
            bars[:, 0], places, xerr=_errors(bars), fmt="none", ecolor="dimgrey", elinewidth=0.7
        )
    panel.set_yticks(range(len(rows)), [name for name, _, _ in rows], fontsize=7)
    panel.set_ylim(len(rows) - 0.4, -0.6)
    panel.axvline(0, color="black", linewidth=0.6)
    panel.set_xlabel(label)
    panel.grid(axis="x", alpha=0.3)
    panel.legend(fontsize="small", loc="lower right")
    return png(made)


def grouped_bars(values: Mapping[str, Mapping[str, Bar]], label: str) -> bytes:
    """A bar for each series in every group; values : series → group → bar."""
    groups = list(next(iter(values.values())))
    made = figure(7.5, 3.6)
    panel = made.subplots()
    width = 0.8 / len(values)
    for place, (series, of) in enumerate(values.items()):
        centres = np.arange(len(groups)) + (place - (len(values) - 1) / 2) * width
        bars = np.array([of[group] for group in groups], float)
        panel.bar(centres, bars[:, 0], width, color=_COLOURS[place % len(_COLOURS)], label=series)
        panel.errorbar(
            centres, bars[:, 0], yerr=_errors(bars), fmt="none", ecolor="dimgrey", elinewidth=0.9
        )
    panel.set_xticks(range(len(groups)), groups)
    panel.axhline(0, color="black", linewidth=0.6)
    panel.set_ylabel(label)
    panel.grid(axis="y", alpha=0.3)
    panel.legend(fontsize="small")
    return png(made)


def parallel_axes(axes: Sequence[str], rows: Float64, colour_by: int = -1) -> bytes:
    """A line for each row (k,) across k upright axes from 0 to 1, coloured by one of them."""
    made = figure(8.5, 4.2)
    panel = made.subplots()
    values = rows[:, colour_by]
    scale = Normalize(float(values.min()), max(float(values.max()), float(values.min()) + 1e-9))
    shades = colormaps["viridis"]
    rng = np.random.default_rng(0)
    for row in rows[np.argsort(values)]:
        jittered = row + np.append(rng.uniform(-0.012, 0.012, len(row) - 1), 0)
        panel.plot(jittered, color=shades(scale(row[colour_by])), linewidth=1, alpha=0.75)
    panel.set_xticks(range(len(axes)), axes)
    for place in range(len(axes)):
        panel.axvline(place, color="black", linewidth=0.6)
    panel.set_ylim(-0.03, 1.03)
    panel.set_ylabel("share that shows; figure")
    made.colorbar(ScalarMappable(scale, shades), ax=panel, label=axes[colour_by])
    return png(made)


def lines_over_axes(axes: Sequence[str], rows: Mapping[str, Float64]) -> bytes:
    """A line for each named row (k,) across k upright axes from 0 to 1."""
    made = figure(6.5, 3.6)
    panel = made.subplots()
    for (name, values), colour in zip(rows.items(), _COLOURS, strict=False):
        panel.plot(values, color=colour, marker="o", markersize=3, label=name)
    panel.set_xticks(range(len(axes)), axes)
    panel.set_ylim(-0.03, 1.03)
    panel.grid(axis="x", color="black", alpha=0.4)
    panel.legend(fontsize="small")
    return png(made)


def curves(series: Mapping[str, tuple[Float64, Float64]], across: str, up: str) -> bytes:
    """Lines with their spread; series : name → x (k,) and y (folds, k)."""
    made = figure(6.5, 3.6)
    panel = made.subplots()
    for place, (name, (x, y)) in enumerate(series.items()):
        colour = _COLOURS[place // 2 % len(_COLOURS)]
        dash = "-" if place % 2 == 0 else "--"
        panel.plot(x, y.mean(axis=0), dash, color=colour, marker="o", markersize=3, label=name)
        panel.fill_between(x, y.min(axis=0), y.max(axis=0), color=colour, alpha=0.12, linewidth=0)
    panel.set_xlabel(across)
    panel.set_ylabel(up)
    panel.grid(alpha=0.3)
    panel.legend(fontsize="small")
    return png(made)


def _errors(bars: Float64) -> Float64:
    errors: Float64 = np.nan_to_num(np.abs(bars[:, 1:] - bars[:, :1])).T
    return errors
