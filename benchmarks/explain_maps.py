"""Which heat map finds the region that tells two kinds of drawn people apart?

    python benchmarks/explain_maps.py --work truth/

For each of the five regions a small network learns the kinds from two thirds of the drawn people
(`explain_truth.py`), and is asked about the others. For each map: in how many of the five regions
the true one is the warmest; the share of faces whose hottest pixel lies in it; insertion (higher is
better) and deletion (lower is better); and the rank correlation with the map of the same network
under random weights (low is better). Means over the regions.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from benchmarks.explain_truth import kept, plan

from prosopon.explain.cam import (
    class_activation,
    finer_layer,
    grad_cam,
    integrated_gradients,
    randomised,
    region_heat,
)
from prosopon.explain.folds import folds_of
from prosopon.explain.heat_maps import deletion, insertion, likeness, pointing, rise
from prosopon.explain.networks import MapClassifier
from prosopon.explain.tasks import probabilities
from prosopon.explain.train_classifiers import source_of
from prosopon.geometry.regions import STUDY_REGIONS
from prosopon.records import Float32, UInt8
from prosopon.synthetic.contrast import CONTRASTS
from prosopon.training import use_threads

MASKS = 150
"""Of RISE; its authors take thousands, of pictures 49 times as large."""

Map = Callable[[MapClassifier, UInt8], Float32]


def said(network: MapClassifier) -> Callable[[UInt8], Float32]:
    """Probabilities (n,) of the one label."""
    return lambda pictures: probabilities(network, pictures)[:, 0]


def maps() -> dict[str, Map]:
    """The methods by name."""

    def cam(network: MapClassifier, pictures: UInt8) -> Float32:
        return class_activation(network, pictures, 0, said(network)(pictures) >= 0.5)

    def finer(network: MapClassifier, pictures: UInt8) -> Float32:
        layer = finer_layer(network, pictures.shape[1])
        return grad_cam(network, pictures, 0, said(network)(pictures) >= 0.5, layer)

    def gradients(network: MapClassifier, pictures: UInt8) -> Float32:
        return integrated_gradients(network, pictures, 0)

    def random_masks(network: MapClassifier, pictures: UInt8) -> Float32:
        return rise(said(network), pictures, masks=MASKS)

    def chance(network: MapClassifier, pictures: UInt8) -> Float32:
        return np.random.default_rng(0).random(pictures.shape[:3]).astype(np.float32)

    return {
        "CAM": cam,
        "Grad-CAM, finer layer": finer,
        "integrated gradients": gradients,
        "RISE": random_masks,
        "chance": chance,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--faces", type=int, default=160)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--regions", nargs="+", default=CONTRASTS)
    asked = parser.parse_args()
    use_threads(1)
    found: dict[str, list[list[float]]] = {name: [] for name in maps()}
    for region in asked.regions:
        faces = kept(region, asked.faces, 32, asked.work / region)
        parts = folds_of(faces.truth[:, 0], faces.people.tolist(), 3, 0)
        source = source_of(faces, plan(asked.steps, 3, False), asked.work / region)
        network = source.trained(0, np.flatnonzero(parts != 0), asked.work / region / "maps")
        judged = faces.rows(np.flatnonzero(parts == 0))
        right = ((said(network)(judged.pictures) >= 0.5) == (judged.truth[:, 0] == 1)).mean()
        line = [f"{region}: {100 * right:.0f} % of {len(judged)} right"]
        place = STUDY_REGIONS.index(region)
        for name, make in maps().items():
            heat = make(network, judged.pictures)
            warm = np.nanmean(region_heat(heat, judged.landmarks), axis=0)
            other = make(randomised(network), judged.pictures) if name != "chance" else heat
            found[name].append(
                [
                    float(warm.argmax() == place),
                    float(pointing(heat, judged.landmarks, region).mean()),
                    float(insertion(said(network), judged.pictures, heat).mean()),
                    float(deletion(said(network), judged.pictures, heat).mean()),
                    float(likeness(heat, other).mean()) if name != "chance" else float("nan"),
                ]
            )
            line.append(f"{name} {warm[place]:.2f}/{np.delete(warm, place).max():.2f}")
        print("; ".join(line), flush=True)
    print("| map | warmest | hottest pixel in it | insertion | deletion | as with random weights |")
    print("|---|---|---|---|---|---|")
    for name, rows in found.items():
        first, *means = np.mean(rows, axis=0)
        cells = " | ".join("" if np.isnan(mean) else f"{mean:.2f}" for mean in means)
        print(f"| {name} | {first * len(rows):.0f} of {len(rows)} | {cells} |")


if __name__ == "__main__":
    main()
