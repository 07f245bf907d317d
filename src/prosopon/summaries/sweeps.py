"""A clustering method's scores over the values of a parameter."""

from collections.abc import Mapping, Sequence

from prosopon.summaries.drawing import ABOVE, BELOW, GREY, figure, png


def sweep_chart(
    parameter: str,
    values: Sequence[float],
    scores: Mapping[str, Sequence[float]],
    points: Mapping[str, float],
) -> bytes:
    """One line for each score over the parameter's values, as PNG.

    scores : name → a score for each value; points : name of an operating point → its value.
    """
    made = figure(6.5, 4)
    axes = made.subplots()
    styles = ((ABOVE, "-"), (BELOW, "-"), ("black", "-"), (GREY, "--"), (ABOVE, ":"), (BELOW, ":"))
    for (name, line), (colour, dash) in zip(scores.items(), styles, strict=False):
        axes.plot(values, line, dash, color=colour, label=name.replace("_", " "))
    for name, value in points.items():
        axes.axvline(value, color=GREY, linewidth=0.8)
        axes.annotate(name, (value, 0.02), rotation=90, fontsize="small", color="dimgrey")
    axes.set_xlabel(parameter)
    axes.set_ylim(0, 1.02)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    return png(made)
