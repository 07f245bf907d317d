"""Hand over what was found and named, for other tools."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from prosopon.collection.collection import Collection
from prosopon.collection.files import told_of_gone
from prosopon.collection.view import CollectionView
from prosopon.errors import UsageError
from prosopon.exchange import FORMATS, Export, ExportedFace, format_of
from prosopon.exchange.records import Box, ExportedPhoto
from prosopon.files import replacing
from prosopon.people import Decision, Identification, Kind, Region, to_json
from prosopon.people.decisions import WHOLE
from prosopon.records import Float32, Photo
from prosopon.store import catalogue
from prosopon.tables import Result


@dataclass(frozen=True, slots=True)
class Exported(Result):
    """What was written."""

    faces: int
    files: int
    target: Path | None = None
    """The file; None for sidecars."""
    problems: list[str] = field(default_factory=list)
    """Sidecars that could not be written, and why; folders that are not there."""


def export(
    collection: Collection,
    target: str | Path | None = None,
    *,
    form: str | None = None,
    clustering: int | None = None,
    base_url: str = "https://example.org/iiif",
    delimiter: str = ",",
    bom: bool = False,
    into_files: bool = False,
) -> Exported:
    """Write every face to one file, or who is where into sidecars beside the photographs.

    Restricted persons and what is no face are left out; a photo found at several paths comes with
    all of them.

    form : a name in `exchange.FORMATS`; None: as the target's name ends; xmp: sidecars, without
        target.
    clustering : the run whose clusters are given; by default the last one.
    base_url : iiif: where the manifest and the pictures have their addresses.
    delimiter : what divides the cells of tables; spreadsheets in half of Europe want `;`.
    bom : begin the file with a byte order mark, by which spreadsheets know UTF-8.

    into_files : xmp: write into the photographs themselves, through ExifTool.

    A target that is a folder, or ends with /, gets a IIIF collection with a manifest per folder.

    Raises UsageError for a format that is not known.
    """
    if into_files:
        if form != "xmp" or target is not None:
            raise UsageError("--into-files goes with --format xmp, and no file")
        from prosopon.collection.into_files import write_into_files

        return write_into_files(collection)
    if form == "xmp":
        if target is not None:
            raise UsageError("--format xmp writes beside the photographs: leave the file out")
        from prosopon.collection.sidecars import write_sidecars

        return write_sidecars(collection)
    if target is None:
        raise UsageError("say which file to write, or --format xmp")
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise UsageError(f"delimiter: expected one character such as ; or a tab, got {delimiter!r}")
    if str(target).endswith(("/", os.sep)) or Path(target).is_dir():
        from prosopon.collection.iiif_folders import write_folders

        return write_folders(collection, Path(target), base_url)
    target = Path(target)
    chosen = FORMATS[form] if form else format_of(target)
    if chosen.write is None:
        raise UsageError(f"{chosen.name}: is read only, not written")
    view = collection.view_of(clustering)
    rows = list(exported_faces(view))
    given = Export(
        rows,
        view.persons,
        map(to_json, _shown_log(view)),
        base_url,
        exported_photos(collection, view),
        delimiter,
    )
    encoding = "utf-8-sig" if bom else "utf-8"
    with replacing(target) as fresh, fresh.open("w", encoding=encoding, newline="") as stream:
        chosen.write(given, stream)
    return Exported(len(rows), 1, target, told_of_gone(collection.store))


def exported_photos(collection: Collection, view: CollectionView) -> Iterator[ExportedPhoto]:
    """Every photograph with all its paths, what is said of it, and how many faces have no name."""
    from prosopon.collection.describe import described

    with collection.store.read() as connection:
        paths: dict[int, list[str]] = defaultdict(list)
        for path, number in catalogue.all_paths(connection):
            paths[number].append(path)
        photos = catalogue.find_many(connection, sorted(paths))
    said = described(view, sorted(photos))
    unnamed = Counter(view.faces.photo_ids[view.open].tolist())
    for number, photo in sorted(photos.items(), key=lambda each: each[1].path):
        yield ExportedPhoto(photo, paths[number], said[number], unnamed[number])


def exported_faces(view: CollectionView) -> Iterator[ExportedFace]:
    """Every face with its cluster and who it is, by photo; after a photo's found faces those that
    people marked where none was found.
    """
    found, marked = view.faces, _marked(view)
    no_faces = [face for face, mark in view.state.marks.items() if mark is Kind.NOT_A_FACE]
    shown = np.flatnonzero(~view.hidden & ~np.isin(found.face_ids, no_faces))
    photos = view.photos_of(found.photos_with_faces.tolist())
    with found.store.read() as connection:
        photos |= catalogue.find_digests(connection, sorted(marked))
        others = _other_paths(catalogue.all_paths(connection), photos)
    rows: dict[int, list[int]] = defaultdict(list)
    for row in shown.tolist():
        rows[int(found.photo_ids[row])].append(row)
    for number in sorted(photos):
        photo = photos[number]
        named: set[str] = set()
        for row in rows[number]:
            x1, y1, x2, y2 = found.boxes[row].tolist()
            label = int(found.labels[row])
            who = view.state.names.get(int(found.face_ids[row]))
            named.update(who.persons if who and who.sure else ())
            yield ExportedFace(
                photo,
                (x1, y1, x2 - x1, y2 - y1),
                score=None if found.by_hand[row] else float(found.table.scores[row]),
                landmarks=_points(found.table.landmarks[row]),
                cluster=None if label < 0 else int(found.identifiers[label]),
                other_paths=others[number],
                face=int(found.face_ids[row]),
                **said(view, who),
            )
        for region, told in marked.get(photo.sha256, ()):
            if region.box == WHOLE and named.issuperset(told.persons):
                continue  # somewhere in it, it was said, and the face has the name now
            box = pixels(region, photo)
            yield ExportedFace(photo, box, other_paths=others[number], **said(view, told))


def _other_paths(
    places: list[tuple[str, int]], photos: dict[int, Photo]
) -> defaultdict[int, tuple[str, ...]]:
    """Photo id → its paths other than the photo's own."""
    found: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
    for path, number in places:
        if number in photos and path != photos[number].path:
            found[number] += (path,)
    return found


