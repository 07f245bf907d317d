"""Whom a model has learnt from, as marks on its card, so that a test on the same people is told.

A mark is four bytes of a hash of a person's name; of a mere number, which means nothing outside of
its data set, together with the name of the person's first picture.
"""

import base64
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import PurePath

import numpy as np

People = Iterable[tuple[str, PurePath | str]]
"""Each picture's person and file."""


def marks(people: People) -> str:
    """The marks of these people as text, for a model's card; people without a name are left out."""
    numbers = np.array(sorted(_numbers(people)), np.uint32)
    return base64.b64encode(numbers.astype("<u4").tobytes()).decode()


def known(text: str, people: People) -> list[str]:
    """Those of `people` whose marks are among those of the card."""
    learnt = set(np.frombuffer(base64.b64decode(text), "<u4").tolist())
    return sorted(name for number, name in _numbers(people).items() if number in learnt)


def warning(model: str, text: str, people: People) -> str:
    """A sentence where the model has learnt from some of these people; empty where not."""
    of = list(people)
    seen = known(text, of)
    if not seen:
        return ""
    everybody = len({name for name, _ in of if name})
    return (
        f"{model} has learnt from {len(seen)} of these {everybody} people, such as {seen[0]}: its "
        "figures here are too good"
    )


def _numbers(people: People) -> dict[int, str]:
    """Mark → person."""
    first: dict[str, str] = {}
    for name, file in people:
        picture = PurePath(file).name
        if name:
            first[name] = min(first.get(name, picture), picture)
    found = {}
    for name, picture in first.items():
        about = f"{name}/{picture}" if name.isdigit() else name
        found[int.from_bytes(blake2b(about.encode(), digest_size=4).digest(), "little")] = name
    return found
