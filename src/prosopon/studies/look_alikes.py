"""Whom one may confuse: the look-alikes of a collection, or of a folder of people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from prosopon import faces as face_models
from prosopon import photos, zoo
from prosopon.collection import Collection
from prosopon.config import Settings
from prosopon.datasets import read_identities
from prosopon.errors import ProsoponError
from prosopon.files import write_table, write_text
from prosopon.records import Float32
from prosopon.report import render
from prosopon.studies.models import aligned_faces
from prosopon.verification.look_alikes import LookAlikes, look_alikes


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pairs are looked for."""

    most: int = 100
    least_pictures: int = 1
    """People with fewer are left out."""
    each: int = 0
    """In how many pairs a person may be; 0: in any number."""

    def among(self, vectors: Float32, people: Sequence[str]) -> list[LookAlikes]:
        """The pairs of these people."""
        return look_alikes(vectors, people, self.most, self.least_pictures, self.each)


@dataclass(frozen=True, slots=True)
class Found:
    """The look-alikes, the most alike first."""

    people: int
    pairs: list[LookAlikes]
    files: list[Path]


def in_collection(collection: Collection, wanted: Wanted, output: Path | None) -> Found:
    """Among the clusters of the last clustering, which stand for people; of visible faces only."""
    made = collection.clustering
    if made is None:
        raise ProsoponError(f"{collection.name}: nothing is clustered yet; run  prosopon cluster")
    embeddings = collection.using(made.run.recipe.model or None).embeddings
    cluster_of = dict(zip(made.face_ids.tolist(), made.identifiers.tolist(), strict=True))
    known = [cluster_of.get(face, 0) for face in embeddings.face_ids.tolist()]
    rows = [row for row, cluster in enumerate(known) if cluster]
    people = [f"cluster {known[row]}" for row in rows]
    pairs = wanted.among(embeddings.vectors[rows], people)

    def pictures(shown: Sequence[int]) -> dict[int, bytes]:
        ids = {row: int(embeddings.face_ids[rows[row]]) for row in shown}
        found = collection.thumbnails(list(ids.values()))
        return {row: found[id] for row, id in ids.items() if id in found}

    return Found(len(set(people)), pairs, _write(output, pairs, pictures))


def in_folder(
    folder: Path,
    embedder: str,
    settings: Settings,
    wanted: Wanted,
    output: Path | None,
    *,
    split: str = "",
    keep: Path | None = None,
) -> Found:
    """Among the people of a folder with a folder for each, or in CelebA's form."""
    identities = read_identities(folder, split)
    files = [(person, file) for person, of in identities.items() for file in of]
    people = [person for person, _ in files]
    portraits = aligned_faces([file for _, file in files], settings, keep)
    pairs = wanted.among(portraits.vectors(face_models.embedder(zoo.load(embedder))), people)

    def pictures(shown: Sequence[int]) -> dict[int, bytes]:
        return {
            row: photos.thumbnail(
                photos.read(files[row][1], settings.limits), portraits.faces.box[row].tolist()
            )
            for row in shown
        }

    return Found(len(identities), pairs, _write(output, pairs, pictures))


def _write(
    output: Path | None,
    pairs: Sequence[LookAlikes],
    pictures: Callable[[Sequence[int]], dict[int, bytes]],
) -> list[Path]:
    """`look_alikes.csv`, which `benchmark build` reads, and a page of pairs."""
    if output is None:
        return []
    table, page = output / "look_alikes.csv", output / "look_alikes.html"
    rows = [
        (pair.one, pair.other, f"{pair.similarity:.4f}", f"{pair.closest:.4f}") for pair in pairs
    ]
    write_table(table, rows, ("one", "other", "similarity", "closest"))
    shown = pictures(sorted({row for pair in pairs for row in (pair.left, pair.right)}))
    entries = [
        {
            "title": f"{pair.one} · {pair.other}",
            "note": f"people {pair.similarity:.3f}, closest pictures {pair.closest:.3f}",
            "pictures": [shown[row] for row in (pair.left, pair.right) if row in shown],
        }
        for pair in pairs
    ]
    lead = "People whose faces are alike, the most alike first, each with their closest pictures."
    write_text(page, render("pairs.html", title="Look-alikes", lead=lead, pairs=entries))
    return [table, page]
