"""Everything that the trainings on a GPU need, in one folder of some 30 MB.

    python benchmarks/gpu_pack.py --data ../shared/data --keep work/ --out .gpu/

Of each photograph the part that any of the alignments shows, at its own resolution, as WebP of
quality 80, with where the face lies in it: all alignments are cut from that on the other machine,
by the same code as here.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from prosopon import config
from prosopon.attributes.recipes import Crop
from prosopon.attributes.recipes import load_recipe as attribute_recipe
from prosopon.datasets import AlignedFaces
from prosopon.datasets.aligned_faces import FacePoints
from prosopon.datasets.attributes import read_dataset
from prosopon.explain.recipes import load_recipe as explain_recipe
from prosopon.geometry import Template, similarities
from prosopon.records import Float32, UInt8
from prosopon.studies.explain.faces import square
from prosopon.studies.models import aligned_faces
from prosopon.studies.verify import Task, read_pairs
from prosopon.verification.tasks import Recipe

QUALITY = 80
MARGIN = 4
"""Pixels around what the alignments show."""
EMBEDDERS = ("sfnet20-cosface", "lightcnn29", "otto10")


def celeba_templates() -> list[Template]:
    """Every alignment that the trainings cut CelebA's faces to."""
    crops: list[Crop] = [attribute_recipe(name).crop for name in PARSING]
    pictures = [explain_recipe(name).picture for name in ("resnet50-32", "resnet50-224")]
    squares = [square(picture.side, picture.padding) for picture in pictures]
    return [*(crop.template() for crop in crops), *squares, *embedder_templates()]


PARSING = ("attparsenet", "attparsenet-baseline")


def embedder_templates() -> list[Template]:
    return [Recipe.read(name).network.template() for name in EMBEDDERS]


def shown(face: FacePoints, template: Template) -> Float32:
    """(4, 2) the corners of the chip in the picture."""
    height, width = template.size
    a, b = similarities(face.landmarks(template)[None], np.array(template.points, np.float32))
    corners = (np.array([0, width, 1j * height, width + 1j * height]) - b) / a
    return np.stack([corners.real, corners.imag], axis=-1).astype(np.float32)


def region(pixels: UInt8, face: FacePoints, templates: list[Template]) -> tuple[UInt8, Float32]:
    """The part of a picture that the alignments show, and the face's numbers in it."""
    corners = np.concatenate([shown(face, template) for template in templates])
    size = np.array(pixels.shape[1::-1])
    left, top = np.clip(np.floor(corners.min(axis=0)) - MARGIN, 0, size - 1).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)) + MARGIN, 1, size).astype(int)
    row = face.row().reshape(-1, 2) - [left, top]
    return pixels[top:bottom, left:right], row.ravel().astype(np.float32)


def packed(portraits: AlignedFaces, templates: list[Template]) -> dict[str, np.ndarray]:
    """WebP bytes end to end, where each ends, and the faces' numbers."""
    files, rows = [], []
    for number in np.flatnonzero(portraits.found):
        faces = portraits.faces
        face = FacePoints(*(getattr(faces, part)[number] for part in FacePoints.__slots__))
        pixels, row = region(portraits.picture(int(number)), face, templates)
        wanted = [cv2.IMWRITE_WEBP_QUALITY, QUALITY]
        _, encoded = cv2.imencode(".webp", np.ascontiguousarray(pixels[..., ::-1]), wanted)
        files.append(encoded.ravel())
        rows.append(row)
    ends = np.cumsum([len(file) for file in files])
    return {"files": np.concatenate(files), "ends": ends, "rows": np.array(rows)}


def pack_lfw(data: Path, keep: Path, out: Path, most: int) -> None:
    """The pictures in LFW's list of pairs, by their numbers in it."""
    _, pictures = read_pairs(Task("lfw", data))
    chosen = dict(list(pictures.items())[: most or None])
    portraits = aligned_faces(chosen, config.load(workers=1), keep)
    numbers = np.flatnonzero(portraits.found)
    np.savez(out, **packed(portraits, embedder_templates()), numbers=numbers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keep", type=Path, required=True, help="Where faces are kept.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--lfw", action="store_true", help="LFW's faces too (14 MB).")
    parser.add_argument("--most", type=int, default=0, help="Pictures of each; 0: all.")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    settings = config.load(workers=1)
    data = read_dataset(asked.data / "celeba")
    data = data.rows(np.random.default_rng(0).permutation(len(data))[: asked.most or None])
    portraits = aligned_faces(data.pictures, settings, asked.keep)
    known = data.rows(portraits.found)
    np.savez(
        asked.out / "celeba.npz",
        **packed(portraits, celeba_templates()),
        labels=known.labels,
        attributes=np.array(known.attributes),
        people=known.identities,
        splits=known.splits,
    )
    if asked.lfw:
        pack_lfw(asked.data / "lfw", asked.keep, asked.out / "lfw.npz", asked.most)
    for file in sorted(asked.out.iterdir()):
        print(file.name, f"{file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
