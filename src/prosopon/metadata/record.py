"""What is said of a photograph: title, caption, persons, place, rights, dates."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Self

from pydantic import TypeAdapter

from prosopon.languages import marked
from prosopon.metadata.dates import Date, perhaps
from prosopon.persons import search_key


class Source(StrEnum):
    """Where a date comes from; those listed first are trusted more."""

    PEOPLE = marked("corrected")
    CATALOGUE = marked("catalogue")
    CREATED = marked("IPTC or XMP")
    """Written as the date on which the picture was taken."""
    EXIF = "EXIF"
    """The camera's clock; a scanner's is not counted."""
    NAME = marked("file or folder name")


_TRUST = list(Source)


@dataclass(frozen=True, slots=True)
class Taken:
    """When a photograph was taken, as far as one source says."""

    date: Date
    source: Source


@dataclass(frozen=True, slots=True)
class Metadata:
    """What one source, or all of them together, say of a photograph; empty where they don't."""

    code: str = ""
    """Reference code in the archive."""
    title: str = ""
    caption: str = ""
    keywords: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    """Names of persons who are said to be in it, in the order that they are given in."""
    creator: str = ""
    place: str = ""
    rights: str = ""
    dates: tuple[tuple[str, str], ...] = ()
    """(EDTF, source)."""

    @property
    def taken(self) -> Taken | None:
        """The date of the source that is trusted most; None where no source has one."""
        known = [
            Taken(date, Source(source))
            for text, source in self.dates
            if (date := perhaps(text)) is not None
        ]
        return min(known, key=lambda each: _TRUST.index(each.source), default=None)

    @property
    def text(self) -> str:
        """All that can be searched for."""
        return "\n".join(
            (
                *(self.code, self.title, self.caption, self.creator, self.place, self.rights),
                *self.keywords,
                *self.persons,
            )
        )

    def without(self, names: Collection[str]) -> Self:
        """The same without these persons, and without texts that mention one of them."""
        keys = {search_key(name) for name in names}
        if not keys:
            return self
        values = {
            field.name: value
            for field in fields(self)
            if (value := _without(getattr(self, field.name), keys)) is not None
        }
        return type(self)(**values)

    def __bool__(self) -> bool:
        """Whether anything is said."""
        return any(getattr(self, field.name) for field in fields(self))


def _without(value: Any, keys: set[str]) -> Any:
    if isinstance(value, tuple):
        return tuple(each for each in value if not _mentions(str(each), keys))
    return None if _mentions(value, keys) else value


def _mentions(text: str, keys: set[str]) -> bool:
    words = f" {_words(text)} "
    return any(f" {_words(key)} " in words for key in keys)


def may_mention(key: str, names: Iterable[str]) -> bool:
    """Whether a text, as `search_key` gives it, may mention one of these persons: where it does
    not, `Metadata.without` takes nothing out. Quick, for many texts.
    """
    return any(all(word in key for word in _words(name).split()) for name in names)


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", search_key(text)))


_METADATA = TypeAdapter(Metadata)
_LISTS = ("keywords", "persons", "dates")


def to_json(metadata: Metadata) -> dict[str, Any]:
    """As what JSON has; empty fields are left out."""
    values: dict[str, Any] = _METADATA.dump_python(metadata, mode="json")
    return {name: value for name, value in values.items() if value}


def from_json(values: object) -> Metadata:
    """What `to_json` gave."""
    return _METADATA.validate_python(values)


def combined(sources: Iterable[Metadata]) -> Metadata:
    """All sources together, the most trusted first: texts of the first that has one, all lists."""
    known = list(sources)
    values: dict[str, Any] = {}
    for field in fields(Metadata):
        several = [getattr(source, field.name) for source in known]
        if field.name in _LISTS:
            values[field.name] = tuple(dict.fromkeys(each for part in several for each in part))
        else:
            values[field.name] = next(filter(None, several), "")
    return Metadata(**values)
