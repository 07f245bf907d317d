"""What grouping gains from two things: that people in one photograph are known to be strangers, and
that clusters which are plainly two people are parted.

    python benchmarks/groups.py drawn groups/          # draws and indexes 16 groups of people
    python benchmarks/groups.py photographed lfw.prosopon --truth lfw/images
    python benchmarks/groups.py grid grid/lfw grid/celeba grid/drawn        # vectors of grid.py

Each prints B³ F and pairwise F over albums, with neither, with the first, with both. `drawn` and
`photographed` make albums of a collection's photographs, in which others may be who have no label;
`grid` has albums of single faces, which tell of the second only.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import grid
import prosopon
from prosopon import clustering, graph, synthetic, zoo
from prosopon.clustering import Constraints, WeakFaces
from prosopon.collection.ground_truth import label_faces
from prosopon.config import Settings
from prosopon.records import Embeddings, ModelCard

SHAPES = ((6, 6, 6), (12, 4, 12), (5, 2, 14), (20, 6, 10))
"""People, photographs of each alone, photographs of several."""
GROUPS = range(600, 616)
"""Seeds of drawn groups, and so their number."""
ALONE, TOGETHER = (0, 1, 2, 99), (1, 3, 6, 99)
"""Of each drawn person's own photographs, and of those of several, how many an album has."""
PEOPLE, PHOTOS, ROUNDS = (3, 6, 10, 30), (2, 4, 10), 15
"""Of albums of a photographed collection."""
FORMS, DRAWS = ("as they are", "one dominates"), 3
"""Of albums of the grid."""
STEPS = ("neither", "strangers known", "and parted")


@dataclass(frozen=True)
class Faces:
    """Faces of one album, or of a whole collection."""

    vectors: np.ndarray
    """(n, d)"""
    persons: np.ndarray
    """(n,) names, "" where there is no label."""
    photos: np.ndarray
    """(n,)"""
    weak: np.ndarray
    """(n,) bool"""

    def part(self, kept: np.ndarray) -> "Faces":
        """Those that `kept` (n,) marks."""
        return Faces(self.vectors[kept], self.persons[kept], self.photos[kept], self.weak[kept])


# Where albums come from -------------------------------------------------------------------------


def read(collection: prosopon.Collection, truth: Path) -> Faces:
    """What was indexed, with the labels of a truth."""
    found = collection.view.faces
    ids = found.embeddings.face_ids
    people = label_faces(collection, truth, collection.visible).people
    persons = np.array([people.get(face, "") for face in ids.tolist()])
    weak = found.weak[found.rows(ids.tolist())]
    return Faces(found.embeddings.vectors, persons, collection.constraints.photos, weak)


def drawn(work: Path) -> Iterator[Faces]:
    """Albums of parts of the drawn groups."""
    rng = np.random.default_rng(7)
    for seed in GROUPS:
        people, photos, groups = SHAPES[seed % len(SHAPES)]
        album = synthetic.album(
            work / f"{seed}", people, photos, seed=seed, groups=groups, size=320
        )
        with prosopon.open(work / f"{seed}.prosopon") as collection:
            collection.index(work / f"{seed}" / "images")
            faces = read(collection, album.truth)
        shared = np.bincount(faces.photos)[faces.photos] > 1
        for several in TOGETHER:
            for alone in ALONE:
                if several == 1 and alone == 0:
                    continue  # everybody once
                of_several = rng.permutation(np.unique(faces.photos[shared]))[:several]
                kept = np.isin(faces.photos, of_several)
                for person in np.unique(faces.persons[faces.persons != ""]):
                    own = np.flatnonzero((faces.persons == person) & ~shared)
                    kept[rng.permutation(own)[:alone]] = True
                yield faces.part(kept)


