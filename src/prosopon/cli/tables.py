"""Tables in the terminal."""

from typing import Any

from rich.table import Table as RichTable


def counted(number: int, thing: str) -> str:
    """`1 face`, `1,200 faces`, `2 entries`."""
    several = f"{thing[:-1]}ies" if thing.endswith("ry") else f"{thing}s"
    return f"{number:,} {thing if number == 1 else several}"


class Table(RichTable):
    """A table that breaks what is too long for its column, and cuts nothing away."""

    def add_column(self, *heading: Any, **how: Any) -> None:
        """As Rich's, with `overflow` "fold" unless another is named."""
        super().add_column(*heading, **{"overflow": "fold", **how})
