"""Which parts of a face a classifier uses, told by hiding parts of many faces.

    chosen = occlusions()                                        # 93 ways of hiding
    outputs = respond(classifier, pictures, landmarks, chosen)   # (84, n): whole faces first
    figures = measure(truth, outputs, folds)                     # accuracy, recall, … per fold
    for row in q_list(chosen, figures["accuracy"]):              # the costliest first
        print(row.occlusion.name, row.q)

A classifier is any function from pictures to probabilities. `Study` keeps what was measured,
`findings` says what follows from it. Networks, their training and activation maps need PyTorch and
are imported from `networks`, `tasks` and `cam`.
"""

from prosopon.explain.findings import Findings, find
from prosopon.explain.importance import Shares, measure, q_list, respond
from prosopon.explain.occlusions import Occlusion, inside, occlusions
from prosopon.explain.study import Study

__all__ = [
    "Findings",
    "Occlusion",
    "Shares",
    "Study",
    "find",
    "inside",
    "measure",
    "occlusions",
    "q_list",
    "respond",
]
