"""Which faces, and who: how a decision is asked for, before it is one."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prosopon.collection.view import CollectionView
from prosopon.errors import FacesGone, Namesakes, PersonGone
from prosopon.persons import Person, clean_name, life, new_person_id, search_key

_IDENTIFIER = re.compile(
    r"(?:urn:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class FaceSelection:
    """The faces that something is done to: listed, or all open ones of a cluster."""

    faces: Sequence[int] = ()
    others: Sequence[int] = ()
    """Faces that were looked at with them and left out."""
    cluster: int | None = None
    """Its lasting identifier."""
    waiting: bool = False
    """They were shown as faces without a name: one that got a name since is left out."""

    @classmethod
    def of(cls, faces: "FaceSelection | int | Iterable[int]") -> "FaceSelection":
        """Of ids, or of one id."""
        if isinstance(faces, FaceSelection):
            return faces
        return cls((faces,) if isinstance(faces, int) else tuple(map(int, faces)))

    def resolve(self, view: CollectionView) -> list[int]:
        """The face ids. Raises UsageError where there is none, or one that is not there."""
        faces = self._still(view, self.faces)
        rows = view.faces.rows(faces)
        known = view.faces.face_ids[rows[~view.hidden[rows]]].tolist()
        for face in sorted({*faces} - {*known})[:1]:
            raise FacesGone(
                f"face {face}: there is no such face; prosopon info PHOTO lists those of a "
                "photograph, prosopon export all"
            )
        if self.cluster is not None:
            label = view.faces.label(self.cluster)
            rows = rows[:0] if label is None else view.faces.members(label)
            faces += view.faces.face_ids[rows[view.open[rows]]].tolist()
        if not faces:
            raise FacesGone(
                "no face is chosen, or all of them have a name by now: prosopon info PHOTO "
                "says who is named in a photograph"
            )
        return faces

    def left_out(self, view: CollectionView) -> list[int]:
        """The faces that were looked at with them and left out."""
        return self._still(view, self.others)

    def _still(self, view: CollectionView, faces: Sequence[int]) -> list[int]:
        """The faces, without those that nobody needs to be asked about any more."""
        if not self.waiting:
            return list(faces)
        rows = view.faces.rows(faces)
        still = set(view.faces.face_ids[rows[view.open[rows]]].tolist())
        return [face for face in faces if face in still]


@dataclass(frozen=True, slots=True)
class PersonRef:
    """A person, or a name."""

    person: str = ""
    """Identifier."""
    name: str = ""
    fresh: bool = False
    """Somebody new, even if there is a person of that name."""

    @classmethod
    def of(cls, person: "PersonRef | Person | str", *, fresh: bool = False) -> "PersonRef":
        """Of a person, an identifier, or a name.

        fresh : a name is that of somebody new in any case.
        """
        if isinstance(person, PersonRef):
            return person
        if isinstance(person, Person):
            return cls(person.id)
        identifier = _IDENTIFIER.fullmatch(person.strip())
        return cls(identifier[1].lower()) if identifier else cls(name=person, fresh=fresh)

    def resolve(self, view: CollectionView) -> tuple[str, str, bool]:
        """Identifier, name, and whether the person is new.

        Raises UsageError for an identifier that is not there, and a name of more than one.
        """
        found = [] if self.fresh and not self.person else self.matching(view)
        if not found and not self.person:
            return new_person_id(), clean_name(self.name), True
        known = self._only(found, view)
        return known.id, known.name, False

    def known(self, view: CollectionView, *, restricted: bool = False) -> Person:
        """The person, who must be there.

        restricted : restricted persons too.

        Raises UsageError where there is none or more than one.
        """
        return self._only(self.matching(view, restricted) or self._alike(view, restricted), view)

    def matching(self, view: CollectionView, restricted: bool = False) -> list[Person]:
        """Those of the identifier, else of the name, else with it among their other names."""
        people = view.state.people
        if self.person:
            found = people.get(view.state.merged_into(self.person))
            return [found] if found is not None and (restricted or not found.restricted) else []
        name = clean_name(self.name).casefold()
        if restricted:
            same = [person for person in people.values() if person.name.casefold() == name]
        else:
            same = view.roster.named(name)
        everybody = people.values() if restricted else view.persons
        return same or [
            one for one in everybody if one.variants and name in map(str.casefold, one.variants)
        ]

    def _alike(self, view: CollectionView, restricted: bool) -> list[Person]:
        """Those who have the name but for case and accents."""
        everybody = view.state.people.values() if restricted else view.persons
        key = search_key(self.name)
        return [
            one for one in everybody if key in map(search_key, (one.name, *one.variants)) and key
        ]

    def _only(self, found: Sequence[Person], view: CollectionView) -> Person:
        if not found:
            names = [person.name for person in view.persons]
            close = difflib.get_close_matches(self.name, names, cutoff=0.5)
            meant = f"did you mean {' or '.join(close)}? " if close else ""
            raise PersonGone(
                f"{(self.person or self.name)[:80]!r}: there is no such person (any more); {meant}"
                "prosopon people list shows all, prosopon people add makes one"
            )
        if len(found) > 1:
            which = "; ".join(
                f"{one.id}{f' ({dates})' if (dates := life(one)) else ''}" for one in found
            )
            raise Namesakes(
                f"{len(found)} persons are named {self.name.strip()[:80]!r}: choose one, by its "
                f"identifier: {which}"
            )
        return found[0]
