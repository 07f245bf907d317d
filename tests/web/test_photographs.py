"""The page of all photographs: filters, order, and one photograph with what is known of it."""

import re
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.web.visiting import Visitor

from prosopon.collection.describe import save
from prosopon.collection.review import Review
from prosopon.metadata import Metadata
from prosopon.store import schema
from prosopon.web import Access, pages

pytestmark = pytest.mark.models


def shown(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'data-key="p(\d+)"', page)]


@pytest.fixture
def described(review: Review) -> Review:
    """Photographs 1 and 2 have captions and dates."""
    said = {
        1: Metadata(caption="Märt am Hafen", dates=(("1938-07", "catalogue"),)),
        2: Metadata(caption="On the square", dates=(("1921", "catalogue"),), place="Tartu"),
    }
    with review.collection.store.begin() as connection:
        save(connection, "catalogue", said)
    return review


def test_all_by_folder_and_by_date(described: Review) -> None:
    visitor = Visitor(described, Access(token=""), "Ada")
    total = described.view.faces.photo_count
    page = visitor.page("/photos")
    assert shown(page) == sorted(shown(page)) and f"{total} photographs" in page
    dated = visitor.page("/photos?order=date")
    assert shown(dated)[:2] == [2, 1]
    assert dated.index("1921") < dated.index("1938") < dated.index("Without a date")


def test_filters(described: Review) -> None:
    visitor = Visitor(described, Access(token=""), "Ada")
    assert shown(visitor.page("/photos?q=mart")) == [1]  # without the diacritic
    assert shown(visitor.page("/photos?q=tartu")) == [2]
    assert shown(visitor.page("/photos?q=nothing-like-it")) == []
    name = Path(described.view.faces.files.first[2]).stem
    assert shown(visitor.page(f"/photos?q={name.upper()}")) == [2]
    assert shown(visitor.page("/photos?taken=1930s")) == [1]
    assert visitor.get("/photos?taken=soon").status_code == 400
    view = described.view
    row = view.faces.of_photo(1)[0]
    anna = visitor.do("name", faces=[int(view.faces.face_ids[row])], name="Anna")["person"]
    assert shown(visitor.page(f"/photos?person={anna}")) == [1]
    ben = visitor.do("present", photo=1, name="Ben")["person"]
    assert shown(visitor.page(f"/photos?person={anna}&person={ben}")) == [1]
    unnamed = shown(visitor.page("/photos?faces=unnamed"))
    assert 1 not in unnamed or len(view.faces.of_photo(1)) > 1
    faceless = shown(visitor.page("/photos?faces=no-face"))
    assert not set(faceless) & set(view.faces.photo_ids.tolist())
    assert visitor.get("/photos?faces=some").status_code == 400
    assert visitor.get("/photos?person=nobody").status_code == 400


def test_only_what_may_be_shown_is_found(described: Review) -> None:
    with described.collection.store.begin() as connection:
        said = {
            1: Metadata(caption="Märt at the harbour", keywords=("boats",)),
            3: Metadata(caption="Secret One in Narva", place="Narva", keywords=("Market", "Narva")),
        }
        save(connection, "file", said)
    visitor = Visitor(described, Access(token=""), "Ada")
    assert shown(visitor.page("/photos?q=hafen")) == [1]
    assert shown(visitor.page("/photos?q=boats")) == [1]  # keywords of all sources
    assert shown(visitor.page("/photos?q=harbour")) == []  # the catalogue has another caption
    assert shown(visitor.page("/photos?q=in+narva")) == [3]
    face = int(described.view.faces.face_ids[0])
    person = visitor.do("name", faces=[face], name="Secret One")["person"]
    visitor.do("edit", person=person, name="Secret One", restricted=True)
    assert shown(visitor.page("/photos?q=in+narva")) == []
    assert shown(visitor.page("/photos?q=secret+one")) == []
    assert shown(visitor.page("/photos?q=market")) == [3]


def test_a_name_is_typed_where_a_list_would_be_too_long(
    described: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_CHOICES", 0)
    visitor = Visitor(described, Access(token=""), "Ada")
    visitor.do("present", photo=2, name="Märt Tamm")
    page = visitor.page("/photos?person=mart+tamm&person=")
    assert shown(page) == [2]
    assert '<input name="person" value="Märt Tamm"' in page
    assert "<option>Märt" not in page


def test_one_photograph_says_what_is_known(described: Review) -> None:
    visitor = Visitor(described, Access(token=""), "Ada")
    page = visitor.page("/photos/1")
    assert "Märt am Hafen" in page and "1938-07" in page and "catalogue" in page
    numbers = re.findall(r'href="/photos/(\d+)" data-turn', page)
    assert numbers == ["2"]  # the first has no one before it


def test_a_date_is_corrected_and_taken_back(described: Review) -> None:
    visitor = Visitor(described, Access(token=""), "Ada")
    made = visitor.do("date", photo="1", taken="ca. 1940")
    assert "1940~" in visitor.page("/photos/1")
    assert shown(visitor.page("/photos?taken=1940")) == [1]
    visitor.do("undo", decisions=made["decisions"])
    assert "1938-07" in visitor.page("/photos/1")


def test_the_small_picture_is_small(described: Review) -> None:
    visitor = Visitor(described, Access(token=""), "Ada")
    small, large = (visitor.picture(f"/photos/1{end}.jpg") for end in ("-small", "-full"))
    assert small.headers["content-type"] == "image/jpeg"
    assert len(small.content) <= len(large.content)


def test_a_restricted_person_is_in_no_list(review: Review) -> None:
    visitor = Visitor(review, Access(token=""), "Ada")
    face = int(review.view.faces.face_ids[0])
    person = visitor.do("name", faces=[face], name="Secret One")["person"]
    visitor.do("edit", person=person, name="Secret One", restricted=True)
    assert "Secret One" not in visitor.page("/photos")
    assert visitor.get(f"/photos?person={person}").status_code == 400


def test_a_file_that_is_gone_says_so(review: Review, tmp_path: Path) -> None:
    visitor = Visitor(review, Access(token=""), "Ada")
    answer = visitor.get("/photos/99999")
    assert answer.status_code == 404 and "gone" in answer.text


def test_a_photograph_whose_file_is_gone_says_so(review: Review, tmp_path: Path) -> None:
    visitor = Visitor(review, Access(token=""), "Ada")
    told = "The file is not there now"
    assert told not in visitor.page("/photos/1")
    with review.collection.store.begin() as connection:
        where = schema.paths.c.photo_id == 1
        lost = str(tmp_path / "lost.jpg")
        connection.execute(update(schema.paths).where(where).values(path=lost, file=lost))
    page = visitor.page("/photos/1")
    assert told in page and "lost.jpg" in page and "<image" not in page
