"""XMP sidecars beside the photographs: who is where, as photo managers read it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from prosopon.collection.export import Exported, exported_faces, replacing
from prosopon.collection.review import Desk
from prosopon.config import Settings
from prosopon.errors import ProsoponError
from prosopon.exchange import ExportedFace, xmp
from prosopon.exchange.rdf import NAMESPACES
from prosopon.progress import track
from prosopon.records import Photo
from prosopon.store import Store, catalogue


def write_sidecars(store: Store, settings: Settings) -> Exported:
    """Write the people of every photo into its sidecar: named for sure, by a human, with a name.

    Foreign metadata in a sidecar stays. A photo without such people gets no sidecar; one that has
    ours is brought up to date. A photo found at several paths gets one at each.
    """
    desk = Desk(store, settings)
    nameless = {person.id for person in desk.snapshot().persons if person.nameless}
    named: dict[str, list[ExportedFace]] = defaultdict(list)
    for face in exported_faces(desk):
        sure = face.confirmed and face.certainty == 1 and not face.alternatives
        if sure and face.person_id not in nameless:
            named[face.photo.sha256].append(face)
    with store.read() as connection:
        places = catalogue.all_paths(connection)
        photos = catalogue.find_many(connection, sorted({number for _, number in places}))
    problems: list[str] = []
    files = 0
    for path, number in track(places, "writing sidecars"):
        photo = replace(photos[number], path=path)
        try:
            files += _write(named[photo.sha256], photo)
        except (OSError, UnicodeDecodeError, ProsoponError) as error:
            problems.append(f"{sidecar_of(Path(path))}: left as it is: {error}")
    return Exported(sum(map(len, named.values())), files, problems)


def sidecar_of(path: Path) -> Path:
    """Where a photo's sidecar is, or would be: `name.ext.xmp`, or a `name.xmp` that is there."""
    long, short = path.with_name(path.name + ".xmp"), path.with_suffix(".xmp")
    return short if short.exists() and not long.exists() else long


def _write(found: Sequence[ExportedFace], photo: Photo) -> bool:
    """Bring one sidecar up to date; returns whether anything changed."""
    target = sidecar_of(Path(photo.path))
    before = target.read_text("utf-8-sig") if target.exists() else ""
    if not found and NAMESPACES["prosopon"] not in before:
        return False
    whole = (0, 0, photo.width, photo.height)  # somewhere in the photo, nobody says where
    placed = [face for face in found if face.box != whole]
    present = [face.person for face in found if face.box == whole]
    after = xmp.write(placed, photo, before, present)
    if after == before:
        return False
    with replacing(target) as stream:
        stream.write(after)
    return True
