"""A date that may be partial, as the language in force writes it."""

import re
from datetime import date

from prosopon.languages import day_text, marked, month_text
from prosopon.languages import gettext as _
from prosopon.metadata.dates import Date

_SEASONS = {
    "21": marked("spring %(year)s"),
    "22": marked("summer %(year)s"),
    "23": marked("autumn %(year)s"),
    "24": marked("winter %(year)s"),
}
_PARTS = re.compile(r"([\dX]{4})(?:-([\dX]{2}))?(?:-([\dX]{2}))?([~?%]?)")


def date_text(taken: Date) -> str:
    """`1938`, `July 1938`, `1930s`, `about 1938`, `1938 – 1940`, `until 1940`."""
    start, _slash, end = taken.edtf.partition("/")
    if start == "..":
        return _("until %(date)s", date=_plain(end))
    if end == "..":
        return _("from %(date)s on", date=_plain(start))
    return f"{_plain(start)} – {_plain(end)}" if end else _plain(start)


def _plain(edtf: str) -> str:
    found = _PARTS.fullmatch(edtf)
    if found is None:
        return edtf
    told, mark = _exact(*found.groups()[:3]), found[4]
    if mark in ("~", "%"):
        told = _("about %(date)s", date=told)
    return f"{told} (?)" if mark in ("?", "%") else told


def _exact(year: str, month: str | None, day: str | None) -> str:
    if year.endswith("XX"):
        return f"{year[:2]}00 – {year[:2]}99"
    if year.endswith("X"):
        return _("%(decade)ss", decade=f"{year[:3]}0")
    if month is None or month == "XX":
        return year
    if month in _SEASONS:
        return _(_SEASONS[month], year=year)
    if day is None or day == "XX":
        return month_text(date(int(year), int(month), 1))
    return day_text(date(int(year), int(month), int(day)))
