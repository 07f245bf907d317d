"""Dates of photographs as people correct them: decisions, which can be undone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from prosopon.collection.collection import Collection
from prosopon.collection.deciding import ActionResult
from prosopon.errors import UsageError
from prosopon.languages import gettext as _
from prosopon.languages import ngettext
from prosopon.metadata import Date
from prosopon.people import Decision, Kind, Region
from prosopon.people.decisions import WHOLE


def date(
    collection: Collection,
    photos: Sequence[int | str | Path],
    when: str,
    *,
    author: str | None = None,
) -> ActionResult:
    """Say when photographs were taken; that counts before all other sources.

    photos : by number or path.
    when : such as 1938, 1938-07, ca. 1938, 1930s; empty: as other sources have it.

    Raises UsageError for what is no date or no photograph of the collection.
    """
    if not photos:
        raise UsageError("say which photographs")
    edtf = Date.parse(when).edtf if when.strip() else ""
    found = [collection.find_photo(photo)[1] for photo in photos]
    regions = tuple(Region(photo.sha256, WHOLE) for photo in found)
    by = collection.people.by(author).author
    made = Decision(by, Kind.DATE, regions, text=edtf, at=datetime.now(UTC))
    added = collection.decide([made], by)
    many = ngettext("%(number)s photograph", "%(number)s photographs", len(regions))
    told = _("taken %(date)s", date=edtf) if edtf else _("dated as files and catalogue have it")
    return ActionResult.of(f"{many}: {told}.", added)
