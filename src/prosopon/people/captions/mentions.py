"""Names in a text: known names in their variants and inflected forms, and names not known yet."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prosopon.people.captions.words import ORDER, WORDS, pattern
from prosopon.persons import is_nobody, search_key

_WORD = re.compile(r"[^\W\d_]+(?:['’\-‑][^\W\d_]+)*\.?")
_SEPARATOR = r"(?:[,;|&/]|\b(?:and|und|ja|et|y|e|i|и|og|och|en|a|ir|un|és|та|и)\b)"
_BETWEEN = re.compile(rf"\s*{_SEPARATOR}")
_BETWEEN_BEFORE = re.compile(rf"{_SEPARATOR}\s*$")
_CREDIT = pattern(credit="credit")
_SENTENCE = re.compile(r"[.;]\s|\n")
_PARTICLES = frozenset(WORDS["particles"])
_NO_NAMES = frozenset(map(search_key, WORDS["no_names"].split()))
_SOMEBODY = frozenset(map(search_key, WORDS["somebody"].split()))
_LONGEST_ENDING = 4
"""Letters that an inflection adds at most: Anna, Annale; Иванов, Ивановым, Ивановичу."""
_SOFT = frozenset("aeiouyäöüõąęůáéíóúýеёиоуыэюяайьъ")
"""Letters at a name's end that an inflection may replace: Anna, Annę; Анна, Анны."""
_STEMS = tuple(
    (end, begins)
    for end, several in WORDS["stems"].items()
    for begins in (search_key(each) for each in several)
)
"""Ends of names → what forms of the name have in their place, and go on from."""
MOST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a text where somebody is named."""

    names: tuple[str, ...]
    """Who it may be, as known; one name unless it is a first or last name of several; none for
    somebody unknown."""
    start: int
    end: int
    fresh: bool = False
    """Not known before: a sequence of capitalised words."""


@dataclass(slots=True)
class NameIndex:
    """Names that may stand in texts."""

    _words: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    """Name → its spellings, as folded words."""
    _starts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The first letters of any word of a name → the words."""
    _with: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Word → names that have it."""
    _like: dict[str, list[str]] = field(default_factory=dict)
    """What `words_like` found before."""

    @classmethod
    def of(cls, names: Mapping[str, Iterable[str]]) -> "NameIndex":
        """Names with their variants."""
        index = cls()
        for name, variants in names.items():
            spellings = [words for each in (name, *variants) if (words := _folded(each))]
            index._words[name] = spellings
            for word in {word for words in spellings for word in words if len(word) > 1}:
                index._with[word].add(name)
                index._starts[_stem(word)].add(word)
        return index

    def words_like(self, word: str) -> list[str]:
        """The words of known names that a word in a text is, or is an inflected form of."""
        if word in self._with:
            return [word]
        if word not in self._like:
            self._like[word] = [
                each
                for length in range(2, len(word) + 1)
                for each in self._starts.get(word[:length], ())
                if inflected(each, word)
            ]
        return self._like[word]

    def at(self, words: list[str], place: int) -> tuple[tuple[str, ...], int]:
        """Who is named from a place in a text on, and with how many words; longest names first."""
        best: tuple[set[str], int] = (set(), 0)
        initial = len(words[place]) == 1  # A. Tamm: looked up by its next word
        for first in self.words_like(
            words[place + 1 if initial and place + 1 < len(words) else place]
        ):
            for name in self._with[first]:
                for spelling in self._words[name]:
                    length = _matched(spelling, words, place)
                    if length > best[1]:
                        best = ({name}, length)
                    elif length and length == best[1]:
                        best[0].add(name)
        return tuple(sorted(best[0])), best[1]


def mentions_in(text: str, index: NameIndex, *, unknown: bool = False) -> list[Mention]:
    """Everybody who is named in a text, in its order.

    unknown : those too who have a place there and no name ("Anna, unknown and Mari").
    """
    text = unicodedata.normalize("NFC", text)[:MOST_TEXT]
    found = list(_WORD.finditer(text))
    words = [search_key(match[0]).rstrip(".") for match in found]
    order = [match.span() for match in ORDER.finditer(text)]
    mentions = []
    place = 0
    while place < len(found):
        begins = found[place][0][:1]
        cased = begins.isupper() or not (begins.isupper() or begins.islower())
        names, length = index.at(words, place) if cased else ((), 0)
        fresh = False
        if not length and cased:
            length = _unknown(text, found, words, place)
            first, last = found[place].start(), found[place + max(length, 1) - 1].end()
            if any(start < last and first < end for start, end in order):  # "Hintere Reihe"
                length = 0
            names = (_written(text, found, place, length),) if length else ()
            fresh = True
        if not length and words[place].replace(".", "") in _SOMEBODY:
            length, names, fresh = 1, (), False
        if length:
            names = names if names and not is_nobody(names[0]) else ()
            end = found[place + length - 1].end()
            if names or unknown:
                mentions.append(Mention(names, found[place].start(), end, fresh))
        place += max(length, 1)
    credits = [mark.end() for mark in _CREDIT.finditer(text)]
    return [mention for mention in mentions if not _credited(text, mention, credits)]


def _credited(text: str, mention: Mention, credits: Sequence[int]) -> bool:
    """Whether somebody took the picture, and is not in it: "Photo: Karl Saar".

    credits : where the words that say so end.
    """
    last = max((end for end in credits if end <= mention.start), default=None)
    return last is not None and _SENTENCE.search(text, last, mention.start) is None


def inflected(word: str, form: str) -> bool:
    """Whether a word in a text may be a form of a name's word: Anna, Annale; Анна, Анны."""
    if word == form:
        return True
    common = next(
        (n for n, (a, b) in enumerate(zip(word, form, strict=False)) if a != b),
        min(len(word), len(form)),
    )
    lost, ending = word[common:], form[common:].lstrip("'’")
    if len(word) < 3 or common < 3 or len(ending) > _LONGEST_ENDING or not ending:
        return False
    if not lost or (len(lost) == 1 and lost in _SOFT and len(word) > 3):
        return True
    return len(word) > 3 and any(_changed(word, form, end, begins) for end, begins in _STEMS)


