"""Picasa's face tags: `.picasa.ini` in each folder of photographs, and `contacts.xml`.

A photograph's section lists `faces=rect64(3f845bcb59418507),8e62398ebda8c1a5;…`: a rectangle as
four numbers of 16 bits, fractions of the upright picture, and a contact. Names stand in the
sections [Contacts2] and [Contacts], and in `contacts.xml` of Picasa's own folder.
"""

import configparser
import re
from collections.abc import Mapping

from prosopon import xmp_packet
from prosopon.exchange.records import ExportedFace, Import
from prosopon.persons import is_nobody
from prosopon.records import Photo

_FACE = re.compile(r"rect64\(([0-9a-fA-F]{1,16})\),([0-9a-fA-F]{1,16})")
_NOBODY = "ffffffffffffffff"
MOST_FACES = 2000


def contacts_of(xml: str) -> dict[str, str]:
    """Contact → name, of a `contacts.xml`. Raises DamagedXmp."""
    root = xmp_packet.tree(xml.strip("\ufeff \t\r\n"))
    found = {}
    if root.find(".//contact") is None and root.tag not in ("contacts", "contact"):
        raise xmp_packet.DamagedXmp("no list of contacts of Picasa")
    for contact in root.iter("contact"):
        name = contact.get("name") or contact.get("display") or ""
        if contact.get("id") and name:
            found[_plain(contact.get("id", ""))] = name
    return found


def read(text: str, photos: Mapping[str, Photo], contacts: Mapping[str, str], where: str) -> Import:
    """The faces that a `.picasa.ini` marks.

    photos : by the file's name, in lower case; others are passed over and told.
    contacts : as `contacts_of` gives them; those in the file itself are added.
    where : the file, for messages.
    """
    found = Import()
    ini = configparser.RawConfigParser(strict=False, interpolation=None, delimiters=("=",))
    ini.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        ini.read_string(text.lstrip("\ufeff"))
    except configparser.Error as error:
        found.problems.append(f"{where}: damaged: {str(error).splitlines()[0]}")
        return found
    names = {_plain(key): name for key, name in contacts.items()}
    for section in ("Contacts", "Contacts2"):
        if ini.has_section(section):
            told = {_plain(key): value.split(";")[0].strip() for key, value in ini.items(section)}
            names |= {key: name for key, name in told.items() if name}
    for section in ini.sections():
        faces = ini.get(section, "faces", fallback="")
        if faces:
            turned = ini.get(section, "rotate", fallback="rotate(0)") != "rotate(0)"
            _take(section, faces, turned, photos, names, found, where)
    return found


def _take(
    section: str,
    faces: str,
    turned: bool,
    photos: Mapping[str, Photo],
    names: Mapping[str, str],
    found: Import,
    where: str,
) -> None:
    photo = photos.get(section.lower())
    if photo is None:
        found.problems.append(f"{where}: {section}: not in this collection")
        return
    if turned:
        found.problems.append(f"{where}: {section}: turned in Picasa, so its faces were left out")
        return
    for rectangle, contact in _FACE.findall(faces)[:MOST_FACES]:
        digits = rectangle.rjust(16, "0")
        left, top, right, bottom = (int(digits[i : i + 4], 16) / 65535 for i in (0, 4, 8, 12))
        name = names.get(_plain(contact), "")
        if not name and _plain(contact) != _plain(_NOBODY):
            found.problems.append(
                f"{where}: {section}: contact {contact} has no name here; give contacts.xml, too"
            )
        if right <= left or bottom <= top:
            found.problems.append(f"{where}: {section}: a face without a size was left out")
            continue
        box = (
            left * photo.width,
            top * photo.height,
            (right - left) * photo.width,
            (bottom - top) * photo.height,
        )
        found.faces.append(ExportedFace(photo, box, person="" if is_nobody(name) else name))


def _plain(contact: str) -> str:
    return contact.lower().lstrip("0")
