"""A IIIF collection: a manifest for each folder of photographs, and one file that lists them."""

import json
import os
from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path, PurePath

from prosopon.collection.collection import Collection
from prosopon.collection.describe import described
from prosopon.collection.export import Exported, exported_faces
from prosopon.collection.files import told_of_gone
from prosopon.errors import ProsoponError
from prosopon.exchange import iiif_collection as iiif
from prosopon.exchange.records import ExportedFace
from prosopon.files import replacing


def write_folders(collection: Collection, target: Path, base_url: str) -> Exported:
    """Write `collection.json`, and `<n>.json` for each folder, below `target`.

    Titles, captions, dates and rights of the photographs are in the manifests. Every photograph is,
    with a face or without; restricted persons' faces are not.

    Raises ProsoponError where the folder can't be made.
    """
    base = base_url.rstrip("/")
    view = collection.view
    faces: dict[str, list[ExportedFace]] = {
        photo.sha256: list(found)
        for photo, found in groupby(exported_faces(view), lambda face: face.photo)
    }
    photos = collection.photos
    said = described(view, sorted(photos))
    folders: dict[str, list[int]] = defaultdict(list)
    for number, photo in sorted(photos.items(), key=lambda each: each[1].path):
        folders[str(PurePath(photo.path).parent)].append(number)
    people = {person.id: person for person in view.persons}
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProsoponError(f"{target}: can't be made: {error.strerror}") from error
    items = []
    labels = _labels(folders)
    for place, (folder, numbers) in enumerate(sorted(folders.items()), 1):
        address = f"{base}/{place}.json"
        canvases = [
            iiif.canvas(photos[n], faces.get(photos[n].sha256, []), base, people, said[n])
            for n in numbers
        ]
        _write(target / f"{place}.json", iiif.manifest(address, labels[folder], canvases))
        items.append(iiif.reference(address, labels[folder]))
    whole = iiif.collection(f"{base}/collection.json", PurePath(collection.name).stem, items)
    _write(target / "collection.json", whole)
    problems = told_of_gone(collection.store)
    return Exported(sum(map(len, faces.values())), len(items) + 1, target, problems)


def _labels(folders: Iterable[str]) -> dict[str, str]:
    """What folders are called: their paths from the folder on that is above all of them."""
    known = list(folders)
    try:
        above = os.path.commonpath([PurePath(one).parent for one in known])
    except ValueError:  # on several drives, or none
        return {one: one for one in known}
    return {one: PurePath(one).relative_to(above).as_posix() for one in known}


def _write(target: Path, document: dict[str, object]) -> None:
    with replacing(target) as fresh, fresh.open("w", encoding="utf-8") as stream:
        json.dump(document, stream, ensure_ascii=False, indent=1)