def photographed(faces: Faces) -> Iterator[Faces]:
    """Albums of some people's photographs, those with others in them first."""
    rng = np.random.default_rng(11)
    photo_of_strong = faces.photos[~faces.weak]
    several = np.isin(faces.photos, np.flatnonzero(np.bincount(photo_of_strong, minlength=1) > 1))
    names, counts = np.unique(faces.persons[faces.persons != ""], return_counts=True)
    for people in PEOPLE:
        for photos in PHOTOS:
            pool = np.intersect1d(names[counts >= photos], faces.persons[several])
            for _ in range(ROUNDS if len(pool) >= people else 0):
                chosen = []
                for person in rng.choice(pool, people, replace=False):
                    own = rng.permutation(np.flatnonzero(faces.persons == person))
                    own = own[np.argsort(~several[own], kind="stable")]
                    chosen += faces.photos[own[:photos]].tolist()
                yield faces.part(np.isin(faces.photos, chosen))


def of_grid(folder: Path, form: str) -> Iterator[Faces]:
    """Albums of up to a hundred people, each face on a photograph of its own."""
    data = grid.load(folder)
    for people in (count for count in grid.PEOPLE if count <= 100):
        for photos in grid.PHOTOS:
            for vectors, persons in grid.albums(data, people, photos, form, DRAWS):
                if len(vectors) > 1:
                    count = len(vectors)
                    yield Faces(
                        vectors, persons.astype(str), np.arange(count), np.zeros(count, bool)
                    )


# The steps --------------------------------------------------------------------------------------


def clustered(faces: Faces, card: ModelCard) -> list[grid.Scores]:
    """Scores of the labelled faces at each of `STEPS`."""
    count = len(faces.vectors)
    embeddings = Embeddings(np.arange(count), faces.vectors, card.id)
    made = graph.build(embeddings)
    constraints = Constraints(np.arange(count), photos=faces.photos)
    photos = np.where(faces.weak, -1, faces.photos).astype(np.int64)
    scores = []
    for known, parting in ((None, False), (photos, False), (photos, True)):
        found = clustering.estimate_threshold(embeddings, made, card.threshold, photos=known)
        labels = clustering.run(
            clustering.make("adaptive", threshold=found.cosine),
            made,
            embeddings,
            constraints,
            WeakFaces(faces.weak, found.cosine),
            clustering.near_duplicates(made, found.duplicate),
            strangers=found.strangers if parting else 0.0,
        ).labels
        labelled = faces.persons != ""
        alone = labels < 0
        labels[alone] = labels.max(initial=0) + 1 + np.arange(alone.sum())
        scores.append(grid.score(faces.persons[labelled], labels[labelled]))
    return scores


def line(name: str, albums: Iterator[Faces]) -> None:
    """One row of the table."""
    card = zoo.card(Settings().embedder)
    scores = np.array([clustered(album, card) for album in albums])  # (albums, steps, 2)
    cells = [f"{b3:.4f}, {pairwise:.4f}" for b3, pairwise in scores.mean(axis=0)]
    for step in (1, 2):
        gain = scores[:, step, 0] - scores[:, step - 1, 0]
        error = gain.std() / np.sqrt(len(gain))
        worse, better = (gain < -1e-9).sum(), (gain > 1e-9).sum()
        cells.insert(2 * step, f"{gain.mean():.4f} ({error:.4f}), {worse} / {better}")
    print(f"| {name} | {len(scores)} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("drawn").add_argument("work", type=Path)
    given = what.add_parser("photographed")
    given.add_argument("collection", type=Path)
    given.add_argument("--truth", type=Path, required=True)
    what.add_parser("grid").add_argument("folders", type=Path, nargs="+")
    asked = parser.parse_args()
    gains = [f"{step} | gain (standard error), worse / better" for step in STEPS[1:]]
    print(f"| | albums | {STEPS[0]} | {' | '.join(gains)} |\n|{'---|' * 7}")
    if asked.what == "drawn":
        line("drawn groups", drawn(asked.work))
    elif asked.what == "photographed":
        with prosopon.open(asked.collection) as collection:
            faces = read(collection, asked.truth)
        line(asked.collection.stem, photographed(faces))
        line(f"{asked.collection.stem}, whole", iter([faces]))
    else:
        for folder in asked.folders:
            for form in FORMS:
                line(f"{folder.name}, {form}", of_grid(folder, form))


if __name__ == "__main__":
    main()
