"""The Doppelganger and the ViSE protocol, sampled from people, pictures and look-alikes.

Everything follows from the names and the seed; neither the order of files nor of lists matters.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TypeVar

import numpy as np

from prosopon.errors import ProsoponError
from prosopon.records import Float32

People = Mapping[str, Sequence[str]]
"""Person → names of pictures."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of a protocol."""

    left_person: str
    left: str
    right_person: str
    right: str
    same: bool
    split: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is sampled."""

    splits: int = 10
    combinations: int = 500
    """Of pictures, at most, for a pair of look-alikes and for an identity."""
    pairs: int = 7000
    """Of each kind, at most, in each split of the Doppelganger protocol."""
    vise_pairs: int = 1750
    """Of each kind, at most, in each split of the ViSE protocol."""


def splits_of(
    people: Iterable[str],
    look_alikes: Iterable[tuple[str, str]],
    sizes: Sizes,
    weights: Mapping[str, int],
    seed: int,
) -> dict[str, int]:
    """Person → split, with look-alikes always in one split.

    Groups that hang together go one by one, the weightiest first, into the split with the least
    weight so far; of equal ones chance decides. weights : person → pairs that come with them.
    """
    groups = _groups(people, look_alikes)
    rng = np.random.default_rng([seed, 0])
    if len(groups) < sizes.splits:
        raise ProsoponError(
            f"{len(groups)} groups of look-alikes do not fill {sizes.splits} splits: nobody may be "
            "in two. Give more people, or ask for fewer splits"
        )
    shuffled = [groups[place] for place in rng.permutation(len(groups)).tolist()]
    shuffled.sort(key=lambda group: -sum(weights[person] for person in group))
    load = [0] * sizes.splits
    found: dict[str, int] = {}
    for group in shuffled:
        split = int(np.argmin(load))
        # people of no weight would else all go to the same split
        load[split] += max(1, sum(weights[person] for person in group))
        found |= dict.fromkeys(group, split)
    return found


def doppelganger(
    identities: People, look_alikes: Sequence[tuple[str, str]], sizes: Sizes, seed: int
) -> list[Sample]:
    """Pairs of pictures of one person, and of two who look alike.

    In each split there are as many of one kind as of the other.
    """
    known = _known_pairs(identities, look_alikes)
    people = sorted({person for pair in known for person in pair})
    weights = dict.fromkeys(people, 0)
    for one, other in known:
        pairs = min(sizes.combinations, len(identities[one]) * len(identities[other]))
        weights[one] += pairs
    splits = splits_of(people, known, sizes, weights, seed)
    different = _sampled(identities, known, splits, sizes, seed)
    samples = [*_same(identities, splits, sizes, seed), *different]
    return _balanced(samples, sizes.splits, sizes.pairs, seed)


def vise(
    identities: People,
    vectors: Mapping[str, Float32],
    splits: Mapping[str, int],
    look_alikes: Sequence[tuple[str, str]],
    sizes: Sizes,
    seed: int,
    least: float = 0.80,
) -> list[Sample]:
    """Pairs of pictures of one person, and of two whose pictures have at least this cosine.

    vectors : picture → (d,) unit vector of the picture as a whole. The splits are given, so that
    both protocols keep the same people together, as the authors' do. Listed look-alikes make no
    pairs: here people who are not alike in general look alike in one picture.
    """
    listed = {frozenset(pair) for pair in look_alikes}
    different = []
    for split in sorted(set(splits.values())):
        entries = [
            (person, picture)
            for person in sorted(splits)
            if splits[person] == split
            for picture in identities[person]
        ]
        rows = np.stack([vectors[picture] for _, picture in entries])
        for i, j in np.argwhere(np.triu(rows @ rows.T, k=1) >= least).tolist():
            (one, left), (other, right) = entries[i], entries[j]
            if one != other and frozenset((one, other)) not in listed:
                different.append(Sample(one, left, other, right, False, split))
    capped = _capped(different, sizes, seed)
    samples = [*_same(identities, splits, sizes, seed), *capped]
    return _balanced(samples, sizes.splits, sizes.vise_pairs, seed)


def _known_pairs(
    identities: People, look_alikes: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Each pair once, without those that lack pictures."""
    pairs = {(min(pair), max(pair)) for pair in look_alikes if pair[0] != pair[1]}
    known = sorted(pair for pair in pairs if all(identities.get(person) for person in pair))
    if not known:
        raise ProsoponError(
            f"none of the {len(pairs)} pairs of look-alikes has pictures of both people"
        )
    return known


def _groups(people: Iterable[str], pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """People who hang together by pairs, sorted."""
    leader = {person: person for person in sorted(people)}

    def first(person: str) -> str:
        while leader[person] != person:
            person = leader[person]
        return person

    for one, other in sorted(pairs):
        a, b = sorted((first(one), first(other)))
        leader[b] = a
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for person in leader:
        groups[first(person)].append(person)
    return list(groups.values())


def _same(identities: People, splits: Mapping[str, int], sizes: Sizes, seed: int) -> list[Sample]:
    """Pairs of each person's own pictures; people with one picture have none."""
    return [
        Sample(person, left, person, right, True, splits[person])
        for person in sorted(splits)
        for left, right in _some(
            list(combinations(sorted(identities[person]), 2)), sizes.combinations, [seed, 1], person
        )
    ]


def _sampled(
    identities: People,
    pairs: Sequence[tuple[str, str]],
    splits: Mapping[str, int],
    sizes: Sizes,
    seed: int,
) -> list[Sample]:
    """Pairs of pictures of look-alikes."""
    return [
        Sample(one, left, other, right, False, splits[one])
        for one, other in pairs
        for left, right in _some(
            list(product(sorted(identities[one]), sorted(identities[other]))),
            sizes.combinations,
            [seed, 2],
            f"{one}/{other}",
        )
    ]


def _capped(samples: Sequence[Sample], sizes: Sizes, seed: int) -> list[Sample]:
    """At most so many for each pair of people."""
    by_people: defaultdict[tuple[str, str], list[Sample]] = defaultdict(list)
    for sample in samples:
        by_people[sample.left_person, sample.right_person].append(sample)
    return [
        sample
        for people, of in by_people.items()
        for sample in _some(of, sizes.combinations, [seed, 3], "/".join(people))
    ]


def _balanced(samples: Sequence[Sample], splits: int, each: int, seed: int) -> list[Sample]:
    """As many of one kind as of the other in each split, and no more than `each`."""
    kept: list[Sample] = []
    for split in range(splits):
        kinds = [
            [s for s in samples if s.split == split and s.same == kind] for kind in (True, False)
        ]
        size = min(each, *map(len, kinds))
        if not size:
            short = "one person" if not kinds[0] else "two people"
            raise ProsoponError(f"split {split} has no pairs of {short}: ask for fewer splits")
        for kind, of in zip(("same", "different"), kinds, strict=True):
            kept += _some(of, size, [seed, 4], f"{split}/{kind}")
    return kept


def _some(items: Sequence[T], most: int, seed: list[int], name: str) -> list[T]:
    """Up to `most` of the items, in their order, chosen by chance that depends on the name."""
    if len(items) <= most:
        return list(items)
    rng = np.random.default_rng([*seed, *name.encode()])
    return [items[place] for place in np.sort(rng.choice(len(items), most, replace=False))]
