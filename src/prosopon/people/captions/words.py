"""The words of captions, from `words.toml`."""

import re
import tomllib
from importlib import resources
from typing import Any

WORDS: dict[str, Any] = tomllib.loads(
    (resources.files(__package__) / "words.toml").read_text(encoding="utf-8")
)


ROWS = ("front", "second", "third", "fourth", "back")
"""From the front, which is the bottom of the picture."""


def pattern(**groups: str) -> re.Pattern[str]:
    """One pattern that finds the words of several lists; `lastgroup` tells which."""
    parts = [
        f"(?P<{group}>{'|'.join(WORDS[words]).replace(' ', chr(92) + 's+')})"
        for group, words in groups.items()
    ]
    return re.compile("|".join(parts), re.IGNORECASE)


ORDER = pattern(**{words: words for words in ("left", "right", *ROWS)})
"""Where a caption begins to say who stands where."""
