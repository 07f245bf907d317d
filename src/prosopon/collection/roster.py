"""The persons who may be shown, in order; an addition does not sort them all anew."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Set
from functools import cached_property
from typing import Self

import numpy as np

from prosopon.languages import current as current_language
from prosopon.languages import sort_key
from prosopon.persons import Person, by_family_name, search_key
from prosopon.records import Int32

NOBODY = -1
Filed = tuple[bool, tuple[tuple[int, ...], str], str]


class _Entry:
    """A person, with what sorting and searching need."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.key = (person.name.casefold(), person.id)

    @cached_property
    def sought(self) -> tuple[str, ...]:
        """Each name as it is looked for, with single spaces."""
        names = (self.person.name, *self.person.variants)
        return tuple(" ".join(search_key(name).split()) for name in names)

    def filed(self) -> Filed:
        """By family name in the alphabet of the language in force; mere handles last."""
        name, nameless = self.person.name, self.person.nameless
        return nameless, sort_key(name if nameless else by_family_name(name)), self.person.id


class Roster:
    """Persons by name. Their places are what the faces refer to."""

    def __init__(
        self,
        entries: list[_Entry],
        filed: Mapping[str, list[_Entry]],
        restricted: Mapping[str, Person],
    ) -> None:
        self._entries = entries
        self._restricted = restricted
        self.secret = [n for one in restricted.values() for n in (one.name, *one.variants)]
        """Names of those who may not be shown."""
        self._keys = [entry.key for entry in entries]
        self.persons = [entry.person for entry in entries]
        self.number = {person.id: place for place, person in enumerate(self.persons)}
        """Person → place."""
        self._filed = dict(filed)
        """Language → the entries by family name, where somebody has asked."""

    @classmethod
    def of(cls, people: Iterable[Person]) -> Self:
        """Those of the persons who may be shown."""
        everybody = list(people)
        shown = (_Entry(person) for person in everybody if not person.restricted)
        restricted = {person.id: person for person in everybody if person.restricted}
        return cls(sorted(shown, key=lambda entry: entry.key), {}, restricted)

    def after(self, people: Mapping[str, Person], changed: Set[str]) -> tuple[Self, Int32]:
        """The same when something of some persons has changed.

        people : all persons there are now.
        changed : identifiers of all that are new, gone or different.

        Returns also (persons + 1,) where each has gone; the last stands for NOBODY.
        """
        old = sorted(self.number[one] for one in changed if one in self.number)
        found = [one for one in map(people.get, changed) if one is not None]
        fresh = [_Entry(one) for one in found if not one.restricted]
        fresh.sort(key=lambda entry: entry.key)
        entries = self._entries.copy()
        for place in reversed(old):
            del entries[place]
        at = np.array([bisect_left(entries, one.key, key=lambda e: e.key) for one in fresh], int)
        for place, entry in reversed(list(zip(at.tolist(), fresh, strict=True))):
            entries.insert(place, entry)
        left = {key: one for key, one in self._restricted.items() if key not in changed}
        restricted = left | {one.id: one for one in found if one.restricted}
        made = type(self)(entries, self._refiled(changed, fresh), restricted)
        stays = np.ones(len(self.persons) + 1, bool)
        stays[[*old, -1]] = False
        ranks = np.arange(stays.sum())
        moved = np.full(len(stays), NOBODY, np.int32)
        moved[stays] = ranks + np.searchsorted(at, ranks, side="right")
        moved[old] = [made.number.get(self.persons[place].id, NOBODY) for place in old]
        return made, moved

    def _refiled(self, changed: Set[str], fresh: list[_Entry]) -> dict[str, list[_Entry]]:
        language = current_language()  # others are sorted anew when somebody asks
        filed = [one for one in self._filed.get(language, ()) if one.person.id not in changed]
        for entry in fresh if language in self._filed else ():
            filed.insert(bisect_left(filed, entry.filed(), key=_Entry.filed), entry)
        return {language: filed} if language in self._filed else {}

    def named(self, name: str) -> list[Person]:
        """Those whose name this is, in any case."""
        start = bisect_left(self._keys, (name.casefold(), ""))
        end = bisect_left(self._keys, (name.casefold(), "~"))
        return self.persons[start:end]

    @property
    def search_keys(self) -> list[tuple[str, ...]]:
        """(persons,) all names of each, as they are looked for."""
        return [entry.sought for entry in self._entries]

    def in_order(self) -> list[int]:
        """Places of all persons by family name, in the alphabet of the language in force; those
        who have only a handle come last."""
        language = current_language()
        if language not in self._filed:
            self._filed[language] = sorted(self._entries, key=_Entry.filed)
        return [self.number[entry.person.id] for entry in self._filed[language]]
