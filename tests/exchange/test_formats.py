"""What every format of files must do, those of plug-ins too."""

import io
from pathlib import PurePath

import numpy as np
import pytest

from prosopon.errors import UsageError
from prosopon.exchange import FORMATS, Export, ExportedFace, format_of
from prosopon.records import Photo

PHOTOS = [
    Photo(sha256=f"{number:064x}", path=f"/scans/box {number}/a.jpg", width=400, height=300)
    for number in range(2)
]
FACES = [
    ExportedFace(PHOTOS[0], (10, 20, 30, 40), person="Karen Blom", person_id="1", confirmed=True),
    ExportedFace(PHOTOS[0], (200, 20, 35, 44)),
    ExportedFace(PHOTOS[1], (50, 60, 70, 80), person="Jüri, =1+2", person_id="2", confirmed=True),
]


def find_photo(sha256: str, path: str) -> Photo | None:
    known = {name: one for one in PHOTOS for name in (one.path, one.path.removesuffix(".jpg"))}
    return next((one for one in PHOTOS if sha256 == one.sha256), known.get(path))


@pytest.mark.parametrize(
    "name", [name for name, form in FORMATS.items() if form.write and form.read]
)
def test_places_and_names_come_back(name: str) -> None:
    stream = io.StringIO(newline="")
    write, read = FORMATS[name].write, FORMATS[name].read
    assert write and read
    write(Export(FACES, base_url="https://archive.example/iiif"), stream)
    stream.seek(0)
    found = read(stream, find_photo)
    assert found.problems == []
    assert [face.photo for face in found.faces] == [face.photo for face in FACES]
    assert [face.person for face in found.faces] == [face.person for face in FACES]
    boxes = [[face.box for face in faces] for faces in (found.faces, FACES)]
    np.testing.assert_allclose(*boxes, atol=1)


@pytest.mark.parametrize("name", [name for name, form in FORMATS.items() if form.read])
@pytest.mark.parametrize("text", ["", "no\n", "\0\x01", "[]", "{}", '{"a": 1}', "[" * 9999])
def test_what_is_no_such_file_is_said(name: str, text: str) -> None:
    read = FORMATS[name].read
    assert read
    found = read(io.StringIO(text, newline=""), find_photo)
    assert found.faces == []
    assert found.problems or (name, text) == ("example-text", "")


def test_the_ending_tells() -> None:
    names = {form.ending: format_of(PurePath(f"Box 1{form.ending.upper()}")).name
             for form in FORMATS.values() if form.ending}  # fmt: skip
    assert names == {form.ending: form.name for form in FORMATS.values() if form.ending}
    with pytest.raises(UsageError, match=r"a.ods: its name tells no format; give one ending in"):
        format_of(PurePath("a.ods"))
