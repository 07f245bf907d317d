"""XMP packets as trees, read safely and written without losing what others put there.

RDF/XML has several spellings of one thing: a property may be an element or an attribute, a
structure may say rdf:parseType="Resource" or hold an rdf:Description. `value` reads them all.

Reading takes time and memory in proportion to the text, and its size, depth and number of elements
are bounded: packets come with photographs from anywhere.
"""

import io
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Self, TypeAlias

from prosopon.errors import ProsoponError

Value: TypeAlias = str | list["Value"] | dict[str, "Value"]

NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "mediapro": "http://ns.iview-multimedia.com/mediapro/1.0/",
    "acdsee": "http://ns.acdsee.com/iptc/1.0/",
    "acdsee-rs": "http://ns.acdsee.com/regions/",
    "acdsee-stArea": "http://ns.acdsee.com/sType/Area#",
    "acdsee-stDim": "http://ns.acdsee.com/sType/Dimensions#",
    "prosopon": "urn:x-prosopon:xmp/1.0/",
}
"""What is read and written here, by the prefixes that everybody uses."""
LARGEST = 16_000_000
"""Characters; sidecars of photographs have thousands."""
MOST_ELEMENTS = 200_000
_DEEPEST = 64
_XML = "http://www.w3.org/XML/1998/namespace"
_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n',
    '\n<?xpacket end="w"?>\n',
)
_ENCODINGS = {
    b"\xff\xfe\x00\x00": "utf-32-le",
    b"\x00\x00\xfe\xff": "utf-32-be",
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
    b"<\x00\x00\x00": "utf-32-le",
    b"\x00\x00\x00<": "utf-32-be",
}
"""By the bytes that a packet begins with; the mark's length comes first."""
_ZEROS = {(False, True): "utf-16-le", (True, False): "utf-16-be"}
"""By which of a text's first two bytes are zero, where it begins with no mark."""


class DamagedXmp(ProsoponError):
    """A packet that is no XMP, or a hostile one; the message is the reason."""


def name(prefixed: str) -> str:
    """`mwg-rs:Name` as ElementTree writes it."""
    prefix, local = prefixed.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


_RDF, _LI, _DESCRIPTION = name("rdf:RDF"), name("rdf:li"), name("rdf:Description")
_CONTAINERS = (name("rdf:Bag"), name("rdf:Seq"), name("rdf:Alt"))
_NOT_PROPERTIES = (f"{{{_XML}}}", f"{{{NAMESPACES['rdf']}}}")


def decode(content: bytes) -> str:
    """The text of a packet in UTF-8, -16 or -32, with a byte order mark or without.

    Raises DamagedXmp.
    """
    unmarked = _ZEROS.get((content[:1] == b"\0", content[1:2] == b"\0"), "utf-8")
    encoding = next((e for mark, e in _ENCODINGS.items() if content.startswith(mark)), unmarked)
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise DamagedXmp(f"its text is not {encoding.upper()}: {error.reason}") from error


@dataclass(slots=True)
class Packet:
    """What a packet says of its picture."""

    rdf: ET.Element
    """The rdf:RDF element."""
    prefixes: dict[str, str] = field(default_factory=dict)
    """Namespace → the prefix that it came with."""

    @classmethod
    def empty(cls) -> Self:
        """A packet that says nothing."""
        return cls(ET.Element(_RDF))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a packet. Raises DamagedXmp."""
        prefixes: dict[str, str] = {}
        root = tree(text.strip("\ufeff \t\r\n\x00"), prefixes)
        rdf = root if root.tag == _RDF else root.find(_RDF)
        if rdf is None:
            raise DamagedXmp("XML, but no XMP: rdf:RDF is missing")
        return cls(rdf, prefixes)

    def to_text(self) -> str:
        """The packet as text, in UTF-8."""
        root = ET.Element(name("x:xmpmeta"))
        root.append(self.rdf)
        plain = _prefixed(root, self.prefixes)
        ET.indent(plain, " ")
        return _PACKET[0] + ET.tostring(plain, encoding="unicode") + _PACKET[1]

    def properties(self) -> dict[str, Value]:
        """The properties of the picture, all rdf:Descriptions together."""
        found: dict[str, Value] = {}
        for description in self.rdf.iterfind(_DESCRIPTION):
            found.update(_fields(description))
        return found

    def find(self, prefixed: str) -> ET.Element | None:
        """The element of a property of the picture, where it is written as one."""
        return self.rdf.find(f"{_DESCRIPTION}/{name(prefixed)}")

    def remove(self, prefixed: str) -> None:
        """Take a property of the picture away, however it is written."""
        for description in self.rdf.iterfind(_DESCRIPTION):
            description.attrib.pop(name(prefixed), None)
            for element in description.findall(name(prefixed)):
                description.remove(element)

    def add(self, prefixed: str) -> ET.Element:
        """Give the picture a property, and return its element, still empty."""
        description = self.rdf.find(_DESCRIPTION)
        if description is None:
            description = ET.SubElement(self.rdf, _DESCRIPTION, {name("rdf:about"): ""})
        return ET.SubElement(description, name(prefixed))


def value(element: ET.Element) -> Value:
    """What a property says: a text, a list, or a structure by its fields' names."""
    if any(child.tag in _CONTAINERS for child in element):
        return [value(item) for item in listed(element)]
    return _fields(element) or (element.text or "").strip()


