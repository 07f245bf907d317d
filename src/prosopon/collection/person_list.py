"""Persons as a list shows them, and which of them a text means."""

from collections.abc import Sequence
from dataclasses import dataclass

from prosopon.collection.view import CollectionView
from prosopon.people.telling import count_faces
from prosopon.persons import Person, beginning, life, search_key
from prosopon.tables import Result


@dataclass(frozen=True, slots=True)
class PersonSummary:
    """A person in a list."""

    person: Person
    faces: int
    portrait: int | None
    """A face to show."""

    @property
    def initials(self) -> str:
        """What stands where there is no face to show."""
        words = self.person.name.split()
        return "".join(word[0].upper() for word in (words[0], words[-1])[: len(words)])

    @property
    def about(self) -> str:
        """What tells persons of one name apart."""
        return " · ".join(filter(None, (life(self.person), count_faces(self.faces))))


@dataclass(frozen=True, slots=True)
class PersonDetails(Result):
    """All that is known of a person."""

    person: Person
    iri: str
    faces: Sequence[int]
    """With the name, surely or not, alone or among others."""


def matching(view: CollectionView, text: str) -> Sequence[int]:
    """Places of the persons one of whose names has every word of `text`.

    A name that is just `text` goes before those that `text` begins, and these before others; then
    those with most faces.
    """
    words, is_begun = search_key(text).replace(",", " ").split(), beginning(text)
    plain, faces = " ".join(words), view.faces_of.tolist()

    def order(place: int) -> tuple[bool, bool, int]:
        names = keys[place]
        return plain not in names, not any(map(is_begun, names)), -faces[place]

    keys = view.roster.search_keys
    found = (
        place
        for place, names in enumerate(keys)
        if all(any(word in name for name in names) for word in words)
    )
    return sorted(found, key=order)


def summary(view: CollectionView, place: int) -> PersonSummary:
    """A person for a list."""
    return PersonSummary(view.persons[place], int(view.faces_of[place]), view.portrait(place))


def summaries(view: CollectionView, places: Sequence[int]) -> list[PersonSummary]:
    """Many persons for a list."""
    persons, counts, portraits = view.persons, view.faces_of.tolist(), view.portraits
    return [PersonSummary(persons[one], counts[one], portraits[one]) for one in places]


def has_words(key: str, text: str) -> bool:
    """Whether every word of `text` stands in the key."""
    return all(word in key for word in search_key(text).replace(",", " ").split())
