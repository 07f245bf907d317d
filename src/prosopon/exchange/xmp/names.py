"""Persons who are in the picture, nobody says where: lists of names, and tags below "people"."""

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

from prosopon import xmp_packet as xmp
from prosopon.persons import search_key

PEOPLE = "People/"
"""digiKam's root of tags that name persons."""
_ROOTS = frozenset(
    map(
        search_key,
        (
            *("people", "person", "persons", "who", "faces"),
            *("personen", "leute", "personnes", "personas", "gente", "persone", "pessoas"),
            *("люди", "персоны", "ludzie", "osoby", "lidé", "ľudia", "emberek", "oameni", "ljudi"),
            *("inimesed", "isikud", "henkilöt", "ihmiset", "personer", "människor", "mennesker"),
            *("cilvēki", "žmonės", "asmenys", "kişiler", "人物", "人々"),
        ),
    )
)
_TAGS = {
    "digiKam:TagsList": "/",
    "lr:hierarchicalSubject": "|",
    "MicrosoftPhoto:LastKeywordXMP": "/",
    "mediapro:CatalogSets": "|",
}
"""Lists of tags with parents, and what stands between a parent and its child."""


def names_in(said: dict[str, xmp.Value]) -> list[str]:
    """Names of persons without a region, each once."""
    detailed = xmp.items(said.get(xmp.name("Iptc4xmpExt:PersonInImageWDetails")))
    tags = [
        tag.split(separator)
        for prefixed, separator in _TAGS.items()
        for tag in xmp.texts(said.get(xmp.name(prefixed)))
    ]
    tags += _acdsee(xmp.text(said.get(xmp.name("acdsee:categories"))))
    found = [
        *xmp.texts(said.get(xmp.name("Iptc4xmpExt:PersonInImage"))),
        *(xmp.text(xmp.fields(each).get(xmp.name("Iptc4xmpExt:PersonName"))) for each in detailed),
        *persons_of(tags),
    ]
    return list(dict.fromkeys(name for name in found if name))


def persons_of(tags: Iterable[list[str]]) -> Iterator[str]:
    """The persons among tags with their parents: the last parts of those below "people".

    Programs list parents beside their children ("People/Family" beside "People/Family/Anna"):
    these are groups.
    """
    below = [[part.strip() for part in tag] for tag in tags]
    below = [tag for tag in below if len(tag) > 1 and search_key(tag[0]) in _ROOTS]
    groups = {tuple(tag[:end]) for tag in below for end in range(len(tag))}
    for tag in below:
        if tuple(tag) not in groups:
            yield tag[-1]


def _acdsee(categories: str) -> list[list[str]]:
    """The assigned ones of ACDSee's categories, an XML in a text, with their parents."""
    if not categories.startswith("<"):
        return []
    try:
        return list(_assigned(xmp.tree(categories), []))
    except xmp.DamagedXmp:
        return []


def _assigned(element: ET.Element, above: list[str]) -> Iterator[list[str]]:
    for child in element.iterfind("Category"):
        here = [*above, (child.text or "").strip()]
        if child.get("Assigned") == "1":
            yield here
        yield from _assigned(child, here)
