"""Dates that may be partial or uncertain: EDTF level 1 (ISO 8601-2:2019), and how people write.

Read are EDTF (`1938`, `1938-07~`, `193X`, `1938-21`, `1938/1940`, `../1940`), EXIF's and IPTC's
forms, and notes in several languages: "ca. 1938", "1930s", "um 1938", "before 1940", "4.7.1938".
"""

import calendar
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Self

from prosopon.errors import UsageError

_PLAIN = re.compile(
    r"(?P<year>\d{4}|\d{3}X|\d{2}XX)(?:-(?P<month>\d{2}|XX)(?:-(?P<day>\d{2}|XX))?)?(?P<mark>[~?%]?)"
)
_SEASONS = {21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (12, 12)}
"""First and last month of EDTF's seasons; winter's end is in the next year, which nobody means."""
_ROUGHLY = {4: timedelta(days=5 * 365), 7: timedelta(days=183), 10: timedelta(days=31)}
"""What "about" and "perhaps" leave open on either side, by the length of the date."""

_ABOUT = (
    *("ca", "c", "circa", "cca", "about", "around", "approx", "approximately", "abt"),
    *("um", "etwa", "gegen", "zirka", "vers", "environ", "hacia", "alrededor de", "circa de"),
    *("umb", "umbes", "u", "noin", "n", "omkring", "omkr", "ok", "okolo", "kolem", "około"),
    *("около", "ок", "примерно", "близько", "apie", "ap"),
)
_BEFORE = (
    *("before", "until", "vor", "bis", "avant", "antes de", "prima del", "enne", "kuni", "ennen"),
    *("före", "før", "przed", "до", "před", "prieš"),
)
_AFTER = (
    *("after", "since", "nach", "seit", "après", "despues de", "dopo il", "pärast", "alates"),
    *("jälkeen", "efter", "po", "после"),
)
_DECADE = r"s|'s|er|er jahre|er jahren|ndad|ndate aastate|-luku|-tal|-talet|-е|-х|е|х|\. lata|-te"


def _words(words: tuple[str, ...]) -> str:
    return "|".join(sorted((re.escape(_folded(word)) for word in words), key=len, reverse=True))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


