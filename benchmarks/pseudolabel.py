"""Consensus subspace clustering on images whose classes are known, and on faces.

    python benchmarks/pseudolabel.py images ../shared/data --sets usps mnist cifar10 --seeds 5
    python benchmarks/pseudolabel.py picture ../shared/data --sets usps mnist
    python benchmarks/pseudolabel.py faces collection.prosopon attributes.csv [--identity]
    python benchmarks/pseudolabel.py time ../shared/data --images 70000

`images` and `faces` print Markdown tables. Finished runs are kept in --cache, so that an
interrupted benchmark goes on where it stopped. Needs the extras train and study.
"""

import argparse
import csv
import gzip
import io
import json
import resource
import time
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import matplotlib
import numpy as np
import umap
from numpy.typing import NDArray
from PIL import Image
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score, mutual_info_score
from sklearn.mixture import GaussianMixture

from prosopon import config
from prosopon.metrics.clustering import matched_accuracy, normalised_mutual_information
from prosopon.store import open_store
from prosopon.studies.pseudolabel import Samples, faces_of
from prosopon.subspace.filtering import OneFactorFilter
from prosopon.subspace.networks import ConvAutoencoder, MultiDecoderVAE
from prosopon.subspace.pipeline import FAITHFUL, MENDED, ConsensusSubspaceClustering

matplotlib.use("Agg")
from matplotlib import pyplot as plt

Arrays = tuple[NDArray[np.float32], NDArray[np.int64]]


def usps(data: Path) -> Arrays:
    """All 9,298 images, 16×16."""
    with h5py.File(data / "digits/usps.h5") as file:
        images = np.concatenate([file["train/data"][:], file["test/data"][:]])
        truth = np.concatenate([file["train/target"][:], file["test/target"][:]])
    return images.reshape(-1, 16, 16).astype(np.float32), truth.astype(np.int64)


def mnist(data: Path) -> Arrays:
    """The 10,000 test images, 28×28; with the training images where they are there too."""
    images, truth = [], []
    for part in ("train", "t10k"):
        if (data / f"digits/{part}-images-idx3-ubyte.gz").exists():
            images.append(_idx(data / f"digits/{part}-images-idx3-ubyte.gz", 16))
            truth.append(_idx(data / f"digits/{part}-labels-idx1-ubyte.gz", 8))
    pixels = np.concatenate(images).reshape(-1, 28, 28)
    return pixels.astype(np.float32) / 255, np.concatenate(truth).astype(np.int64)


def cifar10(data: Path) -> Arrays:
    """The 10,000 test images, 32×32×3."""
    with zipfile.ZipFile(data / "objects/cifar10_test.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith((".jpg", ".jpeg")))
        images = [np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in names]
    classes = np.unique([name.split("/")[-2] for name in names], return_inverse=True)[1]
    return np.stack(images).astype(np.float32) / 255, classes.astype(np.int64)


def _idx(path: Path, header: int) -> NDArray[np.uint8]:
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=header)


SETS: dict[str, Callable[[Path], Arrays]] = {"usps": usps, "mnist": mnist, "cifar10": cifar10}


@dataclass(frozen=True, slots=True)
class Run:
    """What a method gave on one set with one seed."""

    labels: NDArray[np.int32]
    single: tuple[float, float] | None = None
    """Mean ACC and NMI of the clusterings before the consensus."""
    confidence: NDArray[np.float64] | None = None


def k_means(images: NDArray[np.float32], truth: NDArray[np.int64], seed: int) -> Run:
    """On pixels, best of 20 by inertia."""
    model = KMeans(10, n_init=20, random_state=seed)
    return Run(model.fit_predict(images.reshape(len(images), -1)))


