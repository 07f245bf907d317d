"""How alike drawn people are to themselves at other ages, to siblings, and to strangers.

    python benchmarks/ageing.py --people 16

Each is drawn four times at 22, 37, 52 and 67 years, and so is a sibling, who has half of the
features from them. Prints cosines by the years between two portraits, and how many pairs lie above
what one pair of strangers in 200 does: of all strangers, and of those who are as far apart in age.
"""

import argparse
from dataclasses import fields, is_dataclass, replace

import numpy as np

from prosopon import faces, zoo
from prosopon.config import Settings
from prosopon.synthetic import Appearance, Person, Setting, render

AGES, TIMES = (22.0, 37.0, 52.0, 67.0), 4
INHERITED = ("head", "eyes", "brows", "nose", "mouth", "skin")


def sibling(person: Person, other: Person, rng: np.random.Generator) -> Person:
    """A person with each feature from `person` or, as often, from a stranger."""
    parts = {}
    for name in INHERITED:
        own, strange = getattr(person, name), getattr(other, name)
        assert is_dataclass(own)
        taken = [field.name for field in fields(own) if rng.random() < 0.5]
        parts[name] = replace(strange, **{field: getattr(own, field) for field in taken})
    return replace(other, **parts)


def portraits(people: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, d) vectors, (n,) number of the person (odd: the sibling of the one before), (n,) age."""
    pipeline = faces.pipeline(
        zoo.load("yunet"), zoo.load(Settings().embedder), zoo.load("dlib-landmarks-5")
    )
    vectors, who, ages = [], [], []
    for number in range(people):
        rng = np.random.default_rng([5, number])
        person = Person.sample(rng)
        for place, one in enumerate((person, sibling(person, Person.sample(rng), rng))):
            for age in AGES:
                for _ in range(TIMES):
                    appearance = replace(Appearance.sample(rng, one), age=age)
                    picture = render(one, appearance, Setting.sample(rng), 256)
                    found, of = pipeline(picture.pixels)
                    if len(found):
                        vectors.append(of[int(found.scores.argmax())])
                        who.append(2 * number + place)
                        ages.append(age)
    return np.array(vectors), np.array(who), np.array(ages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=16)
    vectors, who, ages = portraits(parser.parse_args().people)
    left, right = np.triu_indices(len(who), 1)
    cosines = np.einsum("ij,ij->i", vectors[left], vectors[right])
    apart = np.abs(ages[left] - ages[right])
    kinds = {
        "one person": who[left] == who[right],
        "siblings": (who[left] // 2 == who[right] // 2) & (who[left] != who[right]),
        "strangers": who[left] // 2 != who[right] // 2,
    }
    strangers = cosines[kinds["strangers"]]
    bar = float(np.quantile(strangers, 0.995))
    print(f"{len(who)} portraits; one pair of strangers in 200 lies above {bar:.3f}\n")
    print("| pairs | years apart | number | median cosine | above | above strangers so far apart |")
    print("|---|---|---|---|---|---|")
    for kind, chosen in kinds.items():
        for years in np.unique(apart):
            part = cosines[chosen & (apart == years)]
            own = np.quantile(cosines[kinds["strangers"] & (apart == years)], 0.995)
            shares = f"{(part > bar).mean():.3f} | {(part > own).mean():.3f}"
            print(f"| {kind} | {years:.0f} | {len(part):,} | {np.median(part):.3f} | {shares} |")


if __name__ == "__main__":
    main()
