"""Pictures of results: ROC curves, and pairs side by side. All return PNG files as bytes."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy.stats import norm

from prosopon.metrics.verification import Roc
from prosopon.records import Float64, UInt8

_WIDTH = 1.5
"""Inches of one picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A pair to show."""

    left: UInt8
    """(H, W, 3) RGB."""
    right: UInt8
    caption: str
    """Above the left one."""
    other_caption: str = ""
    """Above the right one."""


def roc_plot(curves: Mapping[str, Roc]) -> bytes:
    """True against false accepts by name, false accepts on a logarithmic scale."""
    figure = Figure(figsize=(6.5, 5), layout="constrained")
    panel = figure.subplots()
    least = min(1 / curve.different for curve in curves.values())
    for name, curve in curves.items():
        label = f"{name} (area {curve.area:.4f})"
        seen = curve.false_accepts > 0
        panel.plot(curve.false_accepts[seen], curve.true_accepts[seen], label=label)
    panel.set_xscale("log")
    panel.set_xlim(least, 1)
    panel.set_xlabel("false accepts among pairs of two people")
    panel.set_ylabel("true accepts among pairs of one person")
    panel.grid(alpha=0.3, which="both")
    panel.legend(loc="lower right")
    return png(figure)


def det_plot(curves: Mapping[str, Roc]) -> bytes:
    """Detection error trade-off (Martin et al. 1997): false rejects against false accepts by name,
    both on the scale of the normal distribution, on which two normal kinds of pairs are a line."""
    figure = Figure(figsize=(6, 5.5), layout="constrained")
    panel = figure.subplots()
    ticks = np.array([0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4])
    for name, curve in curves.items():
        errors = np.stack([curve.false_accepts, 1 - curve.true_accepts])
        x, y = norm.ppf(np.clip(errors, 1e-6, 1 - 1e-6))
        panel.plot(x, y, label=f"{name} (EER {100 * curve.equal_error_rate:.2f} %)")
    labels = [f"{100 * tick:g}" for tick in ticks]
    panel.set_xticks(norm.ppf(ticks), labels)
    panel.set_yticks(norm.ppf(ticks), labels)
    panel.set_xlim(*norm.ppf([0.0005, 0.5]))
    panel.set_ylim(*norm.ppf([0.0005, 0.5]))
    panel.set_xlabel("false accepts, %")
    panel.set_ylabel("false rejects, %")
    panel.grid(alpha=0.3)
    panel.legend()
    return png(figure)


def reject_plot(shares: Float64, curves: Mapping[str, Float64]) -> bytes:
    """False rejects left (k,) by the quality that pairs are left out by, against the share (k,) of
    pairs left out."""
    figure = Figure(figsize=(6.5, 4.5), layout="constrained")
    panel = figure.subplots()
    for name, errors in curves.items():
        panel.plot(100 * shares, 100 * errors, label=name)
    panel.set_xlabel("pairs of least quality left out, %")
    panel.set_ylabel("false rejects among the others, % (false accepts 1 %)")
    panel.set_ylim(bottom=0)
    panel.grid(alpha=0.3)
    panel.legend()
    return png(figure)


def pair_sheet(title: str, rows: Mapping[str, Sequence[Shown]], across: int = 4) -> bytes:
    """Pairs side by side under headings, `across` of them in a line."""
    lines = [
        (heading, shown[start : start + across])
        for heading, shown in rows.items()
        for start in range(0, len(shown), across)
    ]
    size = (2 * _WIDTH * across, (_WIDTH + 0.55) * max(len(lines), 1) + 0.4)
    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(title)
    strips = figure.subfigures(max(len(lines), 1), 1, squeeze=False)[:, 0]
    before = ""
    for strip, (heading, shown) in zip(strips, lines, strict=False):
        if heading != before:
            strip.suptitle(heading, fontsize=9, x=0.01, ha="left", style="italic")
            before = heading
        for panel in strip.subplots(1, 2 * across).flat:
            panel.set_axis_off()
        for place, pair in enumerate(shown):
            panels = strip.axes[2 * place : 2 * place + 2]
            panels[0].imshow(pair.left)
            panels[1].imshow(pair.right)
            panels[0].set_title(pair.caption, fontsize=7, loc="left")
            panels[1].set_title(pair.other_caption, fontsize=7, loc="left")
    return png(figure)


def png(figure: Figure, dpi: int = 110) -> bytes:
    """The figure as a PNG file."""
    FigureCanvasAgg(figure)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=dpi)
    return content.getvalue()


def bars(values: Mapping[str, Mapping[str, float]], groups: Sequence[str], label: str) -> bytes:
    """A bar for each name in every group; values : name → group → height in 0 to 1."""
    figure = Figure(figsize=(6.5, 4), layout="constrained")
    panel = figure.subplots()
    width = 0.8 / max(len(values), 1)
    for place, (name, heights) in enumerate(values.items()):
        centres = [group + (place - (len(values) - 1) / 2) * width for group in range(len(groups))]
        panel.bar(centres, [heights[group] for group in groups], width, label=name)
    panel.set_xticks(range(len(groups)), groups)
    panel.set_ylabel(label)
    panel.legend()
    return png(figure)
