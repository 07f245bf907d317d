"""In which language the pages speak: catalogues of gettext, chosen per request.

English is the source. `locale/LANGUAGE/LC_MESSAGES/prosopon.po` holds a translation; it is read as
it is, so that there is nothing to compile. Who shows something says in which language
(`speaking`); who words something calls `gettext` or `ngettext` and need not know.
"""

import gettext as standard
import io
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

SOURCE = "en"
LANGUAGES = {"en": "English", "de": "Deutsch", "et": "Eesti"}
"""Code → the language's name for itself."""

_current: ContextVar[str] = ContextVar("language", default=SOURCE)


def current() -> str:
    """Code of the language in force here."""
    return _current.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything worded inside is in this language."""
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


def choose(wanted: Sequence[str]) -> str:
    """The first of these language tags, such as "de-AT", that there is; English for none."""
    for tag in wanted:
        code = tag.replace("_", "-").split("-")[0].strip().lower()
        if code in LANGUAGES:
            return code
    return SOURCE


def translate(message: str) -> str:
    """The message in the language in force, its `%(name)s` as they are."""
    return _translations(current()).gettext(message)


def translate_plural(one: str, many: str, number: int) -> str:
    """The message in the form that fits `number`, its `%(name)s` as they are."""
    return _translations(current()).ngettext(one, many, number)


def gettext(message: str, **values: Any) -> str:
    """The message in the language in force, with `%(name)s` filled in."""
    return translate(message) % values if values else translate(message)


def ngettext(one: str, many: str, number: int, **values: Any) -> str:
    """The message in the form that fits `number`, which also is `%(number)s` in it."""
    return translate_plural(one, many, number) % {"number": number_text(number), **values}


def marked(message: str) -> str:
    """The message as it is: worded here, translated where it is shown."""
    return message


def number_text(number: int) -> str:
    """A whole number with the language's groups of digits."""
    from babel.numbers import format_decimal

    return format_decimal(number, locale=current())


def share_text(share: float) -> str:
    """A share of one in whole percent, as the language writes it."""
    from babel.numbers import format_percent

    return format_percent(share, locale=current())


def day_text(day: date) -> str:
    """A day as the language writes it."""
    from babel.dates import format_date

    return format_date(day, format="medium", locale=current())


def month_text(day: date) -> str:
    """A month and its year as the language writes them."""
    from babel.dates import format_skeleton

    return format_skeleton("yMMMM", day, locale=current())


def moment_text(moment: datetime) -> str:
    """A day and time of day, to the minute, as the language writes them."""
    from babel.dates import format_time

    time = format_time(moment, format="short", tzinfo=moment.tzinfo, locale=current())
    return f"{day_text(moment.date())}, {time}"


def sort_key(text: str) -> tuple[tuple[int, ...], str]:
    """What to sort texts by: the alphabet of the language in force, whatever the case.

    Letters that the alphabet lacks stand where they stand without accents; others after it.
    """
    return _sort_key(text, current())


_ALPHABETS = {"et": "abcdefghijklmnopqrsšzžtuvwõäöüxy"}
_LATIN = "abcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=200_000)
def _sort_key(text: str, language: str) -> tuple[tuple[int, ...], str]:
    alphabet = _ALPHABETS.get(language, _LATIN)
    places: list[int] = []
    for char in unicodedata.normalize("NFC", text.casefold()):
        plain = char if char in alphabet else unicodedata.normalize("NFKD", char)[:1]
        if plain in alphabet:
            places.append(100 + alphabet.index(plain))
        elif char.isalpha():
            places.append(1000 + ord(char))
        else:
            places.append(10 + int(char) if char in "0123456789" else 0)
    return tuple(places), text


def direction() -> str:
    """In which direction the language is written: "ltr" or "rtl"."""
    from babel import Locale

    return Locale.parse(current()).text_direction


def catalogue(language: str) -> "Catalog":
    """What a translation holds. Raises FileNotFoundError for a language that isn't there."""
    from babel.messages.pofile import read_po

    file = resources.files("prosopon") / "locale" / language / "LC_MESSAGES" / "prosopon.po"
    return read_po(io.BytesIO(file.read_bytes()), locale=language)


def for_scripts() -> tuple[dict[str, str | list[str]], str]:
    """The language's messages by their English, and how a number `n` chooses among plurals."""
    if current() == SOURCE:
        return {}, "n !== 1"
    texts: dict[str, str | list[str]] = {}
    known = catalogue(current())
    for message in known:
        if message.id and message.string:
            one = message.id if isinstance(message.id, str) else message.id[0]
            texts[one] = message.string if isinstance(message.string, str) else [*message.string]
    return texts, known.plural_expr


@cache
def _translations(language: str) -> standard.NullTranslations:
    if language == SOURCE:
        return standard.NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return standard.GNUTranslations(compiled)