def umap_mixture(images: NDArray[np.float32], truth: NDArray[np.int64], seed: int) -> Run:
    """A Gaussian mixture on a UMAP embedding of the pixels, as in N2D without its autoencoder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a seed means one thread
        reducer = umap.UMAP(n_neighbors=10, min_dist=0, n_components=10, random_state=seed)
        embedded = reducer.fit_transform(images.reshape(len(images), -1))
    return Run(GaussianMixture(10, n_init=3, random_state=seed).fit_predict(embedded))


def consensus(repeats: int, memory: Path, **parameters: Any) -> Callable[..., Run]:
    """Consensus subspace clustering; `memory` keeps repetitions for runs with more of them."""

    def method(images: NDArray[np.float32], truth: NDArray[np.int64], seed: int) -> Run:
        model = ConsensusSubspaceClustering(
            10, n_repeats=repeats, memory=memory, random_state=seed, **parameters
        ).fit(images)
        parts = [scores(truth, labels) for labels in model.partitions_.T]
        accuracy, information = np.mean(parts, axis=0).tolist()
        return Run(model.labels_, (accuracy, information), model.confidence_)

    return method


def methods(repeats: int, cache: Path) -> dict[str, Callable[..., Run]]:
    """Every row of the table."""
    ours = partial(consensus, repeats, cache / "repetitions")
    wide = replace(FAITHFUL, encoder=MENDED.encoder)
    return {
        "k-means": k_means,
        "umap-mixture": umap_mixture,
        "faithful": ours(),
        "faithful-no-flattening": ours(flatten=False),
        "faithful-no-filter": ours(select=False),
        "mended": ours(recipe="mended"),
        "mended-no-flattening": ours(recipe="mended", flatten=False),
        "mended-no-filter": ours(recipe="mended", select=False),
        "faithful-wide": ours(recipe=wide),
        "faithful-wide-mutual": ours(recipe=replace(wide, affinity="mutual")),
        "faithful-eigenvectors": ours(recipe=replace(FAITHFUL, eigenvectors=1.5)),
    }


def scores(truth: NDArray[Any], labels: NDArray[Any]) -> tuple[float, float]:
    """ACC and NMI."""
    return matched_accuracy(truth, labels), normalised_mutual_information(truth, labels)


def run_images(options: argparse.Namespace) -> None:
    """Score methods on sets, and print what is known so far."""
    available = methods(options.repeats, options.cache)
    for name in options.sets:
        images, truth = SETS[name](options.data)
        for method in options.methods or available:
            for seed in range(options.seeds):
                file = options.cache / f"{name}-{method}-{options.repeats}-{seed}.json"
                if not file.exists():
                    began = time.process_time()
                    result = available[method](images, truth, seed)
                    _keep(file, result, truth, time.process_time() - began)
        print(f"\n{name}, {len(images):,} images\n")
        print("| method | seeds | ACC | NMI | best ACC | CPU s |\n|---|---|---|---|---|---|")
        for method in available:
            pattern = f"{name}-{method}-{options.repeats}-*.json"
            kept = [json.loads(f.read_text()) for f in sorted(options.cache.glob(pattern))]
            if kept:
                _row(method, kept, "accuracy", "information")
            if kept and kept[0]["single"]:
                _row(f"{method}, no voting", kept, "single", "single")
        _confidence(options.cache, name, options.repeats)


def _keep(file: Path, run: Run, truth: NDArray[Any], seconds: float) -> None:
    accuracy, information = scores(truth, run.labels)
    kept: dict[str, Any] = {
        "accuracy": accuracy,
        "information": information,
        "single": run.single,
        "seconds": seconds,
    }
    if run.confidence is not None:
        sure = run.confidence >= np.median(run.confidence)
        kept["sure"] = matched_accuracy(truth[sure], run.labels[sure])
        kept["share"] = float(sure.mean())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(kept))


def _row(method: str, kept: list[dict[str, Any]], first: str, second: str) -> None:
    accuracy = np.array([k[first][0] if first == "single" else k[first] for k in kept])
    information = np.array([k[second][1] if second == "single" else k[second] for k in kept])
    seconds = np.mean([k["seconds"] for k in kept])
    print(
        f"| {method} | {len(kept)} | {accuracy.mean():.3f} ± {accuracy.std():.3f} "
        f"| {information.mean():.3f} ± {information.std():.3f} | {accuracy.max():.3f} "
        f"| {seconds:.0f} |"
    )


def _confidence(cache: Path, name: str, repeats: int) -> None:
    for method in ("faithful", "mended"):
        found = sorted(cache.glob(f"{name}-{method}-{repeats}-[0-9].json"))
        kept = [json.loads(file.read_text()) for file in found]
        if kept:
            share = np.mean([k["share"] for k in kept])
            sure = np.mean([k["sure"] for k in kept])
            everything = np.mean([k["accuracy"] for k in kept])
            print(
                f"{method}: ACC {sure:.3f} on the {share:.0%} of images with a confidence of at "
                f"least the median, {everything:.3f} on all"
            )


def picture(options: argparse.Namespace) -> None:
    """UMAP of the pixels and of a mended latent space, coloured by class."""
    figure, axes = plt.subplots(len(options.sets), 2, figsize=(10, 5 * len(options.sets)))
    for (before, after), name in zip(np.atleast_2d(axes), options.sets, strict=True):
        images, truth = SETS[name](options.data)
        rows = np.random.default_rng(0).permutation(len(images))[: options.points]
        features = ConvAutoencoder(10, random_state=0).fit_transform(images)
        chosen = OneFactorFilter(groups=10, random_state=0).fit_transform(features)
        encoder = MultiDecoderVAE(random_state=0, **MENDED.encoder).fit(chosen)
        spaces = {
            "pixels": images.reshape(len(images), -1),
            "a subspace": encoder.sample(chosen)[0],
        }
        for axis, (title, space) in zip((before, after), spaces.items(), strict=True):
            flat = umap.UMAP(random_state=0, n_jobs=1).fit_transform(space[rows])
            axis.scatter(*flat.T, c=truth[rows], s=2, cmap="tab10")
            axis.set(title=f"{name}: UMAP of {title}", xticks=[], yticks=[])
    figure.tight_layout()
    figure.savefig(options.out, dpi=100)
    print(options.out)


def run_faces(options: argparse.Namespace) -> None:
    """Which attributes do the clusters of a collection's faces follow?"""
    with open_store(options.collection) as store:
        samples = faces_of(store, config.load(), identity=options.identity)
    attributes, people, rows = _labelled(samples, options.attributes)
    data = samples.data[rows]
    model = ConsensusSubspaceClustering(
        options.clusters,
        recipe=options.recipe,
        n_repeats=options.repeats,
        memory=options.cache,
        random_state=0,
    ).fit(data)
    labels = model.labels_
    plain = KMeans(options.clusters, n_init=3, random_state=0)
    plain.fit(data.reshape(len(data), -1))
    what = "identity vectors" if options.identity else "chips"
    with_identity = [adjusted_mutual_info_score(people, found) for found in (labels, plain.labels_)]
    print(
        f"{len(rows):,} {what} of {len(set(people))} people in {len(set(labels))} clusters, the "
        f"largest of {np.bincount(labels).max():,}; mean confidence "
        f"{model.confidence_.mean():.2f}; adjusted mutual information with identity "
        f"{with_identity[0]:.3f}, of k-means {with_identity[1]:.3f}\n"
    )
    print("| attribute | positives | I / H | by chance | k-means |\n|---|---|---|---|---|")
    by_person = np.argsort(people, kind="stable")
    shifts = np.random.default_rng(0).integers(len(rows), size=20)
    rows_of_table = []
    for attribute, values in attributes.items():
        entropy = mutual_info_score(values, values)
        if entropy > 0:
            share = mutual_info_score(values, labels) / entropy
            moved = [np.roll(values[by_person], shift) for shift in shifts]  # people stay whole
            chance = np.mean([mutual_info_score(m, labels[by_person]) for m in moved]) / entropy
            by_k_means = mutual_info_score(values, plain.labels_) / entropy
            rows_of_table.append((share, chance, by_k_means, values.mean(), attribute))
    for share, chance, other, positives, name in sorted(rows_of_table, reverse=True)[: options.top]:
        print(f"| {name} | {positives:.1%} | {share:.3f} | {chance:.3f} | {other:.3f} |")
    rest = [share for share, *_ in sorted(rows_of_table, reverse=True)[options.top :]]
    if rest:
        print(f"\nthe other {len(rest)}: at most {max(rest):.3f}, median {np.median(rest):.3f}")


