"""Pages in other languages: no English is left on any of them, and either direction works."""

import gettext
import re
from html.parser import HTMLParser

import pytest
from tests.web.visiting import Visitor

from prosopon import languages
from prosopon.collection.review import Review
from prosopon.web import Access

pytestmark = pytest.mark.models

SHOWN = ("aria-label", "title", "placeholder", "alt")


class Marked(gettext.NullTranslations):
    """Every translated text in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, one: str, many: str, number: int) -> str:
        return f"⟦{one if number == 1 else many}⟧"


class Texts(HTMLParser):
    """What a page says in its own words: names, files and keys don't count."""

    OTHERS = ("bdi", "script", "style", "code", "kbd", "option", "time", "small", "h2", "dd")

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("input", "img", "meta", "link", "br", "rect", "path", "image"):
            self.inside.append(tag)
        self.said += [value for name, value in attrs if name in SHOWN and value]

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not set(self.inside) & set(self.OTHERS):
            self.said.append(data)


def english(page: str) -> list[str]:
    parser = Texts()
    parser.feed(page)
    left = [_without_marked(text) for text in parser.said]
    data = re.compile(
        r"[\w./:-]*\.(jpg|png|tif)|/home/you/Photos|Album|Prosopon|Ada|Anna|Ben|people|Face|\W|\d|[A-Z]"
    )
    return [text for text in left if data.sub("", text)]


def _without_marked(text: str) -> str:
    """The text without what is in brackets, which may be nested, or cut by a tag."""
    before = None
    while text != before:
        before, text = text, re.sub(r"⟦[^⟦⟧]*⟧", "", text)
    return re.sub(r"⟦[^⟧]*$|^[^⟦]*⟧", "", text).strip()


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(languages.LANGUAGES, "eo", "Esperanto")
    monkeypatch.setattr(languages, "_translations", lambda language: Marked())
    monkeypatch.setattr(languages, "for_scripts", lambda: ({}, "n !== 1"))


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/questions",
        "/clusters",
        "/photos",
        "/photos/1",
        "/people",
        "/leftovers",
        "/log",
        "/add",
        "/search?q=anna",
        "/people/ANNA",
        "/clusters/CLUSTER",
    ],
)
def test_no_text_outside_of_the_catalogues(review: Review, marked: None, address: str) -> None:
    visitor = Visitor(review, Access(token=""), "Ada")
    faces = review.view.faces
    cluster = int(faces.identifiers[faces.labels[0]])
    anna = visitor.do("name", faces=faces.face_ids[:2].tolist(), name="Anna", doubtful=True)
    address = address.replace("ANNA", anna["person"]).replace("CLUSTER", str(cluster))
    page = visitor.get(address, headers={"accept-language": "eo"}).text
    assert page.count("⟦") > 20
    assert english(page) == []


def test_the_page_is_in_the_chosen_language(review: Review) -> None:
    visitor = Visitor(review, Access(token=""), "Ada")
    assert "Überblick" in visitor.get("/", headers={"accept-language": "de-CH,en;q=0.5"}).text
    answer = visitor.post("language", language="et")
    assert answer.status_code == 200
    assert 'lang="et"' in visitor.page("/") and "Ülevaade" in visitor.page("/")
    assert '"Undo": "Võta tagasi"' in visitor.page("/static/texts.js")
    assert visitor.post("language", language="xx").status_code == 400


def test_a_language_written_from_right_to_left(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(languages.LANGUAGES, "he", "עברית")
    monkeypatch.setattr(languages, "_translations", lambda language: gettext.NullTranslations())
    visitor = Visitor(review, Access(token=""), "Ada")
    page = visitor.get("/", headers={"accept-language": "he"}).text
    assert '<html lang="he" dir="rtl">' in page
