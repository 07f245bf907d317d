"""How far embedders follow the picture instead of the face, on the people of a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prosopon.collection.gallery import read_gallery
from prosopon.config import Settings
from prosopon.errors import ProsoponError
from prosopon.geometry import TEMPLATES
from prosopon.records import Float32, Int64
from prosopon.studies.picture_vectors import PictureEmbedder
from prosopon.studies.portraits import Portraitist, chips, read
from prosopon.verification import figures
from prosopon.verification.surroundings import VARIANTS, Study, study

_FALSE_ACCEPTS = 0.01
"""The threshold lets this share of random pairs of different people pass."""


@dataclass(frozen=True, slots=True)
class Surrounded:
    """The table of the study."""

    pictures: int
    picture_model: str
    alike_pairs: int
    least_cosine: float
    """Of the pictures of an alike pair."""
    random_pairs: int
    studies: list[Study]
    files: list[Path]


def surroundings(
    folder: Path,
    embedders: Sequence[str],
    settings: Settings,
    *,
    pairs: int,
    most_pictures: int,
    picture_weights: Path | None,
    output: Path | None,
    split: str = "",
    seed: int = 0,
) -> Surrounded:
    """Compare the `pairs` pairs of different people with the most alike pictures, and as many by
    chance, among `most_pictures` pictures drawn from `folder`."""
    gallery = read_gallery(folder, split)
    files = [(person, file) for person, of in gallery.items() for file in of]
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.permutation(len(files))[:most_pictures]).tolist()
    portraitist = Portraitist.of(embedders, settings)
    cut = list(chips([files[row][1] for row in drawn], portraitist, settings))
    seen = [place for place, each in enumerate(cut) if each]
    if len({files[drawn[place]][0] for place in seen}) < 2:
        raise ProsoponError(f"{folder}: expected faces of two people or more")
    people = np.array([files[drawn[place]][0] for place in seen])
    whole = PictureEmbedder(picture_weights)
    pictures = [read(files[drawn[place]][1], settings.max_pixels) for place in seen]
    cosines = _cosines(whole.embed(pictures))
    alike = _most_alike(cosines, people, pairs)
    by_chance = _by_chance(people, pairs, rng)
    left, right = np.concatenate([alike, by_chance]).T
    chosen = np.arange(len(left)) < len(alike)
    studies = []
    for id, pipeline in portraitist.pipelines.items():
        of = np.stack([cut[place][id] for place in seen])
        vectors = pipeline.embedder.embed(of)
        random = np.einsum("ij,ij->i", vectors[by_chance[:, 0]], vectors[by_chance[:, 1]])
        threshold = float(np.quantile(random, 1 - _FALSE_ACCEPTS))
        template = TEMPLATES[pipeline.embedder.alignment]
        wholes = cosines[left, right]
        embed = pipeline.embedder.embed
        studies.append(
            study(id, embed, template, of[left], of[right], wholes, chosen, threshold, seed)
        )
    return Surrounded(
        len(seen),
        whole.id,
        len(alike),
        float(cosines[alike[-1, 0], alike[-1, 1]]),
        len(by_chance),
        studies,
        _write(output, studies),
    )


def _cosines(vectors: Float32) -> Float32:
    product: Float32 = vectors @ vectors.T
    return product


def _most_alike(cosines: Float32, people: NDArray[np.str_], pairs: int) -> Int64:
    """(pairs, 2) rows of different people, the most alike pictures first."""
    able = np.triu(people[:, None] != people[None], k=1)
    rows, columns = np.nonzero(able)
    order = np.argsort(-cosines[rows, columns], kind="stable")[:pairs]
    return np.stack([rows[order], columns[order]], axis=1)


def _by_chance(people: NDArray[np.str_], pairs: int, rng: np.random.Generator) -> Int64:
    drawn = rng.integers(0, len(people), (20 * pairs, 2))
    able = drawn[people[drawn[:, 0]] != people[drawn[:, 1]]]
    chosen: Int64 = able[:pairs]
    return chosen


def _write(output: Path | None, studies: Sequence[Study]) -> list[Path]:
    if output is None:
        return []
    output.mkdir(parents=True, exist_ok=True)
    file = output / "surroundings.png"
    shares = {each.embedder: each.false_matches for each in studies}
    file.write_bytes(figures.bars(shares, VARIANTS, "false matches among pairs of alike pictures"))
    return [file]