def _labelled(
    samples: Samples, table: Path
) -> tuple[Mapping[str, NDArray[np.int64]], list[str], NDArray[np.int64]]:
    """Attributes (n,) each, people, and rows of the samples; photographs with one face only."""
    with table.open(newline="", encoding="utf-8") as stream:
        known = {Path(row.pop("image")).name: row for row in csv.DictReader(stream)}
    files = [Path(row[0]).name for row in samples.rows]
    names, counts = np.unique(files, return_counts=True)
    alone = set(names[counts == 1].tolist()) & known.keys()
    rows = np.array([row for row, file in enumerate(files) if file in alone])
    chosen = [known[files[row]] for row in rows]
    people = [row["identity"] for row in chosen]
    attributes = {
        name: np.array([int(row[name]) for row in chosen])
        for name in chosen[0]
        if name != "identity"
    }
    return attributes, people, rows


def measure(options: argparse.Namespace) -> None:
    """Time and memory of one repetition on many images: digits of MNIST, moved and brightened."""
    images, _ = mnist(options.data)
    random = np.random.default_rng(0)
    many = images[random.integers(len(images), size=options.images)]
    many = np.stack([np.roll(image, random.integers(-1, 2, 2), (0, 1)) for image in many])
    many *= random.uniform(0.8, 1, (len(many), 1, 1)).astype(np.float32)
    began, cpu = time.perf_counter(), time.process_time()
    ConsensusSubspaceClustering(10, recipe=options.recipe, n_repeats=1, random_state=0).fit(many)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{options.images:,} images, one repetition: {time.perf_counter() - began:.0f} s, "
        f"{time.process_time() - cpu:.0f} s of CPU, peak memory {peak:.1f} GiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    verbs = parser.add_subparsers(required=True)

    images = verbs.add_parser("images")
    images.add_argument("data", type=Path)
    images.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    images.add_argument("--methods", nargs="+", choices=methods(1, Path()))
    images.add_argument("--seeds", type=int, default=5)
    images.add_argument("--repeats", type=int, default=10)
    images.add_argument("--cache", type=Path, default=Path("pseudolabel-runs"))
    images.set_defaults(run=run_images)

    drawn = verbs.add_parser("picture")
    drawn.add_argument("data", type=Path)
    drawn.add_argument("--sets", nargs="+", choices=SETS, default=["usps", "mnist"])
    drawn.add_argument("--points", type=int, default=5000)
    drawn.add_argument("--out", type=Path, default=Path("pseudolabel.png"))
    drawn.set_defaults(run=picture)

    faces = verbs.add_parser("faces")
    faces.add_argument("collection")
    faces.add_argument("attributes", type=Path, help="CSV: image, identity, then 0 or 1")
    faces.add_argument("--identity", action="store_true", help="identity vectors, not chips")
    faces.add_argument("--clusters", type=int, default=10)
    faces.add_argument("--recipe", default="mended")
    faces.add_argument("--repeats", type=int, default=10)
    faces.add_argument("--top", type=int, default=10)
    faces.add_argument("--cache", type=Path, default=Path("pseudolabel-runs"))
    faces.set_defaults(run=run_faces)

    timed = verbs.add_parser("time")
    timed.add_argument("data", type=Path)
    timed.add_argument("--images", type=int, default=70_000)
    timed.add_argument("--recipe", default="mended")
    timed.set_defaults(run=measure)

    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
