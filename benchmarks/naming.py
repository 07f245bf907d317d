"""How many answers it takes to name everybody: an oracle answers the questions.

    python benchmarks/naming.py simulate lfw.prosopon --truth lfw/images --plot naming.png
    python benchmarks/naming.py simulate lfw.prosopon --truth lfw/images --captions
    python benchmarks/naming.py fit lfw.prosopon=lfw/images celeba.prosopon=celeba.csv --out a.json

Collections are indexed and clustered beforehand (`prosopon index FOLDER && prosopon cluster`). The
oracle knows who everybody is. One answer names all ticked faces of a question; each tick that it
has to change costs one answer more. A page of pairs costs one answer, and one for each pair that is
one person. Compared: the queue, with pages of pairs and without, clusters by size, one face at a
time; with --captions the queue after drawn captions (`captions.py`) have named what they are surer
of than 0.99, with no answer from anybody.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

import captions
from prosopon import config, zoo
from prosopon.collection import Collection
from prosopon.collection.ground_truth import label_faces
from prosopon.collection.review.pairs import SHOWN
from prosopon.people import calibration as cal
from prosopon.people.captions import shipped as shipped_captions
from prosopon.people.doubtful import DoubtfulPair, doubtful_pairs, gain
from prosopon.people.queue import LARGEST, open_groups, questions
from prosopon.people.relations import Groups, pairs
from prosopon.people.soft_labels import propagate_labels
from prosopon.people.suggest import (
    Band,
    SuggestionContext,
    adapted,
    best,
    names,
    persons_of,
    told_apart,
)
from prosopon.people.suggestion import Question
from prosopon.records import Float32, Int32, NeighbourGraph
from prosopon.store import open_store

EVERY = 25
"""Questions between two orderings of the queue."""
SELDOM = 500
"""The same for orders that the answers hardly change."""
THRESHOLD = 0.95
"""Cosine from which two faces count as one person, for cards that have none: dlib-resnet's."""
Sample = tuple[str, Any, Any, Any]
SHARES = (0.5, 0.8, 0.9, 0.95)


class Case:
    """A collection with its truth."""

    def __init__(self, name: str, truth: str) -> None:
        settings = config.load(collection=name)
        with Collection(open_store(name, create=False), settings) as collection:
            found = collection.view.faces
            assert found.run is not None, f"{name}: run  prosopon cluster  first"
            embeddings, graph = found.embeddings, found.graph
            people = label_faces(collection, Path(truth), found.table).people
            rows = found.rows(embeddings.face_ids.tolist())
        self.name, self.given = Path(name).stem, truth
        self.model = found.embedder
        calibrated = zoo.card(found.embedder).threshold
        self.threshold = THRESHOLD if calibrated is None else calibrated.cosine
        self.vectors: Float32 = embeddings.vectors
        self.graph: NeighbourGraph = graph
        self.cluster: Int32 = found.labels[rows]
        who = [people.get(face, "") for face in embeddings.face_ids.tolist()]
        self.labelled = np.array([name != "" for name in who])
        given = [name or f"\x00{row}" for row, name in enumerate(who)]  # the others: nobody
        self.truth: NDArray[np.intp] = np.unique(given, return_inverse=True)[1]
        counts = np.bincount(self.truth)
        self.wanted = self.labelled & (counts[self.truth] >= 2)

    def captioned(self, source: str) -> Int32:
        """(n,) whom drawn captions name each face, -1 for nobody."""
        case = captions.load(source, self.given)
        mentions = captions.drawn(case, 0)
        found, features = captions.named(case, mentions)
        chance = shipped_captions().probability(found, features)
        taken = captions.accepted(chance, captions.GOAL)
        of_name = np.full(len(case.people) + 1, -1)
        known = case.person >= 0
        of_name[case.person[known]] = self.truth[known]
        return np.where(taken, of_name[found.name], -1).astype(np.int32)

    def known(
        self,
        named: Int32,
        rejected: list[tuple[int, int]],
        apart: Sequence[tuple[int, int]] = (),
    ) -> SuggestionContext:
        """What is known when these have names, these were said no to, and these are two people."""
        pairs_rejected = np.array(rejected, np.int64).reshape(-1, 2)
        person, confidence = propagate_labels(self.graph, self.cluster, named, pairs_rejected)
        n = len(named)
        return SuggestionContext(
            vectors=self.vectors,
            graph=self.graph,
            cluster=self.cluster,
            person=person,
            confidence=confidence,
            reliable=np.ones(n, bool),
            rejected=pairs_rejected,
            apart=np.array(apart, np.int64).reshape(-1, 2),
            skipped=~self.labelled,
            face_ids=np.arange(n),
        )


