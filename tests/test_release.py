"""One version everywhere, and an entry of the changelog for it."""

import re
from pathlib import Path

from prosopon import __version__

ROOT = Path(__file__).parents[1]


def test_the_version_is_told_alike_everywhere() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## (\d+\.\d+\.\d+) \((\d+ \w+ \d{4})\)$", changelog, re.MULTILINE)
    assert released and released[0][0] == __version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {__version__}\n" in citation
