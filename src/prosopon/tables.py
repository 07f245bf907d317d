"""Results as tables: they print well, notebooks draw them, pandas and Arrow take them over."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from html import escape
from pathlib import Path
from typing import Any, TypeVar

from prosopon.optional import require

T = TypeVar("T")
_SHOWN = 20
"""Rows that are printed."""
_WIDEST = 60
"""Characters of a cell."""


class Table(list[T]):
    """Records of one kind, in order: a list that prints as a table."""

    def rows(self) -> list[dict[str, Any]]:
        """Every record as column → plain value; what is nested becomes columns of its own."""
        return [flat(record) for record in self]

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame`. Raises MissingExtra where pandas is not installed."""
        return require("pandas", extra="tables").DataFrame(self.rows())

    def to_arrow(self) -> Any:
        """A `pyarrow.Table`. Raises MissingExtra where PyArrow is not installed."""
        return require("pyarrow", extra="tables").Table.from_pylist(self.rows())

    def __str__(self) -> str:
        rows = [{key: _cell(value) for key, value in flat(one).items()} for one in self[:_SHOWN]]
        names = list(rows[0]) if rows else []
        widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in names}
        lines = ["  ".join(name.ljust(widths[name]) for name in names)]
        lines += ["  ".join(row[name].ljust(widths[name]) for name in names) for row in rows]
        return "\n".join([line.rstrip() for line in lines if line] + self._rest())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [flat(one) for one in self[:_SHOWN]]
        heads = "".join(f"<th>{escape(name)}</th>" for name in (rows[0] if rows else ()))
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(_cell(value))}</td>' for value in row.values())}</tr>"
            for row in rows
        )
        rest = "".join(f"<p>{escape(line)}</p>" for line in self._rest())
        return f"<table><tr>{heads}</tr>{body}</table>{rest}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _rest(self) -> list[str]:
        if not self:
            return ["nothing"]
        return [f"… and {len(self) - _SHOWN:,} more"] if len(self) > _SHOWN else []


class Result:
    """What a verb gave, for its record to inherit from: printed, a line for each field."""

    def __str__(self) -> str:
        lines = (f"{name.replace('_', ' ')}: {text}" for name, text in _lines(self))
        return "\n".join([type(self).__name__, *(f"  {line}" for line in lines)])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(name.replace('_', ' '))}</th><td>{escape(text)}</td></tr>"
            for name, text in _lines(self)
        )
        return f"<table><caption>{type(self).__name__}</caption>{rows}</table>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


def flat(record: Any) -> dict[str, Any]:
    """A record as column → plain value: `person.name` becomes `person_name`."""
    found: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if is_dataclass(value) and not isinstance(value, type):
            found |= {f"{field.name}_{name}": inner for name, inner in flat(value).items()}
        else:
            found[field.name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_cell(inner)}" for key, inner in value.items())
    if isinstance(value, set | frozenset | tuple):
        return [_plain(one) for one in value]
    return value


def _lines(result: Any) -> Iterable[tuple[str, str]]:
    for field in fields(result):
        value = getattr(result, field.name)
        if isinstance(value, list | tuple | Mapping) and len(value) > 6:
            yield field.name, f"{len(value):,} entries"
        elif value not in (None, "", [], {}, ()):
            yield field.name, _cell(_plain(value))


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, float):
        text = f"{value:.4g}"
    elif isinstance(value, int):
        text = f"{value:,}"
    elif isinstance(value, datetime):
        text = f"{value:%Y-%m-%d %H:%M}"
    elif isinstance(value, date):
        text = value.isoformat()
    elif isinstance(value, list):
        text = ", ".join(map(_cell, value))
    else:
        text = "" if value is None else str(value)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
