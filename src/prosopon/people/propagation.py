"""Label propagation within one cluster: from a few named faces to a name for every other.

Zhu and Ghahramani, "Learning from labeled and unlabeled data with label propagation",
CMU-CALD-02-107 (2002), in the closed form of Zhu, Ghahramani and Lafferty, "Semi-supervised
learning using Gaussian fields and harmonic functions", ICML 2003, eq. 5: hard labels stay fixed,
and a face's probability of a name is the mean of its neighbours', weighted by similarity. This is
what scikit-learn's `LabelPropagation` converges to. That one is not used because on a sparse graph
it divides all weights by the first row's sum, and because it has neither rejections nor faces that
don't pull.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import splu

from prosopon.records import Int32

Soft = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEAK = 1e-9
"""Share of its weights that a face loses: no more than what keeps the equations solvable where no
hard label is in reach, whose probabilities are then 0."""


def propagate(
    similarities: csr_array,
    hard: Int32,
    *,
    rejected: Mask | None = None,
    reliable: Mask | None = None,
    scale: float = 0.02,
) -> Soft:
    """Return (m, names) probabilities of each name for each of m faces of one cluster.

    A row sums to 1, or to less where rejections or missing connections leave something for
    somebody else. Needs no other cluster: run it again when a hard label in this one changes.

    similarities : (m, m) cosine of the pairs that the neighbour graph holds, one way or both.
    hard : (m,) number of the name of each named face, -1 for others.
    rejected : (m, names) True where a face is not that person; it then hands on nothing of it.
    reliable : (m,) False for faces too poor to be relied on: named by others, they name nobody,
        unless a human named them.
    scale : cosine distance at which a similarity's weight has fallen to 1/e.
    """
    names = int(hard.max(initial=-1)) + 1 if rejected is None else rejected.shape[1]
    named = hard >= 0
    strong = np.ones_like(named) if reliable is None else named | reliable
    weights = _weights(similarities, scale)
    fixed = np.broadcast_to(named[:, None], (len(hard), names)).copy()
    if rejected is not None:
        fixed |= rejected
    soft: Soft = (hard[:, None] == np.arange(names)).astype(np.float64)
    core, rim = np.flatnonzero(strong), np.flatnonzero(~strong)
    soft[core] = _harmonic(weights[core][:, core], soft[core], fixed[core])
    pull = weights[rim][:, core]
    total = pull.sum(axis=1)[:, None]
    mean = np.divide(pull @ soft[core], total, out=np.zeros((len(rim), names)), where=total > 0)
    soft[rim] = np.where(fixed[rim], soft[rim], mean)
    return soft


def majority(similarities: csr_array, hard: Int32, *, seed: int = 0, rounds: int = 100) -> Soft:
    """Return (m, names) the share of each face's neighbours that have its name in the end, by plain
    majority, as the text of the National Archives' thesis has it (§2.5); 0 for all other names.

    Every face begins with a label of its own. In turn, in an order drawn anew each round, each
    takes the label that most of its neighbours have; of equally frequent ones one that people
    gave, else one by chance. Named faces keep theirs. It ends where nothing changes. Similarities
    only say who are neighbours; rejections and poor faces have no part in it.

    similarities : (m, m) of the pairs that the neighbour graph holds; hard : (m,) -1 for none.
    """
    names = int(hard.max(initial=-1)) + 1
    graph = csr_array(similarities.maximum(similarities.T))
    graph.setdiag(0)
    graph.eliminate_zeros()
    near = np.split(graph.indices, graph.indptr[1:-1])
    labels = np.where(hard >= 0, hard, names + np.arange(len(hard)))
    rng = np.random.default_rng(seed)
    free = np.array([row for row in np.flatnonzero(hard < 0) if len(near[row])], np.int64)
    for _ in range(rounds):
        changed = False
        for row in rng.permutation(free).tolist():
            found, counts = np.unique(labels[near[row]], return_counts=True)
            most = found[counts == counts.max()]
            given = most[most < names]
            chosen = labels[row] if labels[row] in most else rng.choice(most)
            chosen = given[0] if len(given) == 1 else rng.choice(given) if len(given) else chosen
            changed |= bool(chosen != labels[row])
            labels[row] = chosen
        if not changed:
            break
    soft: Soft = np.zeros((len(hard), names))
    for row in range(len(hard)):
        if labels[row] < names:
            share = np.mean(labels[near[row]] == labels[row]) if hard[row] < 0 else 1.0
            soft[row, labels[row]] = share
    return soft


def parts(soft: Soft, hard: Int32) -> Int32:
    """(m,) the name that each face of a cluster goes to: how hard labels split it; -1 for none."""
    if not soft.size:
        return np.full(len(soft), -1, np.int32)
    best = np.where(soft.max(axis=1) > 0, soft.argmax(axis=1), -1)
    return np.where(hard >= 0, hard, best).astype(np.int32)


def _weights(similarities: csr_array, scale: float) -> csr_array:
    """Symmetric (m, m) weights without self-loops."""
    weights = csr_array(similarities.maximum(similarities.T))
    weights.setdiag(0)
    weights.eliminate_zeros()
    weights.data = np.exp((weights.data.astype(np.float64) - 1) / scale)
    return weights


def _harmonic(weights: csr_array, values: Soft, fixed: Mask) -> Soft:
    """Replace the `values` that are not `fixed` by the means of their neighbours'."""
    laplacian = csr_array(diags_array(weights.sum(axis=1) * (1 + LEAK) + 1e-300) - weights)
    solved = values.copy()
    for pattern in np.unique(fixed, axis=1).T:  # one factorisation for all names fixed alike
        free, columns = ~pattern, (fixed == pattern[:, None]).all(axis=0)
        if free.any():
            system = splu(laplacian[free][:, free].tocsc())
            pull = weights[free][:, pattern] @ values[pattern][:, columns]
            solved[np.ix_(free, columns)] = np.clip(system.solve(np.ascontiguousarray(pull)), 0, 1)
    return solved
