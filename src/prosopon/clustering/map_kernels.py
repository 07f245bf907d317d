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
    """The graph between modules, as offsets (count + 1,), modules and weights; and (count,) the
    weight that stays within each, with what was `inside` (n,) its nodes."""
    firsts = np.zeros(count + 1, np.int64)
    for of in module:
        firsts[of + 1] += 1
    firsts = np.cumsum(firsts)
    free = firsts[:-1].copy()
    nodes = np.empty(len(module), np.int32)
    for node in range(len(module)):
        nodes[free[module[node]]] = node
        free[module[node]] += 1

    ends = np.zeros(count + 1, np.int64)
    seen = np.full(count, -1, np.int32)
    for of in range(count):
        seen[of] = of
        ends[of + 1] = ends[of]
        for node in nodes[firsts[of] : firsts[of + 1]]:
            for place in range(starts[node], starts[node + 1]):
                to = module[others[place]]
                if seen[to] != of:
                    seen[to] = of
                    ends[of + 1] += 1

    within, sums = np.zeros(count), np.zeros(count)
    modules, values = np.empty(ends[-1], np.int32), np.empty(ends[-1], np.float32)
    seen[:] = -1
    for of in range(count):
        free_place = ends[of]
        for node in nodes[firsts[of] : firsts[of + 1]]:
            within[of] += inside[node]
            for place in range(starts[node], starts[node + 1]):
                to = module[others[place]]
                if to == of:
                    within[of] += weights[place]
                    continue
                if seen[to] != of:
                    seen[to] = of
                    modules[free_place] = to
                    free_place += 1
                sums[to] += weights[place]
        for place in range(ends[of], ends[of + 1]):
            values[place] = sums[modules[place]]
            sums[modules[place]] = 0
    return ends, modules, values, within
