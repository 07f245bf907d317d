"""How real models see drawn people: detection, boxes, separability, and the time to draw.

    python benchmarks/synthetic_albums.py --people 40 --photos 8
    python benchmarks/synthetic_albums.py --sheet docs/images/synthetic_people.jpg

The first prints the figures of docs/results.md: MMOD on frontal faces and on an album, and the
best pairwise F of DBSCAN (min_samples 1, Euclidean on unit vectors) over epsilon. The second draws
the picture in docs/synthetic.md.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.cluster import DBSCAN

from prosopon import faces, zoo
from prosopon.geometry.boxes import iou
from prosopon.metrics.clustering import scores
from prosopon.synthetic import Appearance, Person, Portrait, Pose, Setting, render
from prosopon.synthetic.album import Job, Recipe, draw


def found(pipeline: faces.Pipeline, portrait: Portrait) -> tuple[float, np.ndarray | None]:
    """The best overlap of a detection with the true box, and that face's vector."""
    detected, vectors = pipeline(portrait.pixels)
    if not len(detected):
        return 0.0, None
    overlaps = iou(portrait.box[None], detected.boxes)[0]
    best = int(overlaps.argmax())
    return float(overlaps[best]), vectors[best]


def frontal(pipeline: faces.Pipeline, count: int) -> None:
    """Detection of people who look into the camera."""
    overlaps = []
    for number in range(count):
        rng = np.random.default_rng([11, number])
        person = Person.sample(rng)
        appearance = replace(Appearance.sample(rng, person), pose=Pose())
        overlaps.append(found(pipeline, render(person, appearance, Setting.sample(rng), 320))[0])
    share = np.mean(np.array(overlaps) >= 0.4)
    print(f"frontal faces: {count}, found by MMOD: {share:.1%}, mean IoU {np.mean(overlaps):.2f}")


def separability(pipeline: faces.Pipeline, recipe: Recipe) -> None:
    """Detection and clustering of an album of single portraits."""
    vectors, people, seconds = [], [], 0.0
    total = recipe.people * recipe.photos_per_person
    for person in range(1, recipe.people + 1):
        for photo in range(recipe.photos_per_person):
            start = time.process_time()
            portrait = draw(Job(recipe, 0, person, photo))[3][0]
            seconds += time.process_time() - start
            overlap, vector = found(pipeline, portrait)
            if vector is not None and overlap >= 0.4:
                vectors.append(vector)
                people.append(person)
    print(f"album: {total} portraits, found: {len(people) / total:.1%}")
    print(f"drawing: {1000 * seconds / total:.0f} ms of one core per portrait of {recipe.size} px")
    epsilons = np.arange(0.10, 0.45, 0.01)
    labels = [DBSCAN(eps=e, min_samples=1).fit_predict(np.array(vectors)) for e in epsilons]
    table = [scores(people, found) for found in labels]
    best = int(np.argmax([row["pairwise_f"] for row in table]))
    row = table[best]
    print(
        f"DBSCAN, best epsilon {epsilons[best]:.2f}: pairwise P {row['pairwise_precision']:.3f} "
        f"R {row['pairwise_recall']:.3f} F {row['pairwise_f']:.3f}, B3 F {row['bcubed_f']:.3f}"
    )


def sheet(path: Path, columns: int = 6, rows: int = 3, size: int = 232) -> None:
    """Draw a contact sheet of different people."""
    tiles = []
    for number in range(columns * rows):
        rng = np.random.default_rng(number + 20)
        person = Person.sample(rng)
        appearance, setting = Appearance.sample(rng, person), Setting.sample(rng)
        tiles.append(render(person, appearance, setting, size).pixels)
    picture = np.vstack([np.hstack(tiles[k : k + columns]) for k in range(0, len(tiles), columns)])
    Image.fromarray(picture).save(path, quality=88)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--photos", type=int, default=8)
    parser.add_argument("--frontal", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sheet", type=Path, help="only draw this picture")
    options = parser.parse_args()
    if options.sheet:
        sheet(options.sheet)
        return
    pipeline = faces.pipeline(
        zoo.load("mmod"), zoo.load("dlib-resnet-mirrored"), zoo.load("dlib-landmarks-5")
    )
    if options.frontal:
        frontal(pipeline, options.frontal)
    separability(pipeline, Recipe(options.people, options.photos, seed=options.seed))


if __name__ == "__main__":
    main()
