"""How far embedders follow the picture instead of the face, on the people of a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prosopon import faces, zoo
from prosopon.config import Settings
from prosopon.datasets.identities import read_identities
from prosopon.errors import ProsoponError
from prosopon.files import write_bytes
from prosopon.geometry import TEMPLATES
from prosopon.records import Float32, Int64
from prosopon.studies.models import aligned_faces
from prosopon.verification import figures
from prosopon.verification.background_bias import VARIANTS, Study, study
from prosopon.verification.picture_vectors import PictureEmbedder

_FALSE_ACCEPTS = 0.01
"""The threshold lets this share of random pairs of different people pass."""


@dataclass(frozen=True, slots=True)
class BackgroundBias:
    """The table of the study."""

    pictures: int
    picture_model: str
    alike_pairs: int
    least_cosine: float
    """Of the pictures of an alike pair."""
    random_pairs: int
    studies: list[Study]
    files: list[Path]


def background_bias(
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
) -> BackgroundBias:
    """Compare the `pairs` pairs of different people with the most alike pictures, and as many by
    chance, among `most_pictures` pictures drawn from `folder`."""
    identities = read_identities(folder, split)
    files = [(person, file) for person, of in identities.items() for file in of]
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.permutation(len(files))[:most_pictures]).tolist()
    portraits = aligned_faces([files[row][1] for row in drawn], settings)
    seen = np.flatnonzero(portraits.found)
    people = np.array([files[drawn[place]][0] for place in seen])
    if len(np.unique(people)) < 2:
        raise ProsoponError(f"{folder}: expected faces of two people or more")
    whole = PictureEmbedder(picture_weights)
    cosines = _cosines(whole.embed([portraits.picture(place) for place in seen.tolist()]))
    alike = _most_alike(cosines, people, pairs)
    by_chance = _by_chance(people, pairs, rng)
    left, right = np.concatenate([alike, by_chance]).T
    chosen = np.arange(len(left)) < len(alike)
    studies = []
    for id in embedders:
        embedder = faces.embedder(zoo.load(id))
        template = TEMPLATES[embedder.alignment]
        chips = portraits.chips(template)
        vectors = embedder.embed(chips)
        random = np.einsum("ij,ij->i", vectors[by_chance[:, 0]], vectors[by_chance[:, 1]])
        threshold = float(np.quantile(random, 1 - _FALSE_ACCEPTS))
        wholes = cosines[left, right]
        pair = chips[left], chips[right]
        studies.append(study(id, embedder.embed, template, *pair, wholes, chosen, threshold, seed))
    return BackgroundBias(
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
    file = output / "background_bias.png"
    shares = {each.embedder: each.false_matches for each in studies}
    chart = figures.bars(shares, VARIANTS, "false matches among pairs of alike pictures")
    write_bytes(file, chart)
    return [file]
