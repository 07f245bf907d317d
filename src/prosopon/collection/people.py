"""Who there is and who the faces are: one method for each decision, all kept in the log."""

import getpass
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from prosopon.collection.deciding import ActionResult, Who
from prosopon.collection.face_actions import FaceActions
from prosopon.collection.log_actions import LogActions
from prosopon.collection.person_list import (
    PersonDetails,
    PersonSummary,
    has_words,
    matching,
    summaries,
)
from prosopon.collection.presence import Presence
from prosopon.collection.selection import PersonRef
from prosopon.collection.volunteer_actions import VolunteerActions
from prosopon.errors import UsageError
from prosopon.languages import gettext as _
from prosopon.people import Kind
from prosopon.people.telling import FIELDS
from prosopon.persons import Person, clean_name, new_person_id, search_key
from prosopon.tables import Table

if TYPE_CHECKING:
    from prosopon.collection.collection import Collection


class People(FaceActions, VolunteerActions, Presence, LogActions):
    """The persons of a collection, by one author's hand: `collection.people.by("Ada")`."""

    def __init__(self, collection: "Collection", author: str = "") -> None:
        super().__init__(collection, author or _user())

    def by(self, author: str | None) -> "People":
        """The same, with decisions noted as those of `author`; by default of the user."""
        return People(self._collection, author or "")

    def list(self, text: str = "", *, restricted: bool = False) -> Table[PersonSummary]:
        """The persons one of whose names has every word of `text`; those with most faces first.

        restricted : the restricted ones, by name, and no others.
        """
        view = self._collection.view
        if restricted:
            people = [person for person in view.state.people.values() if person.restricted]
            people.sort(key=lambda person: (person.name.casefold(), person.id))
            return Table(
                PersonSummary(one, len(view.faces_named(one.id)), None)
                for one in people
                if has_words(search_key(" ".join((one.name, *one.variants))), text)
            )
        return Table(summaries(view, matching(view, text)))

    def find(self, person: Who, *, restricted: bool = False) -> Person:
        """The person of this identifier, name or other name, in any case.

        restricted : restricted persons too.

        Raises UsageError where there is none or more than one.
        """
        return PersonRef.of(person).known(self._collection.view, restricted=restricted)

    def show(self, person: Who) -> PersonDetails:
        """All that is known of a person, restricted or not."""
        found = self.find(person, restricted=True)
        return PersonDetails(found, found.iri, self._collection.view.faces_named(found.id))

    def add(self, name: str, **details: Any) -> ActionResult:
        """A person without faces so far; `details` are other fields of `Person`."""
        person = new_person_id()
        changes = {"name": name, **details}
        batch = self._batch().add(Kind.CREATE, persons=(person,), changes=changes)
        return batch.close(_("%(name)s is known now.", name=clean_name(name)), person)

    def change(self, person: Who, **changes: Any) -> ActionResult:
        """Rename a person, or change what else is known; values that stay the same are left out.

        Raises UsageError for a restricted person, who can only be released: `restricted=False`.
        """
        before = self.find(person, restricted=True)
        if before.restricted and changes != {"restricted": False}:
            raise UsageError(
                _("%(name)s is restricted: first take that back, by itself.", name=before.name)
            )
        after = Person(**{**asdict(before), **changes})
        changed = {
            field: getattr(after, field)
            for field in changes
            if getattr(before, field) != getattr(after, field)
        }
        if not changed:
            told = _("Nothing to change about %(name)s.", name=before.name)
            return ActionResult(told, person=before.id)
        batch = self._batch().add(Kind.EDIT, persons=(before.id,), changes=changed)
        fields = ", ".join(_(FIELDS[field]) for field in sorted(changed))
        told = _("%(name)s: %(fields)s changed.", name=after.name, fields=fields)
        return batch.close(told, before.id)

    def merge(self, kept: Who, *others: Who) -> ActionResult:
        """The other persons are the first one."""
        view = self._collection.view
        first = PersonRef.of(kept).known(view)
        parts = [PersonRef.of(other).known(view) for other in others]
        if any(part.id == first.id for part in parts):
            raise UsageError(
                _("%(name)s is this very person: choose another one.", name=first.name)
            )
        persons = (first.id, *(part.id for part in parts))
        gone = _(" and ").join(part.name for part in parts)
        batch = self._batch().add(Kind.MERGE, persons=persons)
        told = (
            _("%(gone)s is a part of %(kept)s now.", gone=gone, kept=first.name)
            if len(parts) == 1
            else _("%(gone)s are a part of %(kept)s now.", gone=gone, kept=first.name)
        )
        return batch.close(told, first.id)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without an entry, as in some containers
        return "somebody"
