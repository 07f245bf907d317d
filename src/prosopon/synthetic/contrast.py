"""People of two kinds who differ in one region of the face and in nothing else.

For studies of what classifiers look at: the answer is known beforehand. Everybody is drawn twice,
in the same pose and light, once with the region of either kind; so all else is the same in both.
Nobody wears a beard, a hat, glasses or make-up, which would cover regions, and the photographs are
fresh, so that some hundred of them are enough to learn from.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from prosopon.errors import UsageError
from prosopon.synthetic.appearance import Appearance, Makeup, Setting
from prosopon.synthetic.person import Person, Rng
from prosopon.synthetic.portrait import Portrait, render

_KINDS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "eyebrows": (
        "brows",
        {"thickness": 0.030, "arch": 0.005, "tilt": -0.06},
        {"thickness": 0.100, "arch": 0.050, "tilt": 0.10},
    ),
    "eyes": (
        "eyes",
        {"opening": 0.046, "width": 0.130, "iris": (0.22, 0.12, 0.06)},
        {"opening": 0.088, "width": 0.180, "iris": (0.46, 0.52, 0.56)},
    ),
    "nose": (
        "nose",
        {"width": 0.130, "bridge": 0.050, "projection": 0.18, "tip": 0.065},
        {"width": 0.240, "bridge": 0.100, "projection": 0.31, "tip": 0.135},
    ),
    "mouth": (
        "mouth",
        {"width": 0.205, "upper": 0.022, "lower": 0.040},
        {"width": 0.300, "upper": 0.090, "lower": 0.120},
    ),
    "chin": ("head", {"chin": 1.00, "chin_width": 0.34}, {"chin": 1.24, "chin_width": 0.66}),
}
"""Region → the part of `Person`, and its parameters in people of kind 0 and of kind 1."""

CONTRASTS = tuple(_KINDS)
"""The regions in which the two kinds can differ."""


def contrast(
    region: str, count: int, seed: int = 0, size: int = 256
) -> Iterator[tuple[Portrait, int]]:
    """Draw `count` pictures of `size` pixels: somebody of kind 0, the same of kind 1, the next.

    Raises UsageError for a region that is none of CONTRASTS.
    """
    if region not in _KINDS:
        raise UsageError(f"region: expected one of {', '.join(CONTRASTS)}, got {region!r}")
    for number in range(count):
        rng = np.random.default_rng(np.random.SeedSequence((seed, number // 2)))
        kind = number % 2
        person = of_kind(_plain(rng), region, kind)
        yield render(person, _bare(rng, person), _fresh(rng), size), kind


def of_kind(person: Person, region: str, kind: int) -> Person:
    """`person` with the region of a kind."""
    part, *kinds = _KINDS[region]
    return replace(person, **{part: replace(getattr(person, part), **kinds[kind])})


def _plain(rng: Rng) -> Person:
    """Somebody who has no beard and wears no glasses."""
    while (person := Person.sample(rng)).habits.beard != "none":
        pass
    habits = replace(person.habits, glasses="none", sideburns=False, fringe=False, makeup=0.0)
    return replace(person, habits=habits)


def _bare(rng: Rng, person: Person) -> Appearance:
    """A day with nothing on the face, the mouth closed."""
    day = Appearance.sample(rng, person)
    mood = replace(day.expression, smile=min(day.expression.smile, 0.15), open=0.0, squint=0.0)
    wear = replace(day.wear, glasses="none", hat="none")
    return replace(day, expression=mood, makeup=Makeup(), wear=wear, beard="none")


def _fresh(rng: Rng) -> Setting:
    """A sharp photograph in colour, in any light."""
    drawn = Setting.sample(rng)
    return Setting(
        backdrop=drawn.backdrop, light=drawn.light, contrast=drawn.contrast, seed=drawn.seed
    )
