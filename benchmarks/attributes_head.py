"""Make the default attribute head: chips, features, logistic regressions, calibration, figures.

    python benchmarks/attributes_head.py --data ../shared/data/celeba --work head/

Faces are cut as `prosopon attributes predict` does it, once more with small random changes of place
and light, and every second one also as an old print. Weights are learnt on the partition `train`;
calibration and thresholds come from five folds of its people. With --everyone the last fit uses
`val` too: that is the head that is shipped, and it can't be judged on these data any more.
"""

import argparse
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.linalg import eigh
from scipy.optimize import minimize

from prosopon import config, zoo
from prosopon.attributes.features import FaceFeatures, template
from prosopon.datasets import read_picture
from prosopon.datasets.attributes import AttributeData, read_dataset
from prosopon.datasets.vocabulary import NAMES
from prosopon.geometry import cut_chips
from prosopon.metrics.classification import attribute_table, calibration_error
from prosopon.records import Float32, UInt8
from prosopon.studies.models import aligned_faces

Array = NDArray[Any]
DETECTOR = "mmod"
VARIANTS = 3
"""Of each face: as it is; with small random changes of place and light, mirrored; and every second
face once more so, as an old print in grey or sepia."""
PRINT = 2
MAX_PIXELS = 10**8
FOLDS = 5


# Features


def corners_of(data: AttributeData, work: Path) -> Float32:
    """(n, 5, 2) the main face's landmarks in each picture; NaN where no face was found."""
    return aligned_faces(data.pictures, config.load(detector=DETECTOR), work).faces.corners


def features_of(data: AttributeData, work: Path, variants: int) -> Array:
    """(VARIANTS, n, d) float16 features of every picture, NaN where no face was found; only the
    first `variants` are made."""
    kept, progress = work / "features.npy", work / "done.npy"
    extract = FaceFeatures(zoo.load("dlib-resnet-features"))
    width = extract(np.zeros((1, *template().size, 3), np.uint8)).shape[1]
    if progress.exists():
        done = np.load(progress)
        table = np.lib.format.open_memmap(kept, "r+")
    else:
        done = np.zeros(VARIANTS, np.int64)
        shape = (VARIANTS, len(data), width)
        table = np.lib.format.open_memmap(kept, "w+", np.float16, shape)
    corners = corners_of(data, work)
    for variant in range(variants):
        for start in range(int(done[variant]), len(data), 16):
            rows = np.arange(start, min(start + 16, len(data)))
            found = rows[np.isfinite(corners[rows, 0, 0])]
            if variant == PRINT:
                found = found[found % 2 == 0]
            chips = [
                _chip(
                    data.pictures[row],
                    corners[row],
                    variant,
                    np.random.default_rng([variant, row]),
                )
                for row in found
            ]
            table[variant, rows] = np.nan
            if chips:
                table[variant, found] = extract(np.stack(chips))
            if start % 512 == 0:
                table.flush()
                done[variant] = start
                np.save(progress, done)
                print(f"features {variant + 1} of {variants}: {start}", flush=True)
        done[variant] = len(data)
        np.save(progress, done)
    return table


def _chip(path: Path, corners: Float32, variant: int, rng: np.random.Generator) -> UInt8:
    pixels = read_picture(path, MAX_PIXELS)
    if variant == 0:
        return cut_chips(pixels, corners[None], template())[0]
    chip = _lit(cut_chips(pixels, _moved(corners, rng)[None], template())[0], rng)
    return _aged(chip, rng) if variant == PRINT else chip[:, ::-1]


def _moved(corners: Float32, rng: np.random.Generator) -> Float32:
    """Turned by about 5°, scaled by about 5 %, shifted by about 3.5 % of the eyes' span."""
    centre, span = corners.mean(axis=0), np.linalg.norm(corners[0] - corners[2])
    angle, scale = rng.normal(0, 5) * np.pi / 180, np.exp(rng.normal(0, 0.05))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = rng.normal(0, 0.035, 2) * span
    return ((corners - centre) @ turn.T + centre + shift).astype(np.float32)


def _lit(chip: UInt8, rng: np.random.Generator) -> UInt8:
    """Another exposure, contrast and tint."""
    values = (chip / 255.0) ** np.exp(rng.normal(0, 0.15))
    mean = values.mean()
    values = (values - mean) * np.exp(rng.normal(0, 0.1)) + mean + rng.normal(0, 0.03)
    values *= np.exp(rng.normal(0, 0.03, 3))
    return np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)


def _aged(chip: UInt8, rng: np.random.Generator) -> UInt8:
    """Without colours; every second one brownish."""
    grey = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY)[..., None]
    tint = [1.05, 1.0, rng.uniform(0.7, 0.95)] if rng.random() < 0.5 else [1.0, 1.0, 1.0]
    return np.clip(grey * np.array(tint), 0, 255).astype(np.uint8)


# Fitting