_NOTED_ABOUT = re.compile(rf"(?:{_words(_ABOUT)})\b\.?\s*(\d.*)")
_NOTED_BEFORE = re.compile(rf"(?:{_words(_BEFORE)})\s+(\S.*)")
_NOTED_AFTER = re.compile(rf"(?:{_words(_AFTER)})\s+(\S.*)")
_NOTED_DECADE = re.compile(rf"(\d{{3}})0\s?(?:{_DECADE})\.?")
_NOTED_YEARS = re.compile(r"(\d{4})\s*(?:-|–|—|to|bis)\s*(\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_MONTH_YEAR = re.compile(r"(\d{1,2})[./](\d{4})")
_STAMP = re.compile(r"(\d{4})[:\-/. ](\d{2})[:\-/. ](\d{2})(?:[ t].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """A day, month, year, decade or interval of them, perhaps uncertain."""

    edtf: str
    """As EDTF level 1; the one form that is kept."""
    first: date = field(compare=False)
    last: date = field(compare=False)
    """First and last day that it means."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a date as people and programs write it. Raises UsageError."""
        plain = _folded(" ".join(text.split()))
        edtf = _edtf(plain if plain.endswith("/..") else plain.removesuffix("."))
        found = None if edtf is None else _days(edtf)
        if edtf is None or found is None:
            raise UsageError(
                f"{text[:80]!r} is no date: give a year, month or day such as 1938, 1938-07, "
                "1938-07-04; ca. 1938; 1930s; 1938/1940"
            )
        return cls(edtf, *found)

    @property
    def span(self) -> tuple[date, date]:
        """The days that it can mean when "about" and "perhaps" are taken at their word."""
        start, _, end = self.edtf.partition("/")
        return _moved(self.first, -_slack(start)), _moved(self.last, _slack(end or start))

    @property
    def year(self) -> str:
        """For a label: `1938`, `1930s`, `ca. 1938`, `1938–1940`."""
        if "/" in self.edtf:
            start, end = (part if part == ".." else part[:4] for part in self.edtf.split("/"))
            return f"{start}–{end}".replace("..", "")
        about = "ca. " if self.edtf[-1] in "~%?" else ""
        plain = self.edtf[:4]
        return about + (plain.replace("X", "0") + "s" if "X" in plain else plain)


@cache
def _parsed(text: str) -> Date | None:
    try:
        return Date.parse(text)
    except UsageError:
        return None


def perhaps(text: str) -> Date | None:
    """The date that a text is, None for what is none or blank: for what programs leave behind."""
    return _parsed(text.strip("\x00 \t\n")) if text else None


def _edtf(text: str) -> str | None:
    """The EDTF form of a date; None for what is none."""
    upper = text.upper()
    ends = upper.split("/")
    if len(ends) == 2 and all(end == ".." or _PLAIN.fullmatch(end) for end in ends):
        return upper
    if match := _PLAIN.fullmatch(upper):
        return match[0]
    if match := _STAMP.fullmatch(text) or _COMPACT.fullmatch(text):
        return _without_zeros(*match.groups())
    if match := _DAY_FIRST.fullmatch(text):
        day, month, year = match.groups()
        return f"{year}-{int(month):02}-{int(day):02}"
    if match := _MONTH_YEAR.fullmatch(text):
        return f"{match[2]}-{int(match[1]):02}"
    if match := _NOTED_DECADE.fullmatch(text):
        return f"{match[1]}X"
    if match := _NOTED_YEARS.fullmatch(text):
        return f"{match[1]}/{match[2]}"
    if match := re.fullmatch(r"\[(.+)\]", text):  # a cataloguer's own estimate
        inner = _edtf(match[1])
        return inner if inner is None or "/" in inner else inner.rstrip("~?%") + "?"
    return _noted(text)


def _noted(text: str) -> str | None:
    """Dates with a word before or a mark behind them."""
    for pattern, form in ((_NOTED_ABOUT, "{}~"), (_NOTED_BEFORE, "../{}"), (_NOTED_AFTER, "{}/..")):
        match = pattern.fullmatch(text)
        inner = match and _edtf(match[1].strip())
        if inner and "/" not in inner:
            plain = inner.rstrip("~?%") if form == "{}~" else inner
            return form.format(plain)
    match = re.fullmatch(r"(.*\d\S*?)\s*\((?:\?|ca\.?)\)", text) or re.fullmatch(r"(.+?) \?", text)
    inner = match and _edtf(match[1].strip())
    return f"{inner.rstrip('~?%')}?" if inner and "/" not in inner else None


def _without_zeros(year: str, month: str, day: str) -> str:
    """EXIF and IPTC write zeros for what is not known."""
    if month == "00":
        return year
    return f"{year}-{month}" if day == "00" else f"{year}-{month}-{day}"


def _days(edtf: str) -> tuple[date, date] | None:
    """First and last day; None where the calendar has no such date, or an interval runs back."""
    start, _, end = edtf.partition("/")
    try:
        first = date.min if start == ".." else _day_range(start)[0]
        last = date.max if end == ".." else _day_range(end or start)[1]
    except ValueError:
        return None
    return (first, last) if first <= last and (first, last) != (date.min, date.max) else None


def _day_range(plain: str) -> tuple[date, date]:
    match = _PLAIN.fullmatch(plain)
    if match is None:
        raise ValueError(plain)
    first_year, last_year = (int(match["year"].replace("X", digit)) for digit in "09")
    month = match["month"]
    if month is None or month == "XX":
        return date(first_year, 1, 1), date(last_year, 12, 31)
    first_month, last_month = _SEASONS.get(int(month), (int(month), int(month)))
    day = match["day"]
    if day is not None and day != "XX":
        return date(first_year, first_month, int(day)), date(last_year, last_month, int(day))
    days = calendar.monthrange(last_year, last_month)[1]
    return date(first_year, first_month, 1), date(last_year, last_month, days)


def _slack(plain: str) -> timedelta:
    if plain[-1:] not in ("~", "?", "%"):
        return timedelta()
    return _ROUGHLY[max(size for size in _ROUGHLY if size <= len(plain) - 1)]


def _moved(day: date, by: timedelta) -> date:
    """The day so much earlier or later, within the calendar."""
    try:
        return day + by
    except OverflowError:
        return date.max if by > timedelta() else date.min
