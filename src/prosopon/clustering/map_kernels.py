"""The compiled loop of the map equation's local search."""

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _plogp(x: float) -> float:
    return x * np.log(x) if x > 0 else 0.0


@njit(cache=True, nogil=True)
def _length(cut: float, volume: float) -> float:
    """What a module adds to the description, apart from what all cuts together do."""
    return _plogp(cut + volume) - 2 * _plogp(cut)


@njit(cache=True, nogil=True)
def moved_to_best(
    starts: Any, others: Any, weights: Any, inside: Any, order: Any, most: int
) -> Any:
    """(n,) module of each node of a symmetric weighted graph, where no single move helps any more.

    Everybody starts alone. Each node in `order` goes to the neighbouring module that shortens the
    description of a random walk most (two levels; Rosvall, Axelsson and Bergstrom, EPJ Special
    Topics 178, 2009); again for the neighbours of those that moved, at most `most` times over.

    inside : (n,) weight of each node to itself, both ways, where nodes are modules already.
    """
    n = len(starts) - 1
    leaves = np.zeros(n)  # by which share of its steps the walker leaves a node for another
    for node in range(n):
        for place in range(starts[node], starts[node + 1]):
            if others[place] != node:
                leaves[node] += weights[place]
    module = np.arange(n).astype(np.int32)
    total = leaves.sum() + inside.sum()
    if total == 0:
        return module
    leaves /= total
    visits = leaves + inside / total
    volume, cut = visits.copy(), leaves.copy()
    lengths = np.empty(n)
    for node in range(n):
        lengths[node] = _length(cut[node], volume[node])
    all_cut = cut.sum()
    towards = np.zeros(n)  # weight from the node at hand to each module
    touched = np.empty(n, np.int32)
    waiting = np.ones(n, np.bool_)
    for _ in range(most):
        moves = 0
        for node in order:
            if not waiting[node]:
                continue
            waiting[node] = False
            count = 0
            for place in range(starts[node], starts[node + 1]):
                other = others[place]
                if other != node:
                    of = module[other]
                    if towards[of] == 0:
                        touched[count] = of
                        count += 1
                    towards[of] += weights[place] / total
            own, s, mass = module[node], leaves[node], visits[node]
            cut_left = max(cut[own] - s + 2 * towards[own], 0.0)
            volume_left = max(volume[own] - mass, 0.0)
            length_left = _length(cut_left, volume_left)
            leaving = length_left - lengths[own] - _plogp(all_cut)
            best, gain, cut_best, length_best = own, -1e-12, 0.0, 0.0
            for one in touched[:count]:
                if one == own:
                    continue
                cut_there = max(cut[one] + s - 2 * towards[one], 0.0)
                length = _length(cut_there, volume[one] + mass)
                all_there = all_cut + cut_left - cut[own] + cut_there - cut[one]
                change = leaving + _plogp(all_there) + length - lengths[one]
                if change < gain:
                    best, gain, cut_best, length_best = one, change, cut_there, length
            for one in touched[:count]:
                towards[one] = 0
            if best != own:
                all_cut += cut_left - cut[own] + cut_best - cut[best]
                cut[own], volume[own] = cut_left, volume_left
                cut[best] = cut_best
                lengths[own], lengths[best] = length_left, length_best
                volume[best] += mass
                module[node] = best
                moves += 1
                for place in range(starts[node], starts[node + 1]):
                    if module[others[place]] != best:
                        waiting[others[place]] = True
        if moves == 0:
            break
    return module


@njit(cache=True, nogil=True)
def between_modules(
    starts: Any, others: Any, weights: Any, inside: Any, module: Any, count: int
) -> Any:
    """Edges between modules, as rows, columns and values, some more than once; and (count,) the
    weight that stays within each, with what was `inside` (n,) its nodes."""
    within = np.zeros(count)
    found = 0
    for node in range(len(module)):
        within[module[node]] += inside[node]
        for place in range(starts[node], starts[node + 1]):
            if module[others[place]] == module[node]:
                within[module[node]] += weights[place]
            else:
                found += 1
    rows, columns = np.empty(found, np.int32), np.empty(found, np.int32)
    values = np.empty(found, np.float32)
    free = 0
    for node in range(len(module)):
        for place in range(starts[node], starts[node + 1]):
            if module[others[place]] != module[node]:
                rows[free], columns[free] = module[node], module[others[place]]
                values[free] = weights[place]
                free += 1
    return rows, columns, values, within
