"""Who and what faces are: one method for each decision."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from prosopon.collection.deciding import DOUBT, ActionResult, Deciding, Faces, Who
from prosopon.collection.selection import FaceSelection, PersonRef
from prosopon.collection.view import CollectionView
from prosopon.errors import UsageError
from prosopon.languages import gettext as _
from prosopon.people import Kind
from prosopon.people.kinds import LINKS, kind_of
from prosopon.people.telling import count_faces
from prosopon.persons import new_person_id


class FaceActions(Deciding):
    """Decisions on faces."""

    def name(
        self,
        faces: Faces,
        person: Who | Sequence[Who],
        *,
        doubtful: bool = False,
        new: bool = False,
        evidence: str = "",
    ) -> ActionResult:
        """The faces are this person; those looked at with them and left out are not.

        The same faces in copies of their photographs, saved again or resized, are named with them.

        person : several: the faces are one of these, who are all known already.
        new : a name is that of somebody new, though there is a person of that name.
        evidence : what it was decided from.
        """
        view, chosen = self._collection.view, FaceSelection.of(faces)
        ids = chosen.resolve(view)
        if not isinstance(person, Who) and len(person) != 1:
            several = [PersonRef.of(one).known(view) for one in person]
            batch = self._batch().add(Kind.NAME, ids, persons=tuple(one.id for one in several))
            return batch.close(
                _(
                    "%(faces)s named %(name)s.",
                    faces=count_faces(len(ids)),
                    name=_(" or ").join(one.name for one in several),
                )
            )
        who = person if isinstance(person, Who) else person[0]
        identifier, called, fresh = PersonRef.of(who, fresh=new).resolve(view)
        ids += _in_copies(view, ids, identifier)
        batch = self._batch()
        if fresh:
            batch.add(Kind.CREATE, persons=(identifier,), changes={"name": called})
        certainty = DOUBT if doubtful else 1.0
        batch.add(Kind.NAME, ids, persons=(identifier,), certainty=certainty, evidence=evidence)
        others = chosen.left_out(view)
        if others and not doubtful:
            batch.add(Kind.REJECT, others, persons=(identifier,))
        counted = count_faces(len(ids))
        if doubtful:
            told = _("%(faces)s named %(name)s, in doubt.", faces=counted, name=called)
        else:
            told = _("%(faces)s named %(name)s.", faces=counted, name=called)
        return batch.close(told, identifier)

    def settle(self, face: int, person: Who = "") -> ActionResult:
        """End the contradiction about one face: it is this person, or (without one) none of them.

        Other faces of the decisions that contradict keep what those say. Raises UsageError where
        the face is in no contradiction.
        """
        view = self._collection.view
        found = [one for one in view.state.conflicts if one.faces == (face,)]
        if not found:
            raise UsageError(_("Face %(number)s is in no contradiction.", number=face))
        overruled = tuple(dict.fromkeys(entry for one in found for entry in one.decisions))
        batch = self._batch()
        if not person:
            rivals = tuple(dict.fromkeys(person for one in found for person in one.persons))
            batch.add(Kind.REJECT, [face], persons=rivals, decisions=overruled)
            return batch.close(_("Face %(number)s is none of them.", number=face))
        who = PersonRef.of(person).known(view)
        batch.add(Kind.NAME, [face], persons=(who.id,), decisions=overruled)
        return batch.close(
            _("Face %(number)s is %(name)s, whatever was said before.", number=face, name=who.name),
            who.id,
        )

    def reject(self, faces: Faces, *people: Who) -> ActionResult:
        """The faces are none of these persons."""
        view = self._collection.view
        ids = FaceSelection.of(faces).resolve(view)
        known = [PersonRef.of(who).known(view) for who in people]
        ids += _in_copies(view, ids)
        batch = self._batch().add(Kind.REJECT, ids, persons=tuple(one.id for one in known))
        names = _(" nor ").join(one.name for one in known)
        told = _("%(faces)s: not %(names)s.", faces=count_faces(len(ids)), names=names)
        return batch.close(told, known[0].id)

    def mark(self, faces: Faces, kind: Kind | str) -> ActionResult:
        """The faces are to be ignored, no faces, or depicted ones; one person, or different ones.

        kind : of the groups MARK and LINK in `people.kinds`, such as `not a face`.
        """
        kind = kind_of(kind)
        ids = FaceSelection.of(faces).resolve(self._collection.view)
        between = ": " if kind in LINKS else " "
        told = f"{count_faces(len(ids))}{between}{_(kind.past)}."
        return self._batch().add(kind, ids).close(told)

    def label(
        self,
        faces: Faces = (),
        *,
        cluster: int | None = None,
        name: Sequence[Who] = (),
        new: bool = False,
        doubtful: bool = False,
        reject: Sequence[Who] = (),
        mark: Kind | str | None = None,
        note: str = "",
    ) -> ActionResult:
        """Say one thing of faces: `name`, `reject`, `mark` or `note`, as the methods so called.

        cluster : besides, all faces of this cluster that have no name yet.
        """
        chosen = replace(FaceSelection.of(faces), cluster=cluster)
        if note:
            return self.note(chosen, note)
        if reject:
            return self.reject(chosen, *reject)
        if mark is not None:
            return self.mark(chosen, mark)
        return self.name(chosen, name, doubtful=doubtful, new=new)

    def note(self, faces: Faces, text: str) -> ActionResult:
        """Something to remember about the faces."""
        ids = FaceSelection.of(faces).resolve(self._collection.view)
        batch = self._batch().add(Kind.NOTE, ids, text=text)
        return batch.close(f"{count_faces(len(ids))}: {_(Kind.NOTE.past)}.")

    def split(self, faces: Faces, name: str = "", *, former: Who = "") -> ActionResult:
        """The faces are somebody else: of the given name, or nameless for now.

        former : the person whose faces they were held to be, if any.
        """
        view, chosen = self._collection.view, FaceSelection.of(faces)
        ids, person = chosen.resolve(view), new_person_id()
        changes: dict[str, Any] = {"name": name or _handle(view)}
        if not name:
            changes["nameless"] = True
        batch = self._batch()
        if former:
            known = PersonRef.of(former).known(view)
            batch.add(Kind.SPLIT, ids, persons=(known.id, person), changes=changes)
        else:
            batch.add(Kind.CREATE, persons=(person,), changes=changes)
            batch.add(Kind.NAME, ids, persons=(person,))
            if others := chosen.left_out(view):
                batch.add(Kind.REJECT, others, persons=(person,))
        told = _(
            "%(faces)s split off as %(name)s.", faces=count_faces(len(ids)), name=changes["name"]
        )
        return batch.close(told, person)

    def merge_clusters(self, *clusters: int | str) -> ActionResult:
        """The clusters are one person, whoever it is: their firmest faces are linked.

        Raises UsageError for a cluster that is not there.
        """
        view = self._collection.view
        faces = []
        for identifier in clusters:
            label = view.faces.label(int(identifier)) if str(identifier).isdecimal() else None
            rows = () if label is None else view.faces.members(label)
            shown = [row for row in rows if view.shown[row]]
            if not shown:
                raise UsageError(
                    _("Cluster %(number)s: there is no such cluster now.", number=identifier)
                )
            faces.append(int(view.faces.face_ids[shown[0]]))
        return self.mark(faces, Kind.SAME)


def _in_copies(view: CollectionView, faces: Sequence[int], person: str = "") -> list[int]:
    """The same faces in copies of their photographs, as far as nobody has named them yet, or said
    that they are not this person."""
    rejected = view.state.rejected
    rows = view.faces.rows(view.faces.twins(faces))
    twins: list[int] = view.faces.face_ids[rows[view.open[rows]]].tolist()
    return [face for face in twins if person not in rejected.get(face, ())]


def _handle(view: CollectionView) -> str:
    """A handle for somebody nameless that is not in use."""
    taken = {person.name for person in view.state.people.values()}
    return next(f"Unknown {n}" for n in count(1) if f"Unknown {n}" not in taken)
