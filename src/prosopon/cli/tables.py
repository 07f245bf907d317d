"""Tables in the terminal."""

from typing import Any

from rich.table import Table as RichTable


class Table(RichTable):
    """A table that breaks what is too long for its column, and cuts nothing away."""

    def add_column(self, *heading: Any, **how: Any) -> None:
        """As Rich's, with `overflow` "fold" unless another is named."""
        super().add_column(*heading, **{"overflow": "fold", **how})
