"""What people who help decide: names to check, opinions asked for, sheets that come back."""

from prosopon.collection import contact_sheets
from prosopon.collection.deciding import DOUBT, ActionResult, Deciding, Faces, Who
from prosopon.collection.selection import FaceSelection, PersonRef
from prosopon.languages import gettext as _
from prosopon.people import Kind
from prosopon.people.decisions import CHECKED
from prosopon.people.telling import OPINION, count_faces
from prosopon.persons import clean_name


class VolunteerActions(Deciding):
    """Decisions of those who help."""

    def check(self, face: int, person: Who, *, right: bool) -> ActionResult:
        """A name that was drawn at random is right, or not; see `collection.checks`."""
        who = PersonRef.of(person).known(self._collection.view)
        kind = Kind.NAME if right else Kind.REJECT
        batch = self._batch().add(kind, [face], persons=(who.id,), evidence=CHECKED)
        told = _("Checked: it is %(name)s.") if right else _("Checked: it is not %(name)s.")
        return batch.close(told % {"name": who.name}, who.id)

    def ask_opinion(self, faces: Faces) -> ActionResult:
        """Somebody else is asked to look at these named faces."""
        ids = FaceSelection.of(faces).resolve(self._collection.view)
        batch = self._batch().add(Kind.NOTE, ids, text=OPINION)
        return batch.close(f"{count_faces(len(ids))}: {_(OPINION)}.")

    def take_sheet(self, text: str, by: str = "") -> ActionResult:
        """Name faces as written on a printed sheet; see `collection.contact_sheets`.

        by : who filled it in. Raises UsageError that tells every line which makes no sense.
        """
        view = self._collection.view
        evidence = (
            f"contact sheet, filled in by {clean_name(by)}" if by.strip() else "contact sheet"
        )
        batch, made, count = self._batch(), dict[str, str](), 0
        for line in contact_sheets.read(view, text):
            ids = line.faces.resolve(view)
            identifier, called, new = PersonRef(name=line.name).resolve(view)
            if new and line.name in made:
                identifier = made[line.name]
            elif new:
                made[line.name] = identifier
                batch.add(Kind.CREATE, persons=(identifier,), changes={"name": called})
            certainty = DOUBT if line.doubtful else 1.0
            batch.add(Kind.NAME, ids, persons=(identifier,), certainty=certainty, evidence=evidence)
            count += len(ids)
        return batch.close(_("%(faces)s named from the sheet.", faces=count_faces(count)))