def said(view: CollectionView, who: Identification | None) -> dict[str, Any]:
    """Fields of `ExportedFace` that tell who a face is, by human decision."""
    if who is None:
        return {}
    last = view.by_id[who.decisions[-1]]
    people = [view.state.people[person] for person in who.persons]
    return {
        "person": people[0].name,
        "person_id": people[0].id,
        "confirmed": not who.by_machine,
        "decided": "machine" if who.by_machine else "person",
        "certainty": who.certainty,
        "alternatives": tuple(person.name for person in people[1:]),
        "author": last.author,
        "decided_at": last.at,
    }


def _marked(view: CollectionView) -> dict[str, list[tuple[Region, Identification]]]:
    """Photo → places where people say who is there and no face is found now."""
    told: dict[Region, list[Decision]] = defaultdict(list)
    for entry, region in view.state.unplaced:
        told[region].append(entry)
    holds = view.holds
    for entry in view.log:
        if entry.kind is Kind.PRESENT and not entry.contributed and holds.get(entry.id, True):
            told[entry.faces[0]].append(entry)
    found: dict[str, list[tuple[Region, Identification]]] = defaultdict(list)
    for region, entries in told.items():
        for entry in entries:
            people = [view.person(person) for person in entry.persons]
            shown = tuple(person.id for person in people if person is not None)
            if entry.kind is Kind.PRESENT:  # each of them is there
                who = [Identification((person,), entry.certainty, (entry.id,)) for person in shown]
            elif entry.kind is Kind.NAME and entry is entries[-1] and len(shown) == len(people):
                who = [Identification(shown, entry.certainty, (entry.id,))]
            else:
                who = []
            found[region.photo] += ((region, one) for one in who)
    return found


def _shown_log(view: CollectionView) -> Iterator[Decision]:
    """The log without what is on restricted persons and on their faces."""
    for entry in view.log:
        withheld = any(
            view.person(person) is None
            and (person in view.state.people or person in view.state.merged)
            for person in entry.persons
        )
        if not withheld and not view.withheld[view.rows_at(entry.faces)].any():
            yield entry


def pixels(region: Region, photo: Photo) -> Box:
    """A region's x, y, width, height in pixels."""
    x1, y1, x2, y2 = region.box
    width, height = photo.width, photo.height
    return x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height


def _points(landmarks: Float32) -> tuple[tuple[float, float], ...]:
    """The five points; none where the model gives none."""
    if np.isnan(landmarks).any():
        return ()
    return tuple((float(x), float(y)) for x, y in landmarks.tolist())
