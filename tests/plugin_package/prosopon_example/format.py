"""A text: a face a line, `path x y width height name`, with %20 for blanks."""

from typing import TextIO
from urllib.parse import quote, unquote

from prosopon.exchange import Export, ExportedFace, FindPhoto, Format, Import


def write(given: Export, stream: TextIO) -> None:
    for face in given.faces:
        numbers = " ".join(map(str, face.box))
        stream.write(f"{quote(face.photo.path)} {numbers} {quote(face.person)}\n")


def read(stream: TextIO, find_photo: FindPhoto) -> Import:
    found = Import()
    for number, line in enumerate(stream, 1):
        path, *box, person = [*line.rstrip("\n").split(" "), ""][:6]
        photo = find_photo("", unquote(path))
        try:
            if photo is None or len(box) != 4:
                raise ValueError("no photo of this collection" if photo is None else "no box")
            x, y, width, height = map(float, box)
            name = unquote(person)
            face = ExportedFace(photo, (x, y, width, height), person=name, confirmed=bool(name))
            found.faces.append(face)
        except ValueError as error:
            found.problems.append(f"line {number}: {error}")
    return found


TEXT = Format("example-text", ".faces.txt", "a face a line", write, read)
