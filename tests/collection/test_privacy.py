"""A person is restricted and a face is none: no verb that writes or prints gives either away.

Every verb is run, on a collection in which what must not come out is easy to look for: unusual
numbers for the faces, unusual fractions in their boxes, a name and an identifier like no other.
"""

import base64
import csv
import re
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from click.testing import Result
from PIL import Image
from tests.commands import commands
from tests.web.visiting import Visitor
from typer.testing import CliRunner

import prosopon
from prosopon.cli.app import app
from prosopon.collection.review import Review
from prosopon.collection.review.suggestion_worker import work_out
from prosopon.store.thumbnails import Thumbnails
from prosopon.studies.pseudolabel import faces_of
from prosopon.synthetic import Album
from prosopon.web import Access

pytestmark = pytest.mark.models
SECRET, KNOWN = "Quirrel Zzyzx", "Anna Tamm"
NO_FACE, FIRST = 880011, 770001
"""Numbers of the face that is none, and of the first of the restricted person's."""
FRACTION = 0.8125
"""Of a pixel, in the left edges of their boxes."""


class Album2(NamedTuple):
    """A collection in which somebody is restricted."""

    file: Path
    truth: Path
    """Of the album."""
    photo: Path
    """One that shows the restricted person."""
    person: str
    secret: list[int]
    """Faces."""
    left: list[str]
    """The left edges of all faces that must not come out, as text."""
    thumbnails: list[bytes]
    shown: int
    """A face that may be shown."""
    cluster: int
    """Whose faces may be shown."""


@pytest.fixture
def album_of(album: Album, collection: Path, tmp_path: Path) -> Album2:
    with prosopon.open(collection) as opened:
        view = opened.view
        sizes = np.argsort(-view.cluster_sizes)
        secret = view.faces.face_ids[view.faces.members(int(sizes[0]))].tolist()
        others = view.faces.face_ids[view.faces.members(int(sizes[1]))].tolist()
        cluster = int(view.faces.identifiers[sizes[1]])
    numbers = dict(zip(secret, range(FIRST, FIRST + len(secret)), strict=True))
    numbers[others[-1]] = NO_FACE
    renumber(collection, numbers)
    hidden = list(numbers.values())
    with prosopon.open(collection) as opened:
        opened.thumbnails(opened.all_faces.ids.tolist())  # the cache has all of them
        thumbnails = Thumbnails(opened.store.cache).get(hidden)
        people = opened.people.by("Ada")
        person = people.name(hidden[:-1], SECRET, evidence=f"caption: {SECRET}").person
        people.note(hidden[0], f"{SECRET} in the garden")
        people.mark(NO_FACE, "not a face")
        people.name(others[:2], KNOWN)
        people.change(person, restricted=True, note=f"{SECRET} is not to be shown")
        table = opened.all_faces
        rows = np.isin(table.ids, hidden)
        left = [f"{x:.4f}" for x in table.boxes[rows, 0].tolist()]
        photo = opened.photos[int(table.photo_ids[np.flatnonzero(table.ids == FIRST)[0]])].path
        opened.cluster()
    assert len(thumbnails) == len(hidden) > 3
    assert len(set(left)) > 3
    return Album2(
        *(collection, album.truth, Path(photo), person, hidden[:-1], left),
        *(list(thumbnails.values()), others[0], cluster),
    )


def renumber(file: Path, numbers: dict[int, int]) -> None:
    """Give faces other numbers, and their boxes left edges that can't be mistaken."""
    with closing(sqlite3.connect(file)) as database, database:
        for before, after in numbers.items():
            database.execute("UPDATE faces SET id = ?1 WHERE id = ?2", (after, before))
            database.execute("UPDATE faces SET x1 = floor(x1) + ? WHERE id = ?", (FRACTION, after))
            database.execute("UPDATE embeddings SET face_id = ? WHERE face_id = ?", (after, before))
        of_runs = "SELECT rowid, content FROM clustering_arrays WHERE name = 'faces'"
        for row, content in database.execute(of_runs).fetchall():
            faces = [numbers.get(face, face) for (face,) in struct.iter_unpack("<q", content)]
            content = struct.pack(f"<{len(faces)}q", *faces)
            database.execute(
                "UPDATE clustering_arrays SET content = ? WHERE rowid = ?", (content, row)
            )


