"""What to ask next: the question whose answer settles most faces.

A question shows some faces, ticked where they are probably the person, and asks who that is. One
answer names all ticked ones; every tick that has to be changed costs another. So a question's gain
is the number of faces that it is expected to settle rightly, over the number of answers expected.
A face that resembles nobody comes last: it settles itself alone, and perhaps nobody knows it.
"""

from dataclasses import dataclass

import numpy as np

from prosopon.people.calibration import Calibration
from prosopon.people.relations import Mask, groups_of
from prosopon.people.suggest import Known, Suggestions, best, merges, names
from prosopon.records import Float64, Int32, Int64

LARGEST = 60
"""Faces in one question: what can be looked over at a glance."""
PURITY = 0.97
"""Share of a cluster's faces that are the person, where nothing better is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Who is this?"""

    rows: Int64
    """(m,) the faces shown, the most probable first."""
    ticked: Mask
    """(m,) taken to be the person unless a tick is changed."""
    person: int
    """Who it probably is; -1 where nobody is suggested."""
    probability: float
    """Of that person, or of the ticked faces' being one person."""
    gain: float
    """Faces settled for each answer, as expected."""


def open_groups(known: Known) -> Int32:
    """(n,) the groups that can be asked about as one, numbered from 0; -1 for settled faces.

    A cluster in which nobody is named yet is one group. In other clusters, and outside of them,
    every face is its own.
    """
    begun = np.isin(known.cluster, known.cluster[known.named])
    return groups_of(np.where(begun, -1, known.cluster), known.open)


def questions(known: Known, calibration: Calibration) -> list[Question]:
    """All questions there are, the one with the largest gain first. Each face is in one."""
    groups = open_groups(known)
    sizes = np.bincount(groups[groups >= 0])
    members = _members(groups, len(sizes))
    suggested = names(known, groups, calibration)
    named = best(suggested)
    asked = _who_else(named, members)
    free = np.ones(len(sizes), bool)
    free[named.groups[named.probability >= 0.5]] = False
    joined = merges(
        known, np.where(free[groups] & (groups >= 0), groups, -1).astype(np.int32), calibration
    )
    hopes = _hopes(suggested, joined, len(sizes))
    asked += _who(joined, hopes, members, free)
    return sorted(asked, key=lambda question: -question.gain)


def _who_else(named: Suggestions, members: list[Int64]) -> list[Question]:
    """For each person: are these that one as well?"""
    found = []
    likely = named[named.probability >= 0.5]
    for person in np.unique(likely.persons).tolist():
        of_person = likely[likely.persons == person]
        of_person = of_person[np.argsort(-of_person.probability, kind="stable")]
        groups, probability = of_person.groups, of_person.probability
        found += _pages([members[group] for group in groups.tolist()], probability, person)
    return found


def _who(joined: Suggestions, hopes: Float64, members: list[Int64], free: Mask) -> list[Question]:
    """For each group that no person is likely for: who is this, and these that resemble it?"""
    taken = ~free
    partners: dict[int, list[tuple[int, float]]] = {}
    for one, other, probability in zip(
        joined.groups.tolist(), joined.persons.tolist(), joined.probability.tolist(), strict=True
    ):
        if probability >= 0.5:
            partners.setdefault(other, []).append((one, probability))
    sizes = np.array([len(rows) for rows in members])
    found = []
    for group in np.argsort(-sizes, kind="stable").tolist():
        if taken[group]:
            continue
        taken[group] = True
        alone = sizes[group] == 1
        parts = [members[group]]
        probability = [float(hopes[group]) if alone else PURITY]
        for other, chance in partners.get(group, ()):
            if not taken[other]:
                taken[other] = True
                parts.append(members[other])
                probability.append(chance)
        if alone and len(parts) > 1:
            probability[0] = PURITY
        found += _pages(parts, np.array(probability), -1)
    return found


def _hopes(named: Suggestions, joined: Suggestions, count: int) -> Float64:
    """(count,) probability that anybody else in the collection is the same person as each group."""
    nobody = np.zeros(count)
    for groups, found in ((named.groups, named), (joined.groups, joined), (joined.persons, joined)):
        np.add.at(nobody, groups, np.log1p(-np.minimum(found.probability, 0.999)))
    return 1 - np.exp(nobody)


def _pages(parts: list[Int64], probability: Float64, person: int) -> list[Question]:
    """Questions of at most `LARGEST` faces each."""
    rows = np.concatenate(parts)
    chances = np.repeat(probability, [len(part) for part in parts])
    found = []
    for start in range(0, len(rows), LARGEST):
        page, chance = rows[start : start + LARGEST], chances[start : start + LARGEST]
        settled, corrections = chance.sum(), (1 - chance).sum() if len(page) > 1 else 0.0
        found.append(
            Question(
                page,
                np.ones(len(page), bool),
                person,
                float(chance.mean()),
                float(settled / (1 + corrections)),
            )
        )
    return found


def _members(groups: Int32, count: int) -> list[Int64]:
    """Rows of each group."""
    order = np.argsort(groups, kind="stable")
    order = order[np.count_nonzero(groups < 0) :]
    sizes = np.bincount(groups[groups >= 0], minlength=count)
    return np.split(order, np.cumsum(sizes)[:-1]) if count else []
