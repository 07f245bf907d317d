"""Who is in a photograph where no face was found: a face drawn by hand, or somebody somewhere."""

from pathlib import Path

from prosopon.collection.deciding import ActionResult, Deciding, Who
from prosopon.collection.selection import PersonRef
from prosopon.errors import UsageError
from prosopon.languages import gettext as _
from prosopon.people import Kind, Region
from prosopon.people.decisions import WHOLE, Box
from prosopon.records import Photo

PixelBox = tuple[float, float, float, float]
"""x, y, width, height in pixels of the upright photo."""


class Presence(Deciding):
    """Decisions on places in photographs."""

    def present(
        self, person: Who, photo: int | str | Path, box: PixelBox | None = None
    ) -> ActionResult:
        """The person is in the photograph, with no face that was found. An unknown name makes one.

        photo : number or path.
        box : where; None: somewhere in it.
        """
        view = self._collection.view
        __, found = self._collection.find_photo(photo)
        place = WHOLE if box is None else _share(found, box)
        identifier, called, new = PersonRef.of(person).resolve(view)
        batch = self._batch()
        if new:
            batch.add(Kind.CREATE, persons=(identifier,), changes={"name": called})
        batch.add(Kind.PRESENT, places=[Region(found.sha256, place)], persons=(identifier,))
        return batch.close(_("%(name)s is here, without a face.", name=called), identifier)

    def draw(self, photo: int | str | Path, box: PixelBox, person: Who = "") -> ActionResult:
        """There is a face in this box, which no detector found; it is this person, if one is given.

        From now on it is a face like others. Where one is found at that place already, that one is
        meant. An unknown name makes a person.

        photo : number or path.
        """
        from prosopon.collection import drawing

        number, found = self._collection.find_photo(photo)
        region = Region(found.sha256, _share(found, box))
        face = drawing.face_at(self._collection, number, region)
        batch = self._batch()
        if face is None:
            (face,) = drawing.keep(self._collection, [region])
            batch.place(Kind.BOX, face)
        elif self._collection.view.hidden[self._collection.view.faces.rows([face])][0]:
            batch.place(Kind.BOX, face)
        elif not person:
            raise UsageError(_("That face was found already: it is face %(number)s.", number=face))
        if not person:
            return batch.close(_("A face is drawn; nobody is named yet."))
        identifier, called, new = PersonRef.of(person).resolve(self._collection.view)
        if new:
            batch.add(Kind.CREATE, persons=(identifier,), changes={"name": called})
        batch.place(Kind.NAME, face, persons=(identifier,))
        return batch.close(_("%(name)s: a face is drawn.", name=called), identifier)


def _share(photo: Photo, box: PixelBox) -> Box:
    """A box in pixels as shares of the photograph. Raises UsageError where it is not inside."""
    x, y, width, height = box
    inside = x >= 0 and y >= 0 and x + width <= photo.width and y + height <= photo.height
    if not (inside and width > 0 and height > 0):
        raise UsageError(
            _(
                "Box %(box)s: is not inside of %(file)s, which has %(size)s pixels.",
                box=f"{x:g} {y:g} {width:g} {height:g}",
                file=Path(photo.path).name,
                size=f"{photo.width} × {photo.height}",
            )
        )
    across, down = photo.width, photo.height
    return x / across, y / down, (x + width) / across, (y + height) / down