VERBS: dict[str, list[str]] = {
    "index": ["{images}"],
    "relocate": ["{out}/nowhere", "{images}"],
    "cluster": [],
    "evaluate": ["--truth", "{truth}"],
    "sweep": ["--truth", "{truth}", "--over", "eps=0.2,0.3", "--table", "{out}/sweep.csv"],
    "compare": ["adaptive", "dbscan", "--truth", "{truth}"],
    "calibrate": ["--truth", "{truth}"],
    "report": ["{out}/report.html", "--truth", "{truth}"],
    "people list": [],
    "people show": [KNOWN],
    "people add": ["Mari"],
    "people change": [KNOWN, "--born", "1871"],
    "people present": ["Mari", "{photo}"],
    "people enrol": ["{truth}", "--accept", "0.5"],
    "label": ["{shown}", "--note", "by the door"],
    "merge": [KNOWN, "Mari"],
    "split": ["{shown}", "--name", "Kati"],
    "suggest": [],
    "propagate": [],
    "log": ["--limit", "0"],
    "undo": ["8"],
    "redo": ["8"],
    "conflicts": [],
    "export": ["{out}/faces.csv"],
    "import": ["{out}/faces.json", "--dry-run"],
    "forget": ["Kati"],
    "info": ["{photo}", "--draw", "{out}/info.png"],
    "photos": ["--limit", "500"],
    "date": ["1938", "{photo}"],
    "contributions list": [],
    "users list": [],
    "status": [],
    "profile": [],
    "attributes predict": [],
    "attributes cluster": ["--clusters", "2", "-o", "{out}/groups"],
    "find": ["--like", "{shown}", "--limit", "500"],
    "benchmark look-alikes": ["-o", "{out}/look-alikes", "--most", "500"],
}
"""Verbs on a collection, in an order that goes well, with what they are given."""
DECIDE = ("people add", "people change", "people enrol", "label", "merge", "split", "undo", "redo")
"""Of these, those that can't be run twice."""
MORE = (
    *(["export", "{out}/faces.json"], ["export", "{out}/f.coco.json"]),
    *(["export", "{out}/f.iiif.json"], ["export", "--format", "xmp"]),
    *(["suggest", "--questions"], ["suggest", "--merges"], ["suggest", "{shown}"]),
    *(["find", "--person", KNOWN], ["find", "--attributes", "not male", "--limit", "500"]),
    *(["status", "--no-faces"], ["cluster", "--update"]),
)
"""The same verbs, asked otherwise."""
ELSEWHERE = (
    *(
        "start",
        "bench",
        "demo",
        "synthesise",
        "verify",
        "benchmark",
        "attributes",
        "explain",
        "models",
    ),
    *("review", "serve", "watch", "pseudolabel", "people match"),
    *("backup", "restore"),
    *("users add", "users role", "users link", "users password", "users remove"),
    *("contributions accept", "contributions decline"),
)
"""Verbs, or groups of them, that take no collection; those that have a test of their own below;
copies of a whole collection, which hold all that is in it; and those that print nothing of faces
and persons but counts, or what `label` and `contributions list` do."""


def test_every_verb_is_here() -> None:
    known = {" ".join(command) for command in commands()}
    assert VERBS.keys() <= known
    left = {
        verb
        for verb in known - VERBS.keys()
        if verb not in ELSEWHERE and verb.split()[0] not in ELSEWHERE
    }
    assert left == set(), "say here with what the new verb is run, so that it gives nobody away"


@pytest.fixture
def call(album_of: Album2, tmp_path: Path) -> Callable[[list[str]], Result]:
    (tmp_path / "out").mkdir()
    places = {
        "images": album_of.photo.parent,
        "truth": album_of.truth,
        "out": tmp_path / "out",
        "photo": album_of.photo,
        "shown": album_of.shown,
    }

    def run(arguments: list[str]) -> Result:
        given = [argument.format(**places) for argument in arguments]
        return CliRunner().invoke(app, [*given, "-c", str(album_of.file)])

    return run


def test_nothing_comes_out_of_any_verb(
    album_of: Album2, call: Callable[[list[str]], Result], tmp_path: Path
) -> None:
    call(["export", "{out}/faces.json"])
    for verb, arguments in VERBS.items():
        for form in (["--json"],) if verb in DECIDE else ([], ["--json"]):
            result = call([*verb.split(), *arguments, *form])
            assert result.exit_code == 0 or verb == "relocate", result.output
            assert leaks(result.output.encode(), album_of) == [], verb
    for arguments in MORE:
        result = call([*arguments, "--json"])
        assert result.exit_code == 0, result.output
        assert leaks(result.output.encode(), album_of) == [], arguments
    written = [file for file in (tmp_path / "out").rglob("*") if file.is_file()]
    written += (tmp_path / "images").rglob("*.xmp")
    assert len(written) > 10
    for file in written:
        assert leaks(file.read_bytes(), album_of) == [], file


def test_what_is_drawn_is_painted_over(
    album_of: Album2, call: Callable[[list[str]], Result], tmp_path: Path
) -> None:
    assert call(["info", "{photo}", "--draw", "{out}/info.png"]).exit_code == 0
    drawn = np.asarray(Image.open(tmp_path / "out/info.png"))
    with prosopon.open(album_of.file) as opened:
        table = opened.all_faces
        photo, found = opened.find_photo(album_of.photo)
        (row,) = np.flatnonzero((table.photo_ids == photo) & np.isin(table.ids, album_of.secret))
        x1, y1, x2, y2 = table.boxes[row].astype(int).tolist()
        pixels = opened.pixels(photo).pixels
    for picture in (drawn, pixels):
        assert (picture[y1:y2, x1:x2] == 128).all()
    assert not (np.asarray(Image.open(found.path))[y1:y2, x1:x2] == 128).all()