def listed(element: ET.Element | None) -> list[ET.Element]:
    """The rdf:li elements of a property that is a list."""
    for child in () if element is None else element:
        if child.tag in _CONTAINERS:
            return child.findall(_LI)
    return []


def items(found: Value | None) -> list[Value]:
    """A list's items; none where there is no list."""
    return found if isinstance(found, list) else []


def fields(found: Value | None) -> dict[str, Value]:
    """A structure's fields; none where there is no structure."""
    return found if isinstance(found, dict) else {}


def text(found: Value | None) -> str:
    """A text, or the first of several in other languages; empty where there is none."""
    if isinstance(found, list) and found:
        found = found[0]
    return found if isinstance(found, str) else ""


def texts(found: Value | None) -> list[str]:
    """The texts of a list, or the only one; empty ones are left out."""
    several = found if isinstance(found, list) else [found]
    return [each.strip() for each in several if isinstance(each, str) and each.strip()]


def structure(parent: ET.Element, values: dict[str, str]) -> ET.Element:
    """Make `parent` a structure with these fields, and return it for more."""
    parent.set(name("rdf:parseType"), "Resource")
    for prefixed, content in values.items():
        ET.SubElement(parent, name(prefixed)).text = content
    return parent


def container(parent: ET.Element, kind: str, contents: Iterable[str] = ()) -> ET.Element:
    """Put an rdf:Bag or rdf:Seq of texts into `parent`, and return it for more."""
    made = ET.SubElement(parent, name(f"rdf:{kind}"))
    for content in contents:
        ET.SubElement(made, _LI).text = content
    return made


def tree(xml: str, prefixes: dict[str, str] | None = None) -> ET.Element:
    """The root element of an XML; the prefixes of its namespaces are added to `prefixes`.

    A document type is refused before anything is parsed: without one there are no entities, hence
    neither entity bombs nor references to files. Raises DamagedXmp.
    """
    if len(xml) > LARGEST:
        raise DamagedXmp(f"larger than {LARGEST:,} characters")
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise DamagedXmp("it has a document type or entities, which no XMP needs: refused")
    prefixes = {} if prefixes is None else prefixes
    root: ET.Element | None = None
    depth = elements = 0
    try:
        for event, found in ET.iterparse(io.StringIO(xml), ("start", "end", "start-ns")):
            if event == "start-ns":
                prefix, uri = found
                prefixes.setdefault(uri, prefix)
                continue
            root = found if root is None else root
            depth += 1 if event == "start" else -1
            elements += event == "start"
            if depth > _DEEPEST:
                raise DamagedXmp(f"nested deeper than {_DEEPEST} levels: refused")
            if elements > MOST_ELEMENTS:
                raise DamagedXmp(f"more than {MOST_ELEMENTS:,} elements: refused")
    except (ET.ParseError, UnicodeEncodeError) as error:
        raise DamagedXmp(f"no well-formed XML: {error}") from error
    assert root is not None  # the parser demands one
    return root


def _fields(element: ET.Element) -> dict[str, Value]:
    found: dict[str, Value] = {
        key: content
        for key, content in element.attrib.items()
        if key.startswith("{") and not key.startswith(_NOT_PROPERTIES)
    }
    for child in element:
        if child.tag == _DESCRIPTION:
            found.update(_fields(child))
        else:
            found[child.tag] = value(child)
    return found


def _prefixed(root: ET.Element, own: dict[str, str]) -> ET.Element:
    """A copy with prefixes in its names, and their namespaces declared at the root.

    Foreign namespaces keep the prefix that they came with. ElementTree's own way to say so is one
    table for the whole program, which every packet of a large collection would grow.
    """
    used = {uri: prefix for prefix, uri in NAMESPACES.items()}
    taken = {*NAMESPACES, "xml", ""}
    fresh = (f"ns{number}" for number in count(1))
    declared: dict[str, str] = {}

    def short(tag: str) -> str:
        if not tag.startswith("{"):
            return tag
        uri, _, local = tag[1:].partition("}")
        if uri == _XML:
            return f"xml:{local}"
        if uri not in used:
            wanted = own.get(uri, "")
            used[uri] = wanted if wanted not in taken else _next_free(fresh, taken)
            taken.add(used[uri])
        declared[f"xmlns:{used[uri]}"] = uri
        return f"{used[uri]}:{local}"

    def copy(element: ET.Element) -> ET.Element:
        attributes = {short(key): content for key, content in element.attrib.items()}
        made = ET.Element(short(element.tag), attributes)
        made.text, made.tail = element.text, element.tail
        made.extend(map(copy, element))
        return made

    plain = copy(root)
    plain.attrib.update(declared)
    return plain


def _next_free(fresh: Iterator[str], taken: set[str]) -> str:
    return next(prefix for prefix in fresh if prefix not in taken)
