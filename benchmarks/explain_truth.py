"""Does the study find the region that tells two kinds of drawn people apart, and do heat maps?

    python benchmarks/explain_truth.py --work truth/

For each of the five regions, people of two kinds are drawn who differ in it and in nothing else
(`prosopon.synthetic.contrast`). A small network learns to tell the kinds apart at 32×32 pixels, and
is studied on people it has not seen. Prints the rank of the true region by each method, 1 being
right, and its value beside the best other region's. A folder holds pages and what is done already.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from prosopon.explain import find
from prosopon.explain.findings import Ranking
from prosopon.explain.labelled import Labelled, shrunk
from prosopon.explain.recipes import load_recipe
from prosopon.explain.train_classifiers import Plan, train_classifiers
from prosopon.geometry import corners_of_68, cut_chips, similarities, transform
from prosopon.studies.explain import page
from prosopon.studies.explain.faces import square
from prosopon.summaries import contact_sheet
from prosopon.synthetic.contrast import CONTRASTS, contrast
from prosopon.training import Schedule

PADDING = 0.35
"""Narrower than photographs are cut: nobody here has hair or a beard that matters."""

ARRAYS = ("pictures", "landmarks", "truth", "people")


def drawn(region: str, count: int, side: int, seed: int = 0) -> Labelled:
    """People who differ in `region`, cut by their true landmarks."""
    template = square(side, PADDING)
    chips, points, kinds = [], [], []
    for portrait, kind in contrast(region, count, seed, size=160):
        corners = corners_of_68(portrait.landmarks[None])
        chips.append(cut_chips(portrait.pixels, corners, template)[0])
        inside = similarities(corners, np.array(template.points, np.float32))
        points.append(transform(portrait.landmarks[None], *inside)[0])
        kinds.append(kind)
    faces = Labelled(
        np.stack(chips),
        np.stack(points),
        (region,),
        np.array(kinds, np.int8)[:, None],
        (np.arange(count) // 2).astype(str),
        (),
    )
    return shrunk(faces, side)


def kept(region: str, count: int, side: int, folder: Path) -> Labelled:
    """As `drawn`, kept in `folder` for the next time."""
    file = folder / f"drawn-{count}-{side}.npz"
    if not file.exists():
        faces = drawn(region, count, side)
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(file, **{name: getattr(faces, name) for name in ARRAYS})
    with np.load(file, allow_pickle=False) as arrays:
        return Labelled(labels=(region,), remarks=(), **{name: arrays[name] for name in ARRAYS})


def plan(steps: int, folds: int, alone: bool) -> Plan:
    """The small network, for a few hundred drawn faces."""
    schedule = Schedule(
        steps=steps,
        batch=16,
        optimizer="adamw",
        rate=4e-3,
        weight_decay=1e-2,
        warmup=20,
        cosine=True,
    )
    return Plan(replace(load_recipe("small-32"), schedule=schedule), folds, alone=alone)


def cell(ranking: Ranking, region: str, unit: float) -> str:
    """`1 (23.4 / 2.0)`: the rank of the region, its value, and the best of the others."""
    rank = ranking.order.index(region) + 1
    best = max(value.mean for other, value in ranking.values.items() if other != region)
    return f"{rank} ({unit * ranking.values[region].mean:.3g} / {unit * best:.3g})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--faces", type=int, default=300)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--alone", action="store_true", help="train on single regions, too")
    parser.add_argument("--regions", nargs="+", default=CONTRASTS)
    args = parser.parse_args()
    rows = []
    for region in args.regions:
        folder = args.work / region
        (study,), maps, columns = train_classifiers(
            kept(region, args.faces, 32, folder),
            f"small-32 on {region}",
            plan(args.steps, args.folds, args.alone),
            folder,
        )
        page.write(study, args.work, contact_sheet(maps, columns))
        findings = find(study)
        rankings = {
            "hidden": (findings.configural["contour"], 100),
            "weight": (findings.weights["contour"], 100),
            "shown alone": (find(replace(study, alone={})).featural, 100),
            **({"learnt alone": (findings.featural, 100)} if study.alone else {}),
            **{method: (ranking, 1) for method, ranking in findings.heat.items()},
        }
        if not rows:
            rows = [["differs", "accuracy", *rankings], ["---"] * (2 + len(rankings))]
        cells = [cell(ranking, region, unit) for ranking, unit in rankings.values()]
        rows.append([region, f"{100 * findings.whole.mean:.1f}", *cells])
        print(f"| {' | '.join(rows[-1])} |", flush=True)
    print("\n".join(f"| {' | '.join(row)} |" for row in rows))
    page.publish(args.work)


if __name__ == "__main__":
    main()
