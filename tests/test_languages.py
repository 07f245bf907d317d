"""Every text of the pages is in every catalogue, with the same values to fill in."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from prosopon import languages

SOURCE = Path(__file__).parents[1] / "src/prosopon"
METHODS = [
    ("**/templates/**.html", "jinja2.ext:babel_extract"),
    ("web/static/**.js", "javascript"),
    ("**.py", "python"),
]
KEYWORDS = {
    "_": None,
    "ngettext": (1, 2),
    "gettext": None,
    "marked": None,
}
TRANSLATIONS = [code for code in languages.LANGUAGES if code != languages.SOURCE]


def texts() -> set[str | tuple[str, ...]]:
    """All messages that the code asks for."""
    found = extract_from_dir(str(SOURCE), METHODS, keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found if message}


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_text_is_translated(language: str) -> None:
    known = {
        m.id if isinstance(m.id, str) else tuple(m.id): m for m in languages.catalogue(language)
    }
    wanted = texts()
    assert len(wanted) > 200
    missing = {message for message in wanted if message not in known or not known[message].string}
    assert not missing, "translate these, after make messages"
    stale = {message for message in known if message} - wanted
    assert not stale, "these are asked for nowhere: take them out"


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_the_same_values_are_filled_in(language: str) -> None:
    values = re.compile(r"%\((\w+)\)s")
    for message in languages.catalogue(language):
        if not message.id:
            continue
        several = not isinstance(message.id, str)
        ids = message.id if several else (message.id,)
        strings = message.string if several else (message.string,)
        assert set(values.findall(strings[-1])) == set(values.findall(ids[-1])), message.id
        allowed = {name for text in ids for name in values.findall(text)}
        assert {name for text in strings for name in values.findall(text)} <= allowed, message.id


def test_plural_forms_and_numbers() -> None:
    with languages.speaking("de"):
        assert languages.ngettext("%(number)s face", "%(number)s faces", 1) == "1 Gesicht"
        assert languages.ngettext("%(number)s face", "%(number)s faces", 1200) == "1.200 Gesichter"
    with languages.speaking("et"):
        assert languages.gettext("People") == "Isikud"
    assert languages.gettext("People") == "People"


@pytest.mark.parametrize(
    ("tags", "language"),
    [(["de-AT"], "de"), (["fr", "et"], "et"), (["fr"], "en"), (["", "DE"], "de"), ([], "en")],
)
def test_the_browsers_first_known_language_is_taken(tags: list[str], language: str) -> None:
    assert languages.choose(tags) == language
