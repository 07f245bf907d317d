"""What was found in one photograph, drawn over it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import prosopon
from prosopon.synthetic import Appearance, Person, Setting, render

pytestmark = pytest.mark.models


def test_a_photograph_on_its_side_is_drawn_upright(tmp_path: Path) -> None:
    rng = np.random.default_rng(41)
    person = Person.sample(rng)
    portrait = render(person, Appearance.sample(rng, person), Setting.sample(rng)).pixels
    page = np.full((300, 400, 3), 200, np.uint8)
    page[20:276, 100:356] = portrait
    folder = tmp_path / "scans"
    folder.mkdir()
    Image.fromarray(np.ascontiguousarray(np.rot90(page))).save(folder / "a.png")
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        collection.index(folder)
        info = collection.info(folder / "a.png", draw=tmp_path / "drawn.png")
    assert (info.photo.width, info.photo.height) == (300, 400), "as the file has it"
    drawn = np.asarray(Image.open(tmp_path / "drawn.png"))
    assert drawn.shape == page.shape
    changed = (drawn != page).any(axis=2)
    assert 0 < changed.mean() < 0.2
    rows, columns = np.nonzero(changed)
    assert rows.min() >= 20 and columns.min() >= 100 and columns.max() < 356, "about the face"


def test_what_is_said_of_a_photograph_is_shown(tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    Image.new("RGB", (60, 40), "grey").save(folder / "a.png")
    (folder / "catalogue.csv").write_text(
        "path,code,title,caption,date,persons,place\n"
        "a.png,EFA.1,Wedding,Anna and Karl,1938-07,Anna Tamm|Secret Saar,Võru\n",
        encoding="utf-8",
    )
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        collection.index(folder)
        collection.import_(folder / "catalogue.csv")
        collection.people.present("Mari Kask", folder / "a.png")
        hidden = collection.people.add("Secret Saar")
        collection.people.change(hidden.person, restricted=True)
        info = collection.info(folder / "a.png")
    assert (info.date, info.date_source) == ("1938-07", "catalogue")
    about = info.about
    assert (about.code, about.title, about.place) == ("EFA.1", "Wedding", "Võru")
    assert about.persons == ("Anna Tamm",), "restricted persons are nowhere"
    assert info.present == ["Mari Kask"]