def samples(case: Case, seed: int) -> Iterator[tuple[str, Any, Any, Any]]:
    """Kind of relation, features, whether right, and whom it is about; from states of naming.

    Two kinds of states: the largest clusters are named, up to some share of them; and random faces
    are.
    """
    rng = np.random.default_rng(seed)
    labels, sizes = np.unique(case.cluster[case.cluster >= 0], return_counts=True)
    largest = labels[np.argsort(-sizes, kind="stable")][: np.count_nonzero(sizes > 1)]
    for share in (0.1, 0.3, 0.6, 1.0):
        named = np.full(len(case.truth), -1, np.int32)
        rejected = []
        for label in largest[: int(share * len(largest))].tolist():
            rows = np.flatnonzero((case.cluster == label) & case.labelled)
            if len(rows):
                person = int(np.bincount(case.truth[rows]).argmax())
                right = case.truth[rows] == person
                named[rows[right]] = person
                rejected += [(row, person) for row in rows[~right].tolist()]
        known = case.known(named, rejected)
        groups = open_groups(known)
        yield from _names(case, known, groups)
        yield from _merges(case, known, groups)
    for share in (0.05, 0.2, 0.5, 0.8):
        chosen = case.labelled & (rng.random(len(case.truth)) < share)
        known = case.known(np.where(chosen, case.truth, -1).astype(np.int32), [])
        single = np.where(known.open, np.cumsum(known.open) - 1, -1).astype(np.int32)
        yield from _names(case, known, single)


def _names(
    case: Case, known: SuggestionContext, groups: Int32
) -> Iterator[tuple[str, Any, Any, Any]]:
    asked = Groups(groups, np.ones(len(groups), np.float32))
    found = pairs(known.vectors, known.graph, asked, persons_of(known), case.threshold)
    no = known.rejected
    found = found[~told_apart(found.one, found.other, groups[no[:, 0]], no[:, 1])]
    who = _majority(case, groups)
    right = who[found.one] == found.other
    own = known.person[found.face] == found.other
    for kind, part in (("within", own), ("beyond", ~own)):
        yield kind, found.features[part], right[part], who[found.one[part]]


def _merges(
    case: Case, known: SuggestionContext, groups: Int32
) -> Iterator[tuple[str, Any, Any, Any]]:
    both = Groups(groups, np.ones(len(groups), np.float32))
    found = pairs(known.vectors, known.graph, both, both, case.threshold)
    size = np.bincount(groups[groups >= 0])
    one, other = size[found.one], size[found.other]
    found = found[(one < other) | ((one == other) & (found.one > found.other))]
    who = _majority(case, groups)
    yield "merges", found.features, who[found.one] == who[found.other], who[found.one]


def _majority(case: Case, groups: Int32) -> NDArray[np.intp]:
    """Whom most faces of each group show."""
    table = np.zeros(int(groups.max(initial=-1)) + 1, np.intp)
    for group in range(len(table)):
        table[group] = np.bincount(case.truth[groups == group]).argmax()
    return table


def fit(cases: list[Case]) -> cal.Calibration:
    """Fit on all people; measure reliability on halves of the people not fitted on."""
    gathered: dict[str, list[tuple[Any, Any, Any]]] = {"within": [], "beyond": [], "merges": []}
    for case in cases:
        for kind, features, right, who in samples(case, seed=0):
            gathered[kind].append((features, right, who))
    fitted, bins = {}, {}
    for kind, parts in gathered.items():
        features = np.vstack([part[0] for part in parts])
        right = np.concatenate([part[1] for part in parts])
        half = np.concatenate([part[2] for part in parts]) % 2 == 0
        fitted[kind] = cal.fit(features, right)
        crossed = np.empty(len(right))
        for side in (half, ~half):
            crossed[side] = cal.fit(features[~side], right[~side]).probability(features[side])
        bins[kind] = cal.reliability(crossed, right)
        print(kind, "expected calibration error", round(cal.expected_error(bins[kind]), 4))
        print(*bins[kind], sep="\n")
    names = " and ".join(f"{case.name} ({case.labelled.sum():,} faces)" for case in cases)
    return cal.Calibration(
        model=cases[0].model,
        threshold=cases[0].threshold,
        benchmark=f"{names}: eight states each; reliability crosswise on halves",
        date=datetime.now(UTC).date().isoformat(),
        reliability=bins,
        **fitted,
    )