@dataclass(frozen=True)
class Space:
    """Standardised features, and the principal components in which the weights are sought."""

    mean: Float32
    deviation: Float32
    basis: Float32
    """(d, components): weights found there become weights of standardised features."""

    @classmethod
    def of(cls, features: Float32, components: int) -> "Space":
        """Each group of features counts the same, however many numbers it has."""
        mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-5
        shares = block_shares(features.shape[1])
        standard = np.clip((features - mean) / deviation, -8, 8) * shares
        n = len(standard)
        first = max(n - components, 0)
        values, vectors = eigh(standard @ standard.T, subset_by_index=[first, n - 1])
        directions = standard.T @ (vectors / np.sqrt(values))
        return cls(mean, deviation, shares[:, None] * directions)

    def __call__(self, features: Float32) -> Float32:
        return np.clip((features - self.mean) / self.deviation, -8, 8) @ self.basis


def block_shares(width: int) -> Float32:
    """√(weight / size) of the group that each feature belongs to: of each view the embedding, the
    grids of the five levels, their means and deviations; and the colours."""
    view = [("embedding", 128, 1.0)]
    for channels in (32, 64, 128):
        view += [("grid", 16 * channels, 1.0), ("mean", channels, 0.33), ("spread", channels, 0.33)]
    view += [("grid", 16 * 256, 1.0), ("grid", 4 * 256, 1.0)]
    colours = width - 2 * sum(size for _, size, _ in view)
    blocks = [*view, *view, ("colours", colours, 1.0)]
    return np.concatenate([np.full(size, np.sqrt(w / size), np.float32) for _, size, w in blocks])


def fit_logistic(points: Float32, labels: Float32, penalty: float) -> tuple[Float32, Array]:
    """Weights (d, a) and intercepts (a,) of L2-penalised logistic regressions, all at once."""
    d, a = points.shape[1], labels.shape[1]
    odds = np.clip(labels.mean(axis=0), 1e-3, 1 - 1e-3)

    def objective(x: Array) -> tuple[float, Array]:
        weights = x[: d * a].reshape(d, a).astype(np.float32)
        logits = points @ weights + x[d * a :].astype(np.float32)
        small = np.exp(-np.abs(logits))
        residuals = np.where(logits >= 0, 1, small) / (1 + small) - labels
        loss = np.maximum(logits, 0) - labels * logits + np.log1p(small)
        value = (
            loss.sum(dtype=np.float64) + penalty / 2 * np.square(weights, dtype=np.float64).sum()
        )
        slope = points.T @ residuals + penalty * weights
        return float(value), np.concatenate([slope.ravel(), residuals.sum(axis=0)]).astype(float)

    start = np.concatenate([np.zeros(d * a), np.log(odds / (1 - odds))])
    found = minimize(
        objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 80, "maxcor": 8}
    )
    return found.x[: d * a].reshape(d, a).astype(np.float32), found.x[d * a :]


def folds_of(identities: Array) -> Array:
    """(n,) the fold of each picture; all of a person's pictures share one.

    Identity 7312 shares pictures with three others in this copy of the data, so they go together.
    """
    groups = np.where(np.isin(identities, ["7314", "7317", "7320"]), "7312", identities)
    names, numbers = np.unique(groups, return_inverse=True)
    return np.random.default_rng(0).permutation(len(names))[numbers] % FOLDS


def platt(logits: Array, labels: Array) -> tuple[Array, Array]:
    """Slope and offset (a,) that calibrate each attribute's logits (Platt 1999)."""
    slopes, offsets = np.ones(logits.shape[1]), np.zeros(logits.shape[1])
    for i in range(logits.shape[1]):
        weights, intercept = fit_logistic(
            logits[:, i : i + 1].astype(np.float32), labels[:, i : i + 1], 1.0
        )
        slopes[i], offsets[i] = weights[0, 0], intercept[0]
    return slopes, offsets


def sigmoid(logits: Array) -> Array:
    return 1 / (1 + np.exp(-logits))


def thresholds_for(frequencies: Array, lean: float) -> Array:
    """From 0.5 towards the attribute's frequency, by a share of the way in log-odds."""
    return sigmoid(lean * np.log(frequencies / (1 - frequencies)))


def summary(labels: Array, probabilities: Array, thresholds: Array | float = 0.5) -> str:
    mean = attribute_table(NAMES, labels, probabilities, thresholds)[-1]
    pooled = calibration_error(labels.reshape(-1, 1), probabilities.reshape(-1, 1))[0]
    rng = np.random.default_rng(0)
    drawn = [rng.random(probabilities.shape) < probabilities for _ in range(20)]
    floor = np.mean([calibration_error(truth, probabilities).mean() for truth in drawn])
    return (
        f"accuracy {mean['accuracy']:.4f}  balanced {mean['balanced_accuracy']:.4f}  "
        f"ECE {mean['calibration_error']:.4f} ({floor:.4f} if answers were drawn from the "
        f"probabilities; pooled {pooled:.4f})"
    )


def stacked(table: Array, rows: Array, space: Space, variants: int) -> tuple[Float32, Array]:
    """Points of so many variants of these rows, and which row each belongs to."""
    points, owners = [], []
    for variant in range(variants):
        features = table[variant, rows].astype(np.float32)
        there = np.isfinite(features[:, 0])
        points.append(space(features[there]))
        owners.append(np.flatnonzero(there))
    return np.concatenate(points), np.concatenate(owners)


