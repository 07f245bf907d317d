"""Figures that others have published, to be shown beside one's own; quoted from `published.toml`.

table("doppelver-accuracy")["ArcFace", "LFW"]     # 0.9955
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Published:
    """One table of one work."""

    id: str
    work: str
    """The work's title."""
    short: str
    """How pages call the work."""
    where: str
    """Table or section."""
    title: str
    conditions: str
    """Data, network, partition: what must be the same for figures to be compared."""
    rows_are: str
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[Any, ...]]

    def __getitem__(self, place: tuple[str, str]) -> Any:
        """The figure of a row and a column; KeyError or ValueError where there is none."""
        row, column = place
        return self.rows[row][self.columns.index(column)]

    @property
    def source(self) -> str:
        """`dissertation, Table 7.1`"""
        return f"{self.short}, {self.where}"


@cache
def tables() -> Mapping[str, Published]:
    """All published tables by their identifiers."""
    text = resources.files("prosopon.metrics").joinpath("published.toml").read_text("utf-8")
    found = tomllib.loads(text)
    made = {}
    for entry in found["table"]:
        work = found["works"][entry["work"]]
        rows = {name: tuple(values) for name, values in entry["rows"].items()}
        about = {key: entry[key] for key in ("id", "where", "title", "conditions", "rows_are")}
        columns = tuple(entry["columns"])
        made[entry["id"]] = Published(
            work=work["title"], short=work["short"], columns=columns, rows=rows, **about
        )
    return made


def table(id: str) -> Published:
    """The published table of that identifier."""
    return tables()[id]
