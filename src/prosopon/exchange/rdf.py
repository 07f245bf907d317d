"""XMP packets as trees, read safely and written without losing what others put there.

RDF/XML has several spellings of one thing: a property may be an element or an attribute, a
structure may say rdf:parseType="Resource" or hold an rdf:Description. `value` reads them all.
"""

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from typing import TypeAlias

from prosopon.errors import ProsoponError

Value: TypeAlias = str | list["Value"] | dict[str, "Value"]

NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "prosopon": "urn:x-prosopon:xmp/1.0/",
}
LARGEST = 16_000_000
"""Characters; sidecars of photographs have thousands."""
_DEEPEST = 64
_PREFIX = re.compile(r"""xmlns:([\w.-]+)\s*=\s*["']([^"'<>]+)["']""")
_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n',
    '\n<?xpacket end="w"?>\n',
)


class DamagedXmp(ProsoponError):
    """A sidecar that is no XMP, or a hostile one; the message is the reason."""


def name(prefixed: str) -> str:
    """`mwg-rs:Name` as ElementTree writes it."""
    prefix, local = prefixed.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


_LI, _DESCRIPTION = name("rdf:li"), name("rdf:Description")
_CONTAINERS = (name("rdf:Bag"), name("rdf:Seq"), name("rdf:Alt"))
_NOT_PROPERTIES = ("{http://www.w3.org/XML/1998/namespace}", f"{{{NAMESPACES['rdf']}}}")


def parse(text: str) -> ET.Element:
    """The rdf:RDF element of a packet. Raises DamagedXmp.

    A document type is refused before anything is parsed: without one there are no entities, hence
    neither entity bombs nor references to files.
    """
    if len(text) > LARGEST:
        raise DamagedXmp(f"larger than {LARGEST:,} characters")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise DamagedXmp("it has a document type or entities, which no XMP needs: refused")
    for prefix, uri in _PREFIX.findall(text):
        _keep_prefix(prefix, uri)
    packet = io.StringIO(text.strip("\ufeff \t\r\n"))
    elements: list[ET.Element] = []
    depth = 0
    try:
        for event, element in ET.iterparse(packet, ("start", "end")):
            elements[:] = elements or [element]
            depth += 1 if event == "start" else -1
            if depth > _DEEPEST:
                raise DamagedXmp(f"nested deeper than {_DEEPEST} levels: refused")
    except ET.ParseError as error:
        raise DamagedXmp(f"no well-formed XML: {error}") from error
    (root,) = elements
    rdf = root if root.tag == name("rdf:RDF") else root.find(name("rdf:RDF"))
    if rdf is None:
        raise DamagedXmp("XML, but no XMP: rdf:RDF is missing")
    return rdf


def empty() -> ET.Element:
    """The rdf:RDF element of a packet that says nothing."""
    return ET.Element(name("rdf:RDF"))


def to_text(rdf: ET.Element) -> str:
    """The packet around an rdf:RDF element."""
    for prefix, uri in NAMESPACES.items():
        ET.register_namespace(prefix, uri)
    root = ET.Element(name("x:xmpmeta"))
    root.append(rdf)
    ET.indent(root, " ")
    return _PACKET[0] + ET.tostring(root, encoding="unicode") + _PACKET[1]


def properties(rdf: ET.Element) -> dict[str, Value]:
    """The properties of the picture, all rdf:Descriptions together."""
    found: dict[str, Value] = {}
    for description in rdf.iterfind(_DESCRIPTION):
        found.update(_fields(description))
    return found


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
    """A text; empty where there is none."""
    return found if isinstance(found, str) else ""


def find(rdf: ET.Element, prefixed: str) -> ET.Element | None:
    """The element of a property of the picture, where it is written as one."""
    return rdf.find(f"{_DESCRIPTION}/{name(prefixed)}")


def remove(rdf: ET.Element, prefixed: str) -> None:
    """Take a property of the picture away, however it is written."""
    for description in rdf.iterfind(_DESCRIPTION):
        description.attrib.pop(name(prefixed), None)
        for element in description.findall(name(prefixed)):
            description.remove(element)


def add(rdf: ET.Element, prefixed: str) -> ET.Element:
    """Give the picture a property, and return its element, still empty."""
    description = rdf.find(_DESCRIPTION)
    if description is None:
        description = ET.SubElement(rdf, _DESCRIPTION, {name("rdf:about"): ""})
    return ET.SubElement(description, name(prefixed))


def structure(parent: ET.Element, values: dict[str, str]) -> ET.Element:
    """Make `parent` a structure with these fields, and return it for more."""
    parent.set(name("rdf:parseType"), "Resource")
    for prefixed, content in values.items():
        ET.SubElement(parent, name(prefixed)).text = content
    return parent


def container(parent: ET.Element, kind: str, texts: Iterable[str] = ()) -> ET.Element:
    """Put an rdf:Bag or rdf:Seq of texts into `parent`, and return it for more."""
    made = ET.SubElement(parent, name(f"rdf:{kind}"))
    for content in texts:
        ET.SubElement(made, _LI).text = content
    return made


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


def _keep_prefix(prefix: str, uri: str) -> None:
    """Write a namespace of somebody else with the prefix that it came with."""
    its_own = re.fullmatch(r"ns\d+", prefix)  # ElementTree's
    if prefix and not its_own and prefix not in NAMESPACES and uri not in NAMESPACES.values():
        ET.register_namespace(prefix, uri)
