"""What to ask next: the question whose answer settles most faces.

A question shows some faces, all ticked, and asks who that is. One
answer names all ticked ones; every tick that has to be changed costs another. So a question's gain
is the number of faces that it is expected to settle rightly, over the number of answers expected.
A face that resembles nobody comes last: it settles itself alone, and perhaps nobody knows it.
Among such faces those come first that are more like another face than it is crowded around the two.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np

from prosopon.people.calibration import Calibration
from prosopon.people.relations import Mask, groups_of
from prosopon.people.suggest import TICK, SuggestionContext, SuggestionTable, best, merges, names
from prosopon.people.suggestion import Question
from prosopon.records import Float64, Int32, Int64

LARGEST = 60
"""Faces in one question: what can be looked over at a glance."""
PURITY = 0.97
"""Share of a cluster's faces that are the person, where nothing better is known."""


def open_groups(known: SuggestionContext) -> Int32:
    """(n,) the groups that can be asked about as one, numbered from 0; -1 for settled faces.

    A cluster in which nobody is named yet is one group. In other clusters, and outside of them,
    every face is its own.
    """
    begun = np.isin(known.cluster, known.cluster[known.named])
    return groups_of(np.where(begun, -1, known.cluster), known.open)


def questions(known: SuggestionContext, calibration: Calibration) -> list[Question]:
    """All questions there are, the one with the largest gain first. Each face is in one."""
    groups = open_groups(known)
    sizes = np.bincount(groups[groups >= 0])
    members = _members(groups, len(sizes))
    suggested = names(known, groups, calibration)
    named = best(suggested)
    likely = named[named.probability >= _enough(sizes[named.groups])]
    asked = _who_else(known, likely, members)
    free = np.ones(len(sizes), bool)
    free[likely.groups] = False
    apart = np.where(np.isin(groups, likely.groups), -1, groups).astype(np.int32)
    joined = merges(known, apart, calibration)
    hopes = _hopes(known, members)
    perhaps = np.full(len(sizes), -1)
    probable = named[named.probability >= 0.5]
    perhaps[probable.groups] = probable.persons
    asked += _who(known, joined, hopes, members, free, perhaps)
    return sorted(asked, key=lambda question: -question.gain)


def alternating(asked: Sequence[Question], run: int = 2) -> list[Question]:
    """The same questions, with no more than `run` of one kind in a row while both are left.

    "Are these X?" is easy and "who is this?" is not: a mixture keeps both from being put off.
    """
    kinds: tuple[deque[Question], ...] = (deque(), deque())
    for question in asked:
        kinds[bool(question.person)].append(question)
    mixed: list[Question] = []
    while all(kinds):
        best = max(kinds, key=lambda kind: kind[0].gain)
        last = mixed[-run:]
        if len(last) == run and len({bool(one.person) for one in last} | {best is kinds[1]}) == 1:
            best = kinds[best is kinds[0]]
        mixed.append(best.popleft())
    return [*mixed, *kinds[0], *kinds[1]]


def _enough(sizes: Int64) -> Float64:
    """Probability from which groups of these sizes are ticked beforehand beside others.

    That saves the answer that a group would need by itself. If it is somebody else, every one of
    its faces has to be unticked, and the group still needs its answer.
    """
    enough: Float64 = np.maximum(sizes / (sizes + 1), TICK)
    return enough


def _who_else(
    known: SuggestionContext, likely: SuggestionTable, members: list[Int64]
) -> list[Question]:
    """For each person: are these that one as well?"""
    found = []
    for person in np.unique(likely.persons).tolist():
        of_person = likely[likely.persons == person]
        of_person = of_person[np.argsort(-of_person.probability, kind="stable")]
        groups, probability = of_person.groups, of_person.probability
        found += _pages(known, [members[group] for group in groups.tolist()], probability, person)
    return found


def _who(
    known: SuggestionContext,
    joined: SuggestionTable,
    hopes: Float64,
    members: list[Int64],
    free: Mask,
    perhaps: Int64,
) -> list[Question]:
    """For each group that is not asked about beside others: who is this, and its likes?

    perhaps : (groups,) whom each is suggested to be, -1 for nobody.
    """
    taken = ~free
    partners: dict[int, list[tuple[int, float]]] = {}
    sizes = np.array([len(rows) for rows in members])
    likely = joined[joined.probability >= _enough(sizes[joined.groups])]
    for one, other, probability in zip(
        likely.groups.tolist(), likely.persons.tolist(), likely.probability.tolist(), strict=True
    ):
        partners.setdefault(other, []).append((one, probability))
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
        found += _pages(known, parts, np.array(probability), int(perhaps[group]))
    return found


def _hopes(known: SuggestionContext, members: list[Int64]) -> Float64:
    """(groups,) 0 to 1, the higher, the likelier anybody else is the same person as the group's
    first face: how like the nearest other face is, and how much of that is left when the likeness
    of both to what is around them is taken off (symmetric score normalisation). An order: how
    many people there are with a single photograph, nobody can say beforehand.
    """
    first = np.array([rows[0] for rows in members], np.int64)
    near = known.graph.neighbours
    cosine = np.where(near >= 0, known.graph.similarities, np.float32(-1))
    around = cosine[:, _AROUND]
    crowd = around.mean(axis=1) if around.shape[1] else np.zeros(len(near), np.float32)
    speaks = (near[first] >= 0) & ~known.skipped[near[first]]
    beyond = cosine[first] - (crowd[first, None] + crowd[near[first]]) / 2
    best = [np.where(speaks, each, -1).max(axis=1, initial=-1) for each in (cosine[first], beyond)]
    hope: Float64 = np.clip(np.sum(best, axis=0) / 2, 0, 0.99).astype(np.float64)
    return hope


_AROUND = slice(5, 40)
"""Of a face's neighbours those that tell how crowded it is around it."""


def _pages(
    known: SuggestionContext, parts: list[Int64], probability: Float64, person: int
) -> list[Question]:
    """Questions of at most `LARGEST` faces each; in each, the face least like all others first."""
    rows = np.concatenate(parts)
    chances = np.repeat(probability, [len(part) for part in parts])
    found = []
    for start in range(0, len(rows), LARGEST):
        page, chance = rows[start : start + LARGEST], chances[start : start + LARGEST]
        vectors = known.vectors[page]
        page = page[np.argsort(vectors @ vectors.mean(axis=0), kind="stable")]
        settled, corrections = chance.sum(), (1 - chance).sum() if len(page) > 1 else 0.0
        found.append(
            Question(
                tuple(known.face_ids[page].tolist()),
                *known.who(person),
                round(float(chance.mean()), 4),
                round(float(settled / (1 + corrections)), 2),
            )
        )
    return found


def _members(groups: Int32, count: int) -> list[Int64]:
    """Rows of each group."""
    order = np.argsort(groups, kind="stable")
    order = order[np.count_nonzero(groups < 0) :]
    sizes = np.bincount(groups[groups >= 0], minlength=count)
    return np.split(order, np.cumsum(sizes)[:-1]) if count else []