Asked = Question | list[DoubtfulPair]
"""A question, or a page of pairs."""
Strategy = Callable[[SuggestionContext], Sequence[Asked]]


class Oracle:
    """Knows who everybody is, and answers.

    named_before : (n,) names that nobody was asked for, some of them wrong.
    """

    def __init__(self, case: Case, named_before: Int32 | None = None) -> None:
        self._case = case
        n = len(case.truth)
        self._named = np.full(n, -1, np.int32) if named_before is None else named_before.copy()
        self._rejected: list[tuple[int, int]] = []
        self._apart: list[tuple[int, int]] = []

    @property
    def known(self) -> SuggestionContext:
        """What is known after the answers so far."""
        return self._case.known(self._named, self._rejected, self._apart)

    @property
    def share(self) -> float:
        """Of the wanted faces, those that have their names."""
        return float((self._named == self._case.truth)[self._case.wanted].mean())

    def answer(self, asked: Asked) -> int:
        """Answer; how many answers that is. 0: there is nothing left to say."""
        return self._pairs(asked) if isinstance(asked, list) else self._question(asked)

    def _question(self, question: Question) -> int:
        """One for all ticked faces, and one for each tick that changes."""
        faces, truth = np.array(question.faces), self._case.truth
        rows = faces[self._named[faces] < 0]
        if not len(rows):
            return 0
        who = truth[rows]
        suggested = int(question.person or -1)
        fits = suggested >= 0 and bool((who == suggested).any())
        person = suggested if fits else int(np.bincount(who).argmax())
        right = who == person
        self._named[rows[right]] = person
        self._rejected += [(row, person) for row in rows[~right].tolist()]
        return 1 + int(np.count_nonzero(~right))

    def _pairs(self, pairs: list[DoubtfulPair]) -> int:
        """One for the page, and one for each pair that is ticked or gets its name."""
        truth, count = self._case.truth, 0
        for pair in pairs:
            rows = [pair.face] if pair.person else [pair.face, pair.other]
            if (self._named[rows] >= 0).any():
                continue
            person = int(pair.person) if pair.person else int(truth[pair.other])
            if truth[pair.face] == person:
                self._named[rows] = person
                count += 1
            elif pair.person:
                self._rejected.append((pair.face, person))
            else:
                self._apart.append((pair.face, pair.other))
        return 1 + count


@dataclass
class Course:
    """How naming went."""

    curve: list[tuple[int, float]]
    """Answers given, share of the wanted faces that is named by then."""
    known: dict[float, SuggestionContext]
    """What was known when each of SHARES was reached."""

    def answers(self, share: float) -> int | None:
        """Answers that it took to name this share; None where it was not reached."""
        return next((answers for answers, named in self.curve if named >= share), None)


def simulate(oracle: Oracle, strategy: Strategy, every: int) -> Course:
    """Answer until the last of SHARES is named; order what is asked anew after `every` answers."""
    course, answers, share = Course([(0, 0.0)], {}), 0, 0.0
    while share < SHARES[-1]:
        done = 0
        for asked in strategy(oracle.known):
            count = oracle.answer(asked)
            if not count:
                continue
            answers, share = answers + count, oracle.share
            course.curve.append((answers, share))
            for goal in SHARES:
                if share >= goal and goal not in course.known:
                    course.known[goal] = oracle.known
            done += 1
            if done == every or share >= SHARES[-1]:
                break
        if not done:
            break
    return course


def predicted(case: Case, known: SuggestionContext, prior: cal.Calibration) -> dict[str, float]:
    """If the predictions that are ticked beforehand are taken for names as well: how many of the
    wanted faces are rightly named then, and how many of all names are right.
    """
    single = np.where(known.open, np.cumsum(known.open) - 1, -1).astype(np.int32)
    found = best(names(known, single, adapted(known, prior)))
    found = found[found.bands == Band.TICK]
    given = np.where(known.named, known.person, -1)
    given[found.face] = found.persons
    right = (given >= 0) & (given == case.truth)
    return {
        "rightly named": round(float(right[case.wanted].mean()), 4),
        "precision": round(float(right[given >= 0].mean()), 4),
    }


