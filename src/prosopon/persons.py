"""Who somebody is: a lasting identifier, names, life dates. Needed wherever people are shown.

Names are text in any script. `clean_name` brings them to one form (Unicode NFC, single spaces) and
refuses what no name is; nothing here escapes anything: whoever writes HTML, XML or SQL does.
"""

import calendar
import re
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from prosopon.errors import UsageError
from prosopon.languages import gettext as _

LONGEST_NAME = 500
"""Characters in a name."""
LONGEST_NOTE = 20_000
"""Characters in a note."""

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?[~?]?")
_IRI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>\"{}|\\^`]+")


@dataclass(frozen=True, slots=True)
class Person:
    """One person. What is not known is empty."""

    id: str
    """A UUID; `iri` is its citable form. It never changes."""
    name: str
    nameless: bool = False
    """`name` is only a handle, such as "unknown man A"."""
    variants: tuple[str, ...] = ()
    """Other names and spellings."""
    born: str = ""
    """Year, month or day as `1871`, `1871-03`, `1871-03-27`; `~` or `?` after it: uncertain."""
    died: str = ""
    note: str = ""
    links: tuple[str, ...] = ()
    """IRIs in authority files."""
    restricted: bool = False
    """Left out of the page, of reports and of exports."""

    def __post_init__(self) -> None:
        """Bring every field to its one form. Raises UsageError."""
        cleaned = {
            "id": _clean_id(self.id),
            "name": clean_name(self.name),
            "variants": tuple(dict.fromkeys(clean_name(name) for name in self.variants)),
            "born": _clean_date(self.born),
            "died": _clean_date(self.died),
            "note": clean_note(self.note),
            "links": tuple(dict.fromkeys(_clean_iri(iri) for iri in self.links)),
        }
        for field, value in cleaned.items():
            object.__setattr__(self, field, value)

    @property
    def iri(self) -> str:
        """The identifier to cite."""
        return f"urn:uuid:{self.id}"


_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_PLAIN_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not take apart, as they are typed without them."""


def new_person_id() -> str:
    """A fresh identifier; no two collections will make the same."""
    return str(uuid.uuid4())


def clean_name(text: str) -> str:
    """The one form of a name, without what nobody sees. Raises UsageError for what can't be one."""
    if text.isascii() and text.isprintable():  # as below, at a tenth of the time
        name = " ".join(text.split())
    else:
        seen = "".join(char for char in text if not _is_invisible(char))
        seen = _NO_JOIN.sub("", seen)
        name = unicodedata.normalize("NFC", " ".join(seen.split())).strip(_JOINERS)
    if not name:
        raise UsageError("a name is empty: give at least one character")
    _check_text(name, "a name", LONGEST_NAME)
    return name