def test_attributes_of_the_collection_object(album_of: Album2) -> None:
    with prosopon.open(album_of.file) as opened:
        hidden = {*album_of.secret, NO_FACE}
        assert not hidden & set(opened.visible.ids.tolist())
        assert not hidden & set(opened.embeddings.face_ids.tolist())
        assert opened.clustering is not None
        assert not hidden & set(opened.clustering.face_ids.tolist())
        assert not set(album_of.secret) & opened.thumbnails(opened.all_faces.ids.tolist()).keys()
        assert hidden <= set(opened.all_faces.ids.tolist())


def test_pseudo_labels_are_of_visible_faces(album_of: Album2) -> None:
    """What they are made from is what the table and the chart of the verb show."""
    with prosopon.open(album_of.file) as opened:
        samples = faces_of(opened)
        faces = {face for _, face in samples.rows}
        assert faces == set(opened.visible.ids.tolist())
        assert not {*album_of.secret, NO_FACE} & faces
        assert len(samples.data) == len(faces) and samples.unused == 0


def test_clusters_are_called_alike_everywhere(
    album_of: Album2, call: Callable[[list[str]], Result], tmp_path: Path
) -> None:
    """A number copied from the CSV, from `info` or from the page names the same faces."""
    call(["export", "{out}/faces.csv"])
    with prosopon.open(album_of.file) as opened:
        made, photos = opened.clustering, opened.photos
        assert made is not None
        table = opened.visible
        cluster_of = dict(zip(made.face_ids.tolist(), made.identifiers.tolist(), strict=True))
        expected = {
            (photos[int(photo)].path, cluster_of[int(face)])
            for face, photo in zip(table.ids, table.photo_ids, strict=True)
            if cluster_of[int(face)]
        }
        shown = {
            (photo.path, face.cluster)
            for photo in photos.values()
            for face in opened.info(photo.path).faces
            if face.cluster is not None and not face.mark
        }
        named = opened.people.label(cluster=album_of.cluster, name=["Zoë"])
        assert {cluster_of[face] for face in opened.people.show(named.person).faces} == {
            album_of.cluster
        }
    with (tmp_path / "out/faces.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    written = {(row["path"], int(row["cluster"])) for row in rows if row["cluster"]}
    assert written == shown == expected


@pytest.fixture
def visitor(album_of: Album2) -> Iterator[Visitor]:
    with prosopon.open(album_of.file) as opened:
        review = Review(opened)
        review.suggestions = work_out(opened)
        yield Visitor(review, Access(), "Ada")


def test_nothing_comes_out_of_any_page(album_of: Album2, visitor: Visitor) -> None:
    with prosopon.open(album_of.file) as opened:
        photos, faces = list(opened.photos), opened.all_faces.ids.tolist()
        people = [person.id for person in opened.view.persons]
        clusters = opened.view.faces.identifiers.tolist()
    addresses = [
        *("/", "/questions", "/clusters", "/people", "/leftovers", "/log", "/search?q=q"),
        *("/search?q=zzyzx", "/names?q=qui", "/names?q=", "/pulse?since=0"),
        *(f"/clusters/{number}" for number in clusters),
        *(f"/people/{person}" for person in (*people, album_of.person)),
        *(f"/photos/{number}" for number in photos),
        *(f"/faces/{face}{size}.jpg" for face in faces for size in ("", "-large")),
    ]
    for address in addresses:
        answer = visitor.get(address)
        secret = any(str(face) in address for face in album_of.secret)
        assert answer.status_code == (404 if secret else 200) or not answer.is_success, address
        if str(NO_FACE) not in address:
            found = [leak for leak in leaks(answer.content, album_of) if leak != str(NO_FACE)]
            assert found == [], address


def leaks(output: bytes, album: Album2) -> list[str]:
    """What of the restricted person, or of what is no face, stands in these bytes."""
    texts: list[Any] = [SECRET, "Zzyzx", album.person, *album.left]
    texts += [text.rstrip("0") for text in album.left]
    texts += [base64.b64encode(jpeg).decode() for jpeg in album.thumbnails]
    found = [str(text)[:40] for text in texts if str(text).encode() in output]
    numbers = [str(face) for face in (*album.secret, NO_FACE)]
    found += [one for one in numbers if re.search(rf"(?<!\d){one}(?!\d)".encode(), output)]
    return found + ["a thumbnail" for jpeg in album.thumbnails if jpeg in output]