def with_pairs(known: SuggestionContext, prior: cal.Calibration) -> list[Asked]:
    """The queue, and pages of faces alone in pairs where they settle more for an answer."""
    calibration = adapted(known, prior)
    asked = questions(known, calibration)
    pairs = doubtful_pairs(known, asked, calibration)
    pages = [pairs[start : start + SHOWN] for start in range(0, len(pairs), SHOWN)]
    gains = [*(one.gain for one in asked), *map(gain, pages)]
    both: list[Asked] = [*asked, *pages]
    return [both[place] for place in np.argsort(-np.array(gains), kind="stable").tolist()]


def by_size(known: SuggestionContext) -> list[Question]:
    """Clusters, the largest first, page by page; then every face that is left."""
    groups = open_groups(known)
    order = np.argsort(-np.bincount(groups[groups >= 0]), kind="stable")
    members = (np.flatnonzero(groups == group) for group in order[:SELDOM])
    return [
        _question(rows[start : start + LARGEST])
        for rows in members
        for start in range(0, len(rows), LARGEST)
    ]


def one_at_a_time(known: SuggestionContext) -> list[Question]:
    """Every face by itself."""
    return [_question(np.array([row])) for row in np.flatnonzero(known.open)[:SELDOM]]


def _question(rows: Any) -> Question:
    return Question(tuple(rows.tolist()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    fitting = verbs.add_parser("fit")
    fitting.add_argument("cases", nargs="+", metavar="COLLECTION=TRUTH")
    fitting.add_argument("--out", type=Path, required=True)
    simulating = verbs.add_parser("simulate")
    simulating.add_argument("collection")
    simulating.add_argument("--truth", required=True)
    simulating.add_argument("--captions", action="store_true")
    simulating.add_argument("--by", help="this way alone, such as 'the queue and pairs'")
    simulating.add_argument("--calibration", type=Path, help="by default the shipped one")
    simulating.add_argument("--plot", type=Path)
    given = parser.parse_args()
    if given.verb == "fit":
        made = fit([Case(*case.split("=")) for case in given.cases])
        given.out.write_text(cal.to_json(made), encoding="utf-8")
        return
    case = Case(given.collection, given.truth)
    prior = (
        cal.from_json(given.calibration.read_text("utf-8"))
        if given.calibration
        else cal.shipped(case.model, case.threshold)
    )
    strategies: dict[str, tuple[Strategy, int]] = {
        "the queue": (lambda known: questions(known, adapted(known, prior)), EVERY),
        "the queue and pairs": (lambda known: with_pairs(known, prior), EVERY),
        "clusters by size": (by_size, SELDOM),
        "one face at a time": (one_at_a_time, SELDOM),
    }
    if given.by:
        strategies = {given.by: strategies[given.by]}
    wanted = int(case.wanted.sum())
    print(f"{wanted:,} of {case.labelled.sum():,} faces are of people with two or more")
    courses = {}
    before = case.captioned(given.collection) if given.captions else None
    if before is not None:
        strategies = {
            f"{name} after captions": strategies[name]
            for name in ("the queue", "the queue and pairs")
            if name in strategies
        }
        right = (before == case.truth)[case.wanted].mean()
        correct = (before == case.truth)[(before >= 0) & case.labelled].mean()
        print(f"named by captions: {right:.4f} of them rightly; precision {correct:.4f}")
    for name, (strategy, every) in strategies.items():
        courses[name] = course = simulate(Oracle(case, before), strategy, every)
        for share in SHARES:
            answers = course.answers(share)
            row: dict[str, Any] = {"by": name, "named": share, "answers": answers}
            if answers is not None:
                row["answers per face"] = round(answers / wanted, 3)
                row["with predictions"] = predicted(case, course.known[share], prior)
            print(json.dumps(row), flush=True)
    if given.plot:
        _plot(courses, given.plot)


def _plot(courses: dict[str, Course], target: Path) -> None:
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for name, course in courses.items():
        axes.plot(*np.array(course.curve).T, label=name)
    axes.set(xlabel="answers", ylabel="faces of people with two or more, named", ylim=(0, 1))
    axes.axhline(0.95, color="grey", linewidth=0.8, linestyle="--")
    axes.legend()
    figure.savefig(target, dpi=120)


if __name__ == "__main__":
    main()
