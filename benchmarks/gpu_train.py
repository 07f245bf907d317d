"""Full-size trainings of the papers on one GPU, the most wanted first, until the time is up.

    python benchmarks/gpu_train.py --pack .gpu --out $OUT --minutes 9

Two processes share the GPU: `wide` (AttParseNet and its baseline, ResNet-50 at 224×224, face
embedders) and `small` (ResNet-50 at 32×32 on whole faces and on single regions), which keeps it
busy for a part of the time only. Each result is written when it is there. What a process has done
before in the same --keep is not done again.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import TensorDataset

from attributes_parsing import perturbed
from gpu_faces import CelebA, Packed
from prosopon.attributes.recipes import AttributeRecipe
from prosopon.attributes.recipes import load_recipe as attribute_recipe
from prosopon.attributes.tasks import Samples, make_task
from prosopon.explain import occlusions, respond
from prosopon.explain.folds import folds_of
from prosopon.explain.networks import MapClassifier
from prosopon.explain.recipes import load_recipe as explain_recipe
from prosopon.explain.tasks import ClassifierTask
from prosopon.explain.train_classifiers import ALONE, build
from prosopon.records import Float32, Int64, UInt8
from prosopon.training import Task, fit
from prosopon.training.history import Row
from prosopon.training.schedule import Schedule
from prosopon.verification.judging import pair_judge
from prosopon.verification.tasks import EmbedderTask, Recipe, batches

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
PRECISION = "bf16-mixed"
FOLDS = 5
ASKED = 300
"""Faces of each part that are hidden in all ways at 224×224 pixels."""
STEPS = 1500
"""Batches for SFNet-20, where the dissertation has 70,000."""
Results = dict[str, Any]


class OutOfTime(Exception):
    """A training was cut short: it says nothing."""


@dataclass(frozen=True)
class Run:
    """What all trainings share."""

    pack: Path
    keep: Path
    deadline: float
    tiny: bool

    def schedule(self, schedule: Schedule, **changes: Any) -> Schedule:
        """In bfloat16; the weights of the last epoch are kept, so that nothing is chosen."""
        if self.tiny:
            small = {"steps": 2, "milestones": ()} if schedule.steps else {"epochs": 1}
            changes = {**changes, **small, "batch": 8}
        return replace(schedule, precision=PRECISION, monitor="", **changes)

    def fit(self, task: Task, data: Any, schedule: Schedule, **options: Any) -> list[Row]:
        """`fit`, with the network in the layout that GPUs like. Raises OutOfTime."""
        task.network.to(memory_format=torch.channels_last)
        end = task.finished
        task.finished = lambda rows: time.time() > self.deadline or end(rows)  # type: ignore
        with tempfile.TemporaryDirectory(dir=self.keep) as folder:  # nothing goes on from it
            rows = fit(task, data, schedule, Path(folder), **options)
        if time.time() > self.deadline:
            raise OutOfTime
        return rows


def parsing(run: Run, celeba: CelebA, name: str, crop: str, seed: int) -> Results:
    """AttParseNet or its baseline at full width, asked about `val` and copies of it."""
    recipe: AttributeRecipe = attribute_recipe(name)
    assert recipe.parsing is not None
    crop_of = attribute_recipe(crop).crop
    about = replace(recipe.parsing, stop_at_crossover=False)
    if run.tiny:
        about = replace(about, width=0.03, segment_epochs=0)
    schedule = run.schedule(recipe.schedule, seed=seed)
    recipe = replace(recipe, crop=crop_of, parsing=about, schedule=schedule)
    parts = celeba.samples(recipe.crop.template(), recipe.attributes)
    task = make_task(recipe, parts["train"], parts["val"])
    rows = run.fit(task, on_device(parts["train"]), recipe.schedule)
    task.eval()
    copies = perturbed(parts["val"].pictures)
    said = {f"said {copy}": task.predict(chips) for copy, chips in copies.items()}
    return {**said, "labels": parts["val"].labels, "rows": rows}


def on_device(samples: Samples) -> TensorDataset:
    """Pictures (n, 3, h, w), labels and segments on the GPU."""
    arrays = [samples.pictures.transpose(0, 3, 1, 2), samples.labels, samples.segments]
    return TensorDataset(*(torch.from_numpy(np.ascontiguousarray(a)).to(DEVICE) for a in arrays))


class Images:
    """Pictures (n, h, w, 3) and labels (n, a) on the GPU, as `ClassifierTask` wants them."""

    def __init__(self, pictures: UInt8, labels: Any) -> None:
        self.pictures = torch.from_numpy(pictures).to(DEVICE)
        self.labels = torch.from_numpy(np.asarray(labels, np.float32)).to(DEVICE)

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, rows: Int64, /) -> tuple[Tensor, Tensor]:
        return images(self.pictures[rows]), self.labels[rows]


def images(pictures: Tensor) -> Tensor:
    return pictures.permute(0, 3, 1, 2).float() / 127.5 - 1


def probabilities(network: MapClassifier, pictures: UInt8) -> Float32:
    """(n, a), as `prosopon.explain.tasks.probabilities`, in larger batches."""
    network.eval()
    with torch.no_grad():
        parts = [
            torch.sigmoid(network(images(torch.from_numpy(part).to(DEVICE)))).float().cpu().numpy()
            for part in np.array_split(pictures, -(-len(pictures) // 256))
        ]
    return np.concatenate(parts)


def gender(run: Run, celeba: CelebA, name: str, part: int, alone: int | None) -> Results:
    """A ResNet-50 of Table 6.1 on the other parts; on whole faces (`alone` None), asked about every
    occlusion, or on one region alone, asked about that and about whole faces."""
    recipe = explain_recipe(name)
    if run.tiny:
        recipe = replace(recipe, network=replace(recipe.network, name="small"))
    recipe = replace(recipe, schedule=run.schedule(recipe.schedule))
    faces = celeba.labelled(recipe.picture.side, recipe.picture.padding, "Male")
    parts = folds_of(faces.truth[:, 0], faces.people.tolist(), FOLDS, recipe.schedule.seed)
    learnt, judged = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
    pictures = faces.pictures
    if alone is not None:
        chosen = [ALONE[alone]]
        pictures = respond(lambda given: given, pictures, faces.landmarks, chosen)[1]
    network = build(recipe, 1, pictures)
    task = ClassifierTask(recipe, network, faces.truth[learnt])
    rows = run.fit(task, Images(pictures[learnt], faces.truth[learnt]), recipe.schedule)
    if alone is not None:
        own, whole = (probabilities(network, of[judged]) for of in (pictures, faces.pictures))
        return {"own": own, "whole": whole, "rows": rows}
    if recipe.picture.side > 100:
        judged = np.random.default_rng(part).permutation(judged)[:ASKED]
    if run.tiny:
        judged = judged[:4]
    of = faces.rows(judged)
    answers = respond(
        lambda given: probabilities(network, given), of.pictures, of.landmarks, occlusions()
    )
    everyone = probabilities(network, faces.pictures[parts == part])
    return {
        "answers": answers[..., 0],
        "landmarks": of.landmarks,
        "truth": of.truth[:, 0],
        "people": of.people,
        "everyone": everyone[:, 0],
        "everyone's truth": faces.truth[parts == part, 0],
        "rows": rows,
    }


def embedder(run: Run, celeba: CelebA, name: str) -> Results:
    """A recipe of `prosopon verify train` on CelebA's people, every tenth held out to judge by;
    vectors of LFW's faces where they were packed."""
    recipe = Recipe.read(name)
    schedule = run.schedule(recipe.schedule)
    if schedule.steps == 70_000:
        at = tuple(STEPS * milestone // 70_000 for milestone in schedule.milestones)
        schedule = replace(schedule, steps=STEPS, milestones=at)
    recipe = replace(recipe, schedule=schedule)
    chips = celeba.chips(recipe.network.template())
    names = sorted(set(celeba.people.tolist()))
    held_out = np.isin(celeba.people, names[9::10])
    numbers = np.unique(celeba.people[~held_out], return_inverse=True)[1].astype(np.int64)
    margin = recipe.network.margin
    inner = chips[:, margin : chips.shape[1] - margin, margin : chips.shape[2] - margin]
    judge = None if run.tiny else pair_judge(inner[held_out], celeba.people[held_out].tolist())
    task = EmbedderTask(recipe, int(numbers.max()) + 1, judge)
    learnt = (torch.from_numpy(chips[~held_out]), torch.from_numpy(numbers))
    data = TensorDataset(*(each.to(DEVICE) for each in learnt))
    rows = run.fit(task, data, schedule, batches=batches(recipe, numbers))
    task.eval()
    found: Results = {"people": len(set(numbers.tolist())), "rows": rows}
    if (run.pack / "lfw.npz").exists():
        whole = Packed(run.pack / "lfw.npz").chips(recipe.network.template())
        seen = whole[:, margin : whole.shape[1] - margin, margin : whole.shape[2] - margin]
        found["vectors"] = task.embed(seen).astype(np.float16)
    return found


Job = tuple[str, Callable[[], Results]]


def wide(run: Run, celeba: CelebA) -> list[Job]:
    """AttParseNet first; then the others and further seeds in turn."""

    def parse(name: str, seed: int, crop: str = "") -> Job:
        title = f"{name} {seed}{f' {crop}' if crop else ''}"
        return title, lambda: parsing(run, celeba, name, crop or name, seed)

    def face(part: int) -> Job:
        return f"resnet50-224 {part}", lambda: gender(run, celeba, "resnet50-224", part, None)

    def embed(name: str) -> Job:
        return name, lambda: embedder(run, celeba, name)

    net, base = "attparsenet", "attparsenet-baseline"
    return [
        parse(net, 0),
        parse(base, 0),
        face(0),
        parse(net, 1),
        parse(base, 1),
        embed("sfnet20-cosface"),
        face(1),
        embed("lightcnn29"),
        parse(base, 0, net),
        parse(net, 0, base),
        embed("otto10"),
        face(2),
        parse(net, 2),
        parse(base, 2),
        embed("sfnet20-arcface"),
        face(3),
        face(4),
    ]


def small(run: Run, celeba: CelebA) -> list[Job]:
    """ResNet-50 at 32×32 on whole faces; then on one region alone, part by part."""

    def face(part: int, place: int | None = None) -> Job:
        title = f"resnet50-32 {part}" + ("" if place is None else f" {ALONE[place].name}")
        return title, lambda: gender(run, celeba, "resnet50-32", part, place)

    alone = [face(part, place) for part in range(FOLDS) for place in range(len(ALONE))]
    return [face(part) for part in range(FOLDS)] + alone


LANES = {"wide": wide, "small": small}


def lane(name: str, run: Run, out: Path) -> None:
    """Do a lane's jobs until the time is up."""
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")
    torch.set_num_threads(4)
    celeba = CelebA(run.pack / "celeba.npz")
    file = run.keep / f"{name}.npz"
    done: Results = dict(np.load(file, allow_pickle=False)) if file.exists() else {}
    took: dict[str, float] = {}
    for title, job in LANES[name](run, celeba):
        kind = title.split()[0]
        late = time.time() + took.get(kind, 0) > run.deadline
        if f"{title}|seconds" in done or late:
            continue
        before = time.time()
        try:
            found = job()
        except OutOfTime:
            print(f"{name}: {title}: cut short after {time.time() - before:.0f} s", flush=True)
            continue
        except Exception:
            print(f"{name}: {title}: failed\n{traceback.format_exc()}", flush=True)
            continue
        took[kind] = time.time() - before
        rows = found.pop("rows")
        last = {key: round(value, 4) for key, value in rows[-1].items()}
        print(f"{name}: {title}: {took[kind]:.0f} s {last}", flush=True)
        found |= {"seconds": took[kind], "history": json.dumps(rows)}
        done |= {f"{title}|{key}": np.asarray(value) for key, value in found.items()}
        np.savez_compressed(run.keep / f"new-{name}.npz", **done)
        (run.keep / f"new-{name}.npz").replace(file)
        shutil.copy(file, out / file.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--keep", type=Path, default=Path("/dev/shm/prosopon-gpu"))
    parser.add_argument("--minutes", type=float, default=9.0)
    parser.add_argument("--lanes", nargs="+", choices=LANES, default=list(LANES))
    parser.add_argument("--tiny", action="store_true", help="To try it out on a CPU.")
    asked = parser.parse_args()
    asked.keep.mkdir(parents=True, exist_ok=True)
    asked.out.mkdir(parents=True, exist_ok=True)
    name = torch.cuda.get_device_name() if DEVICE == "cuda" else "no GPU"
    print(f"{name}; torch {torch.__version__}; {os.cpu_count()} cores", flush=True)
    run = Run(asked.pack, asked.keep, time.time() + 60 * asked.minutes, asked.tiny)
    context = multiprocessing.get_context("spawn")
    lanes = [context.Process(target=lane, args=(each, run, asked.out)) for each in asked.lanes]
    for each in lanes:
        each.start()
    for each in lanes:
        each.join(max(1, run.deadline + 15 - time.time()))
        if each.is_alive():
            each.terminate()


if __name__ == "__main__":
    main()