def _changed(word: str, form: str, end: str, begins: str) -> bool:
    """Whether a form has `begins` in place of the word's `end`: Павел, Павла; Kask, Kase."""
    stem = word.removesuffix(end)
    if stem == word or len(stem) < 2 or not form.startswith(stem + begins):
        return False
    rest = form[len(stem + begins) :]
    return len(rest) < _LONGEST_ENDING and bool(rest or begins[-1] in _SOFT)


def _matched(spelling: tuple[str, ...], words: list[str], place: int) -> int:
    """Words from `place` on that say this spelling; 0 if they don't.

    In its order or last name first; a first name may be its initial; or one of its words alone.
    """
    size = len(spelling)
    here = words[place : place + size]
    orders = (spelling, (*spelling[-1:], *spelling[:-1]))
    if len(here) == size and any(
        all(map(_says, order, here)) and not all(len(word) == 1 for word in here)
        for order in orders
    ):
        return size
    if size > 2 and len(words) > place + 1:  # without middle names
        outer = (spelling[0], spelling[-1])
        if all(map(_says, outer, words[place : place + 2])):
            return 2
    alone = words[place]
    return int(any(inflected(word, alone) for word in (spelling[0], spelling[-1]) if len(word) > 2))


def _says(word: str, form: str) -> bool:
    return (
        inflected(word, form)
        or (len(form) == 1 and word.startswith(form))
        or (len(word) == 1 and form.startswith(word))
    )


def _unknown(text: str, found: list[re.Match[str]], words: list[str], place: int) -> int:
    """Words of a name that is not known, from `place` on: two or more with capitals."""
    length = 1
    if words[place] in _NO_NAMES:
        return 0
    while place + length < len(found):
        last, here = found[place + length - 1], found[place + length]
        between = text[last.end() : here.start()]
        particle = here[0].lower() in _PARTICLES and _capital_after(found, place + length)
        capital = here[0][:1].isupper() and words[place + length] not in _NO_NAMES
        if between.strip() or not (capital or particle):
            break
        if last[0].endswith(".") and len(last[0]) > 3:  # a sentence ends here
            break
        length += 1
    return length if length > 1 or _listed(text, found[place]) else 0


def _listed(text: str, found: re.Match[str]) -> bool:
    """Whether a word stands alone in a list of names: "Juanes, Anna Tamm and Zico"."""
    before, after = text[: found.start()], text[found.end() :]
    starts, ends = not before.strip() or _BETWEEN_BEFORE.search(before), _BETWEEN.match(after)
    inside = not (starts and not before.strip() and not after.strip())
    return bool(inside and len(found[0]) > 2 and starts and (ends or not after.strip(" .")))


def _capital_after(found: list[re.Match[str]], place: int) -> bool:
    """Whether a capital follows, after more particles perhaps: von der Heide."""
    following = (match[0] for match in found[place + 1 : place + 4])
    after = next((word for word in following if word.lower() not in _PARTICLES), "")
    return after[:1].isupper()


def _written(text: str, found: list[re.Match[str]], place: int, length: int) -> str:
    first, last = found[place], found[place + length - 1]
    return " ".join(text[first.start() : last.end()].rstrip(".").split())


def _folded(name: str) -> tuple[str, ...]:
    if name.count(",") == 1:  # Tamm, Anna
        last, _, first = name.partition(",")
        name = f"{first} {last}"
    name = name.replace("_", " ")
    return tuple(search_key(match[0]).rstrip(".") for match in _WORD.finditer(name))


def _stem(word: str) -> str:
    """The first letters, which any inflected form keeps."""
    return word[: max(2, len(word) - 3)]
