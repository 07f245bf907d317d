"""A face as names and plain values: the shape that CSV rows and JSON objects share."""

from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, FiniteFloat, TypeAdapter, ValidationError

from prosopon.exchange.records import ExportedFace, FindPhoto
from prosopon.persons import is_nobody
from prosopon.records import Photo

T = TypeVar("T")


class Entry(BaseModel):
    """What may stand in a row or an object; anything else is passed over."""

    path: str = ""
    sha256: str = ""
    x: FiniteFloat
    y: FiniteFloat
    width: FiniteFloat
    height: FiniteFloat
    score: FiniteFloat | None = None
    landmarks: tuple[tuple[FiniteFloat, FiniteFloat], ...] = ()
    cluster: int | None = None
    person: str = ""
    person_id: str = ""
    confirmed: bool = False
    certainty: FiniteFloat | None = None
    alternatives: tuple[str, ...] = ()
    author: str = ""
    decided: str = ""
    decided_at: datetime | None = None
    other_paths: tuple[str, ...] = ()
    face: int | None = None


_ENTRY = TypeAdapter(Entry)
_SAME_IN_BOTH = tuple(Entry.model_fields)[6:]
"""Fields that `ExportedFace` has under the same name."""


_NO_NAMES = {"face", "faces", "person", "people", "human", "head"}


def name_of(label: str) -> str:
    """The person whom a detector's label names; empty where it only says that it is a face."""
    return "" if label.lower() in _NO_NAMES else label


def as_values(face: ExportedFace) -> dict[str, Any]:
    """The face as plain values, in the order of `Entry`'s fields."""
    x, y, width, height = face.box
    where = {"path": face.photo.path, "sha256": face.photo.sha256}
    box = {"x": x, "y": y, "width": width, "height": height}
    values = {name: getattr(face, name) for name in _SAME_IN_BOTH}
    values["decided_at"] = face.decided_at.isoformat() if face.decided_at else None
    return where | box | values


def as_face(values: dict[str, Any], find_photo: FindPhoto) -> ExportedFace:
    """The face that plain values describe. Raises ValueError saying what is wrong with them."""
    entry = checked(_ENTRY, values)
    if is_nobody(entry.person) and not entry.person_id:
        entry.person = ""
    photo = known_photo(find_photo, entry.sha256, entry.path)
    box = (entry.x, entry.y, entry.width, entry.height)
    return ExportedFace(photo, box, **{name: getattr(entry, name) for name in _SAME_IN_BOTH})


def known_photo(find_photo: FindPhoto, sha256: str, path: str) -> Photo:
    """The collection's photo. Raises ValueError where it has none."""
    photo = find_photo(sha256, path)
    if photo is None:
        raise ValueError(f"the photo {path or sha256!r} is not in this collection")
    return photo


def checked(kind: TypeAdapter[T], values: object) -> T:
    """`values` as that kind of record. Raises ValueError in one line."""
    try:
        return kind.validate_python(values)
    except ValidationError as error:
        problems = (
            f"{'.'.join(map(str, problem['loc'])) or 'entry'}: {problem['msg'].lower()}"
            for problem in error.errors(include_url=False, include_input=False)[:3]
        )
        raise ValueError("; ".join(problems)) from error
