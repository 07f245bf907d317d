"""Dates as people and programs write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosopon.errors import UsageError
from prosopon.metadata import Date, date_in_path, perhaps


@pytest.mark.parametrize(
    ("written", "edtf"),
    [
        ("1938", "1938"),
        ("1938-07", "1938-07"),
        ("1938-07-04", "1938-07-04"),
        ("193X", "193X"),
        ("1938~", "1938~"),
        ("1938-21", "1938-21"),
        ("1938/1940", "1938/1940"),
        ("../1940", "../1940"),
        ("ca. 1938", "1938~"),
        ("um 1938", "1938~"),
        ("около 1938", "1938~"),
        ("1930s", "193X"),
        ("1930er", "193X"),
        ("1920ndad", "192X"),
        ("[1938]", "1938?"),
        ("1938 (?)", "1938?"),
        ("1938–1940", "1938/1940"),
        ("before 1940", "../1940"),
        ("4.7.1938", "1938-07-04"),
        ("1938:07:04 10:11:12", "1938-07-04"),
        ("1938:00:00 00:00:00", "1938"),
        ("19380704", "1938-07-04"),
        ("1938-07-04T10:00:00+02:00", "1938-07-04"),
    ],
)
def test_dates_are_kept_as_edtf(written: str, edtf: str) -> None:
    found = Date.parse(written)
    assert found.edtf == edtf
    assert Date.parse(edtf) == found


@pytest.mark.parametrize(
    "text", ["", "foo", "0000:00:00 00:00:00", "1938-13", "1938-02-30", "1940/1938", "../..", "38"]
)
def test_what_is_no_date(text: str) -> None:
    assert perhaps(text) is None
    with pytest.raises(UsageError, match="is no date"):
        Date.parse(text)


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = perhaps(text)
    assert found is None or found.first <= found.last


def test_what_a_date_can_mean() -> None:
    assert Date.parse("193X").span == (date(1930, 1, 1), date(1939, 12, 31))
    about = Date.parse("ca. 1938")
    assert about.first == date(1938, 1, 1)
    assert about.span[0].year == 1933
    assert about.span[1].year == 1943
    assert Date.parse("../1940").span == (date.min, date(1940, 12, 31))


@pytest.mark.parametrize(
    ("path", "edtf"),
    [
        ("/a/1938-07-04 Anna.jpg", "1938-07-04"),
        ("/a/IMG_19380704_1200.jpg", "1938-07-04"),
        ("/a/1930s/x.jpg", "193X"),
        ("/a/ca 1938/x12.jpg", "1938~"),
        ("/a/Tartu_1938.jpg", "1938"),
        ("/a/1938/IMG_1999.jpg", "1938"),
        ("/a/IMG_2019.jpg", None),
        ("/a/DSC12345.jpg", None),
        ("/a/1234567890.jpg", None),
        ("/a/9938.jpg", None),
    ],
)
def test_dates_in_names(path: str, edtf: str | None) -> None:
    found = date_in_path(path)
    assert (found and found.edtf) == edtf
