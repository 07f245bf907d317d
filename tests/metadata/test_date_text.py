"""Dates as the language in force writes them."""

import pytest

from prosopon import languages
from prosopon.metadata.date_text import date_text
from prosopon.metadata.dates import Date


@pytest.mark.parametrize(
    ("edtf", "english", "german"),
    [
        ("1938", "1938", "1938"),
        ("1938-07", "July 1938", "Juli 1938"),
        ("1902-05-04", "May 4, 1902", "04.05.1902"),
        ("193X", "1930s", "1930er Jahre"),
        ("18XX", "1800 – 1899", "1800 – 1899"),
        ("1890~", "about 1890", "um 1890"),
        ("1938-07?", "July 1938 (?)", "Juli 1938 (?)"),
        ("1938%", "about 1938 (?)", "um 1938 (?)"),
        ("1938-21", "spring 1938", "Frühling 1938"),
        ("1938-XX-XX", "1938", "1938"),
        ("1938/1940", "1938 – 1940", "1938 – 1940"),
        ("../1940", "until 1940", "bis 1940"),
        ("1940/..", "from 1940 on", "ab 1940"),
    ],
)
def test_a_partial_date_in_words(edtf: str, english: str, german: str) -> None:
    assert date_text(Date.parse(edtf)) == english
    with languages.speaking("de"):
        assert date_text(Date.parse(edtf)) == german
