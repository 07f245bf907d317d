"""COCO: the JSON of object detection, one category `face`, keypoints for the landmarks.

What COCO has no place for (who it is, which cluster) stands under `attributes`, where annotation
tools keep such things. Files whose categories are persons' names are read too.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from pydantic import BaseModel, FiniteFloat, TypeAdapter

from prosopon.exchange.entry import as_face, as_values, checked, known_photo, name_of
from prosopon.exchange.json_lists import read_object, take_each, write_list
from prosopon.exchange.records import Export, ExportedFace, FindPhoto, Format, Import, scaled
from prosopon.records import LANDMARKS_5
from prosopon.version import __version__

_VISIBLE = 2


class _Image(BaseModel):
    id: int
    file_name: str = ""
    sha256: str = ""
    width: FiniteFloat = 0
    height: FiniteFloat = 0


class _Category(BaseModel):
    id: int
    name: str


class _Annotation(BaseModel):
    image_id: int
    category_id: int = 0
    bbox: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]
    score: FiniteFloat | None = None
    keypoints: tuple[FiniteFloat, ...] = ()
    attributes: dict[str, Any] = {}


_IMAGE, _CATEGORY = TypeAdapter(_Image), TypeAdapter(_Category)
_ANNOTATION = TypeAdapter(_Annotation)


def write(faces: Iterable[ExportedFace], stream: TextIO) -> None:
    """Write the document; only photos with a face are in it."""
    images: dict[str, dict[str, Any]] = {}
    stream.write(f'{{"info": {{"description": "prosopon {__version__}"}}')
    write_list(stream, "annotations", _annotations(faces, images))
    write_list(stream, "images", images.values())
    category = {"id": 1, "name": "face", "supercategory": "person", "skeleton": []}
    write_list(stream, "categories", [{**category, "keypoints": list(LANDMARKS_5)}])
    stream.write("}\n")


def read(stream: TextIO, find_photo: FindPhoto) -> Import:
    """Read a COCO document. Boxes are scaled if its images have another size than the photos."""
    found = Import()
    document = read_object(stream, found)
    if document and not {"images", "annotations"} <= document.keys():
        found.problems.append("no COCO: expected the lists images and annotations")
        return found
    images: dict[int, _Image] = {}
    names: dict[int, str] = {}

    def take_image(entry: object) -> None:
        image = checked(_IMAGE, entry)
        images[image.id] = image

    def take_category(entry: object) -> None:
        category = checked(_CATEGORY, entry)
        names[category.id] = name_of(category.name)

    def take_annotation(entry: object) -> None:
        annotation = checked(_ANNOTATION, entry)
        image = images.get(annotation.image_id)
        if image is None:
            raise ValueError(f"there is no image {annotation.image_id} in the file")
        name = names.get(annotation.category_id, "")
        found.faces.append(_face(annotation, image, name, find_photo))

    take_each(document, "images", take_image, found)
    take_each(document, "categories", take_category, found)
    take_each(document, "annotations", take_annotation, found)
    return found


def _annotations(
    faces: Iterable[ExportedFace], images: dict[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """One entry for each face; the photos that they are in are added to `images`."""
    for number, face in enumerate(faces, 1):
        photo = face.photo
        image = images.setdefault(
            photo.sha256,
            {
                "id": len(images) + 1,
                "file_name": photo.path,
                "sha256": photo.sha256,
                "width": photo.width,
                "height": photo.height,
            },
        )
        entry: dict[str, Any] = {
            "id": number,
            "image_id": image["id"],
            "category_id": 1,
            "bbox": face.box,
            "area": face.box[2] * face.box[3],
            "iscrowd": 0,
        }
        if face.score is not None:
            entry["score"] = face.score
        if face.landmarks:
            entry["keypoints"] = [part for point in face.landmarks for part in (*point, _VISIBLE)]
            entry["num_keypoints"] = len(face.landmarks)
        values = as_values(face)
        entry["attributes"] = {name: values[name] for name in values if name in _SAID}
        yield entry


_SAID = {"cluster", "person", "person_id", "confirmed", "certainty"} | {
    *("alternatives", "author", "decided_at")
}
"""Fields of `Entry` that stand under `attributes`."""


def _face(annotation: _Annotation, image: _Image, name: str, find_photo: FindPhoto) -> ExportedFace:
    photo = known_photo(find_photo, image.sha256, image.file_name)
    across, down = scaled(photo, image.width, image.height)
    x, y, width, height = annotation.bbox
    points = annotation.keypoints
    said = {key: value for key, value in annotation.attributes.items() if key in _SAID}
    values = {
        "path": photo.path,
        "sha256": photo.sha256,
        **{"x": x * across, "y": y * down, "width": width * across, "height": height * down},
        "score": annotation.score,
        "landmarks": [
            (u * across, v * down) for u, v in zip(points[::3], points[1::3], strict=False)
        ],
        "person": name,
        **said,
    }
    return as_face(values, lambda *_: photo)


def _write(given: Export, stream: TextIO) -> None:
    write(given.faces, stream)


FORMATS = {"coco": Format("coco", ".coco.json", "COCO's JSON of object detection", _write, read)}
