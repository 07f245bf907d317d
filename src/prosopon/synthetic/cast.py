"""The people of an album: drawn at random, and each unlike the others.

Strangers who happen to have nearly the same parameters would make an album's truth a matter of
taste. So each new person is the one of several candidates who differs most from everybody already
cast (Mitchell's best candidate, SIGGRAPH 1991), in blocks that depend on nothing but their number.
"""

from functools import lru_cache

import numpy as np

from prosopon.synthetic.features import Array
from prosopon.synthetic.person import BEARDS, GLASSES, Person

BLOCK = 50
CANDIDATES = 24

WEIGHTS = {
    "skin.melanin": 0.40, "head.chin": 1.4, "eyes.spacing": 3.2, "nose.length": 1.9,
    "brows.gap": 2.5, "brows.arch": 3.5, "nose.width": 2.2, "mouth.height": 2.1,
    "brows.tilt": 0.7, "brows.thickness": 3.2, "mouth.lower": 2.2, "head.brow_ridge": 0.2,
    "head.jaw": 0.9, "mouth.width": 1.8, "head.width": 1.3, "head.chin_width": 0.5,
    "head.fullness": 0.2, "mouth.upper": 2.3, "eyes.opening": 3.4, "eyes.width": 2.6,
    "nose.projection": 0.9,
}  # fmt: skip
"""How far an embedding of dlib's network moves per unit of each parameter, about: measured by
drawing three people with one parameter at its 10th and 90th percentile."""


def likeness(person: Person) -> Array:
    """Return a point (n,): people who look alike lie close together."""
    numbers, habits = person.numbers(), person.habits
    choices = [0.12 * person.male, 0.14 * habits.fringe]
    choices += [0.16 * (habits.beard == kind) for kind in BEARDS[2:]]
    choices += [0.16 * (habits.glasses == kind) for kind in GLASSES[1:]]
    return np.array([weight * numbers[name] for name, weight in WEIGHTS.items()] + choices)


@lru_cache(maxsize=16)
def cast(seed: int, block: int) -> tuple[Person, ...]:
    """Return the BLOCK people of one block of an album."""
    rng = np.random.default_rng(np.random.SeedSequence((seed, block)))
    people: list[Person] = []
    places = np.empty((0, len(WEIGHTS) + len(BEARDS) + len(GLASSES) - 1))
    for _ in range(BLOCK):
        candidates = [Person.sample(rng) for _ in range(CANDIDATES)]
        points = np.array([likeness(candidate) for candidate in candidates])
        apart = np.linalg.norm(points[:, None] - places[None], axis=2)
        chosen = int(apart.min(axis=1, initial=np.inf).argmax())
        people.append(candidates[chosen])
        places = np.concatenate([places, points[chosen : chosen + 1]])
    return tuple(people)