_JOINERS = "\u200c\u200d"
"""Invisible, but part of the spelling in Persian and in scripts of India."""
_NO_JOIN = re.compile(r"(?<![\u0590-\u1cff\ua800-\uabff\U00010000-\U0001ffff])[\u200c\u200d]+")
"""Those that join nothing: behind letters of other scripts, or behind another."""
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Letters and marks that nobody sees (Unicode: Default_Ignorable_Code_Point, and empty Braille)."""


def _is_invisible(char: str) -> bool:
    """Marks of direction, zero-width spaces, soft hyphens, choices of a glyph."""
    hidden = unicodedata.category(char) == "Cf" and char not in _JOINERS
    return (
        hidden
        or char in _BLANKS
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
    )


def clean_note(text: str) -> str:
    """A note of any number of lines. Raises UsageError."""
    if not text:
        return text
    note = unicodedata.normalize("NFC", text.replace("\r\n", "\n").strip())
    _check_text(note.replace("\n", " ").replace("\t", " "), "a note", LONGEST_NOTE)
    return note


_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def _clean_id(text: str) -> str:
    if _ID.fullmatch(text):
        return text
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise UsageError(f"{text[:80]!r} is no identifier of a person: expected a UUID") from error


def _clean_date(text: str) -> str:
    """A life date as `Person.born` has it, or empty. Raises UsageError."""
    text = text.strip()
    if text:
        date_range(text)
    return text


def _clean_iri(text: str) -> str:
    """An absolute IRI. Raises UsageError."""
    text = text.strip()
    if not _IRI.fullmatch(text) or len(text) > LONGEST_NAME:
        raise UsageError(
            f"{text[:80]!r} is no IRI: give a full address such as https://viaf.org/viaf/12345"
        )
    return text


def life(person: Person) -> str:
    """Life dates in a few characters; empty where none is known."""
    if person.born and person.died:
        return f"{person.born}–{person.died}"
    if person.born:
        return f"born {person.born}"
    return f"died {person.died}" if person.died else ""


def out_of_life(person: Person, taken: tuple[date, date] | None) -> str:
    """What a photograph's date says against the person; empty where it may fit.

    taken : first and last day on which it may have been taken.
    """
    if taken is None:
        return ""
    first, last = taken
    if person.born and last < date_range(person.born)[0]:
        return _("taken %(year)s, but born %(date)s", year=last.year, date=person.born)
    if person.died and first > date_range(person.died)[1]:
        return _("taken %(year)s, but died %(date)s", year=first.year, date=person.died)
    return ""


def age_at(person: Person, taken: tuple[date, date] | None) -> tuple[int, int] | None:
    """Least and greatest age in years on a date; None where either is not known.

    taken : first and last day of it.
    """
    if taken is None or not person.born:
        return None
    born = date_range(person.born)
    least, greatest = (
        later.year - earlier.year - ((later.month, later.day) < (earlier.month, earlier.day))
        for later, earlier in ((taken[0], born[1]), (taken[1], born[0]))
    )
    return (max(least, 0), greatest) if greatest >= 0 else None


def search_key(name: str) -> str:
    """What to compare when names are looked for: no case, no accents, no strokes."""
    if name.isascii():
        return name.casefold()
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return _NOT_ASCII.sub(_plain, decomposed).translate(_PLAIN_LETTERS)


def _plain(found: re.Match[str]) -> str:
    """A letter; nothing for an accent, or for what nobody sees."""
    char = found[0]
    return "" if unicodedata.combining(char) or unicodedata.category(char) == "Cf" else char


def begins(typed: str, name: str) -> bool:
    """Whether what was typed is the beginning of a name, of a part of it, or "family, given".

    Case and accents don't count: "lars" and "larsen, a" begin "Anna Larsen".
    """
    return beginning(typed)(search_key(name))


def beginning(typed: str) -> Callable[[str], bool]:
    """The same for many names, each as `search_key` gives it."""
    family, comma, given = (part.strip() for part in search_key(typed).partition(","))

    def holds(key: str) -> bool:
        if comma:
            return key.startswith(given) and f" {family}" in f" {key}"
        return bool(family) and f" {family}" in f" {key}"

    return holds


_PARTICLES = frozenset(
    ("von", "van", "de", "der", "den", "du", "da", "di", "af", "av", "zu", "zur")
)


def by_family_name(name: str) -> str:
    """The name as a register files it: "Larsen, Anna", "von Berg, Karl" under B."""
    if "," in name:
        return name
    parts = name.split()
    family = parts[-1:]
    given = parts[:-1]
    while given and given[-1] in _PARTICLES:
        given.pop()
    return ", ".join(filter(None, (*family, " ".join(given))))


def is_nobody(name: str) -> bool:
    """Whether a name says that nobody knows the person: "Unknown", "unbekannt", "?"."""
    words = search_key(name).strip(" ?-–—.…()[]").replace(".", " ").split()
    return not words or " ".join(words) in _NOBODY or words[0] in _UNKNOWN


_UNKNOWN = frozenset(
    map(
        search_key,
        (
            *("unknown", "unnamed", "unidentified", "unbekannt", "unbekannte", "unbekannter"),
            *("inconnu", "inconnue", "desconocido", "desconocida", "sconosciuto", "sconosciuta"),
            *("desconhecido", "onbekend", "onbekende", "okänd", "ukendt", "ukjent", "tuntematon"),
            *("tundmatu", "nezināms", "nezināma", "nežinomas", "nežinoma", "nieznany", "nieznana"),
            *("neznámý", "neznámá", "neznámy", "ismeretlen", "неизвестный", "неизвестная"),
            *("неизвестно", "невідомий", "невідома", "necunoscut", "bilinmeyen", "不明", "未知"),
        ),
    )
)
"""Whom these words begin is nobody, whatever follows: "unknown woman", "tundmatu mees"."""
_NOBODY = frozenset(
    ("nobody", "not known", "no name", "noname", "anonymous", "unconfirmed", "ignored", "n n", "nn")
)


def date_range(text: str) -> tuple[date, date]:
    """First and last day that a life date may mean. Raises UsageError."""
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        year, month, day = (None if part is None else int(part) for part in match.groups())
        assert year is not None
        first = date(year, month or 1, day or 1)
        last_month = month or 12
        last = date(year, last_month, day or calendar.monthrange(year, last_month)[1])
    except ValueError as error:
        raise UsageError(
            f"{text[:80]!r} is no date: give a year, year-month or day such as 1871-03-27"
        ) from error
    return first, last


def _check_text(text: str, what: str, longest: int) -> None:
    if len(text) > longest:
        raise UsageError(f"{what} has at most {longest} characters, got {len(text):,}")
    if text.isascii() and text.isprintable():
        return
    for char in text:
        if unicodedata.category(char) in ("Cc", "Cs") or char in "\ufffe\uffff":
            raise UsageError(  # controls, halves of surrogate pairs, what XML can't hold
                f"{what} can't hold the character U+{ord(char):04X}"
            )
