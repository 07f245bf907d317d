"""JSON objects that hold long lists: written entry by entry, read entry by entry."""

import json
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from prosopon.errors import UsageError
from prosopon.exchange.records import Import


def write_list(stream: TextIO, name: str, entries: Iterable[dict[str, Any]]) -> None:
    """Write `, "name": [...]`, one line for each entry."""
    stream.write(f', "{name}": [')
    for number, entry in enumerate(entries):
        stream.write(",\n" if number else "\n")
        json.dump(entry, stream, ensure_ascii=False, allow_nan=False)
    stream.write("]")


def read_object(stream: TextIO, found: Import) -> dict[str, Any]:
    """The object in a file; an empty one, and a problem noted, where there is none."""
    try:
        document = json.load(stream)
    except (ValueError, RecursionError) as error:
        found.problems.append(f"damaged, or no JSON: {error}")
        return {}
    if not isinstance(document, dict):
        found.problems.append(f"expected a JSON object, got a {type(document).__name__}")
        return {}
    if not document:
        found.problems.append("an empty JSON object")
    return document


def take_each(
    document: dict[str, Any], name: str, take: Callable[[Any], None], found: Import
) -> None:
    """Call `take` with every entry of a list; those that it refuses are noted as problems."""
    entries = document.get(name, [])
    if not isinstance(entries, list):
        found.problems.append(f"{name}: expected a list")
        return
    for number, entry in enumerate(entries):
        try:
            take(entry)
        except (ValueError, UsageError) as error:
            found.problems.append(f"{name}[{number}]: {error}")