def cross_fit(
    points: Float32, labels: Float32, owners: Array, folds: Array, penalty: float
) -> dict[str, Array]:
    """Weights and intercepts fitted on everything, and the logits (n, a) of the unchanged faces
    under weights that were fitted on the other folds."""
    logits = np.zeros_like(labels)
    for fold in range(FOLDS):
        learn, judge = folds[owners] != fold, folds == fold
        weights, bias = fit_logistic(points[learn], labels[owners[learn]], penalty)
        logits[judge] = points[: len(labels)][judge] @ weights + bias
    weights, bias = fit_logistic(points, labels[owners], penalty)
    return {"logits": logits, "weights": weights, "bias": bias}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="Kept from run to run.")
    parser.add_argument("--penalty", type=float, default=0.2)
    parser.add_argument("--lean", type=float, default=0.33)
    parser.add_argument("--variants", type=int, choices=range(1, VARIANTS + 1), default=VARIANTS)
    parser.add_argument("--components", type=int, default=1500)
    parser.add_argument("--everyone", action="store_true")
    parser.add_argument("--save", type=Path, help="Write the head there (.safetensors).")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    zoo.configure(threads=1)
    data = read_dataset(asked.data).only(NAMES)
    table = features_of(data, asked.work, asked.variants)
    seen = np.isfinite(table[0, :, 0])
    print(f"faces found: {seen.mean():.4f}")
    digests = np.array([hashlib.md5(path.read_bytes()).hexdigest() for path in data.pictures])
    val = seen & (data.splits == "val")
    train = seen & ~val & ~np.isin(digests, digests[data.splits == "val"])
    if asked.everyone:
        train = seen
    rows = np.flatnonzero(train)
    labels = data.labels[rows].astype(np.float32)
    space = Space.of(table[0, rows].astype(np.float32), asked.components)
    points, owners = stacked(table, rows, space, asked.variants)
    folds = folds_of(data.identities[rows])
    kept = (
        asked.work
        / f"fit-{asked.penalty}-{asked.variants}-{asked.components}-{int(asked.everyone)}.npz"
    )
    if not kept.exists():
        fitted = cross_fit(points, labels, owners, folds, asked.penalty * asked.variants)
        np.savez(kept, **fitted)
    with np.load(kept) as arrays:
        logits, weights, bias = arrays["logits"], arrays["weights"], arrays["bias"]
    slopes, offsets = platt(logits, labels)
    thresholds = thresholds_for(labels.mean(axis=0), asked.lean)
    crossed = np.zeros_like(logits)
    for fold in range(FOLDS):
        judge = folds == fold
        slope, offset = platt(logits[~judge], labels[~judge])
        crossed[judge] = sigmoid(logits[judge] * slope + offset)
    print("folds, at 0.5:          ", summary(labels, crossed))
    print("folds, at the thresholds:", summary(labels, crossed, thresholds))

    final = ((space.basis @ weights) * slopes).astype(np.float16)
    bias = (bias * slopes + offsets).astype(np.float32)
    if not asked.everyone:
        features = table[0, val].astype(np.float32)
        standard = np.clip((features - space.mean) / space.deviation, -8, 8)
        probabilities = sigmoid(standard @ final.astype(np.float32) + bias)
        print("val, at 0.5:            ", summary(data.labels[val], probabilities))
        print("val, at the thresholds: ", summary(data.labels[val], probabilities, thresholds))
        write_table(asked.work / "val.csv", data.labels[val], probabilities, thresholds)
    if asked.save:
        facts = {"attributes": NAMES, "thresholds": np.round(thresholds, 4).tolist()}
        arrays = {
            "mean": space.mean.astype(np.float32),
            "scale": (1 / space.deviation).astype(np.float32),
            "weights": final,
            "bias": bias,
        }
        save_file(arrays, asked.save, metadata={"facts": json.dumps(facts)})
        print(f"written: {asked.save} ({asked.save.stat().st_size / 1e6:.1f} MB)")


def write_table(path: Path, labels: Array, probabilities: Array, thresholds: Array) -> None:
    """Per attribute: the figures at 0.5, and accuracy and balanced accuracy at the thresholds."""
    even = attribute_table(NAMES, labels, probabilities)
    leant = attribute_table(NAMES, labels, probabilities, thresholds)
    with path.open("w", encoding="utf-8") as file:
        print(
            "attribute,majority,accuracy,balanced,ece,at_threshold,balanced_at_threshold", file=file
        )
        for row, other in zip(even, leant, strict=True):
            figures = [
                *(row[name] for name in ("majority", "accuracy", "balanced_accuracy")),
                row["calibration_error"],
                *(other[name] for name in ("accuracy", "balanced_accuracy")),
            ]
            print(row["attribute"], *(f"{value:.4f}" for value in figures), sep=",", file=file)


if __name__ == "__main__":
    main()
