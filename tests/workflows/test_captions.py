"""From a caption with rows to names on faces, by the verbs that an archivist uses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import prosopon
from prosopon.collection import Collection
from prosopon.synthetic import Album

pytestmark = pytest.mark.models
BACK, FRONT = ["Anna Tamm", "Карл Иванов"], ["Mari Õun", "Jean Dupont"]


@pytest.fixture
def group(album: Album, tmp_path: Path) -> Iterator[Collection]:
    """A photograph of four people in two rows, and the photographs that it is put together from."""
    found = sorted((album.folder / "images").iterdir())[::4]  # one of each person
    folder = tmp_path / "photos"
    folder.mkdir()
    whole = Image.new("RGB", (640, 640), "grey")
    for place, path in enumerate(found[:4]):
        with Image.open(path) as picture:
            part = picture.convert("RGB").resize((320, 320))
        whole.paste(part, (320 * (place % 2), 320 * (place // 2)))
    whole.save(folder / "group.jpg", quality=95)
    with prosopon.open(tmp_path / "a.prosopon", workers=1) as collection:
        collection.index(folder)
        collection.cluster()
        yield collection


@pytest.mark.parametrize(
    "caption",
    [
        "Tagareas vasakult: {b}; esireas: {f}",
        "Erste Reihe v. l. n. r.: {f}; hintere Reihe: {b}",
        "Стоят слева направо: {b}. Сидят: {f}",
        "Stoją od lewej: {b}, siedzą: {f}",
        "Debout, de gauche à droite : {b} ; assis : {f}",
    ],
)
def test_rows_of_a_caption_name_the_faces(group: Collection, caption: str, tmp_path: Path) -> None:
    if len(group.visible) != 4:
        pytest.skip("the detector does not find everybody in the drawn group")
    said = caption.format(b=", ".join(BACK), f=", ".join(FRONT))
    table = tmp_path / "catalogue.csv"
    table.write_text(f"path;caption\ngroup.jpg;{said!r}\n".replace("'", '"'), "utf-8-sig")
    assert group.import_(table).described == 1
    faces = group.view.faces
    middle = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    where = {int(face): tuple(m > 320) for face, m in zip(faces.face_ids, middle, strict=True)}
    found = {where[one.face]: one.name for one in group.suggest_from_captions()}
    expected = {(False, False): BACK[0], (True, False): BACK[1]}
    expected |= {(False, True): FRONT[0], (True, True): FRONT[1]}
    assert found == expected
    done = group.name_from_captions(accept=0.5)
    assert done.faces == 4 and sorted(done.people) == sorted(BACK + FRONT)
