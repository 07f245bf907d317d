"""Tables of the command line on a narrow terminal."""

import ast
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import prosopon.cli
from prosopon.cli.tables import Table


@pytest.mark.parametrize("width", [40, 80])
def test_nothing_is_cut_away(width: int) -> None:
    headings = [f"heading-{number}-long" for number in range(7)]
    values = [f"value_{number}_that_is_long" for number in range(7)]
    table = Table(*headings[:3])
    for heading in headings[3:]:
        table.add_column(heading, justify="right")
    table.add_row(*values)
    out = StringIO()
    Console(file=out, width=width).print(table)
    lines = [line for line in out.getvalue().splitlines() if line[:1] in "┃│"]
    assert "…" not in out.getvalue()
    for number in range(7):
        cells = "".join(line[1:-1].replace("┃", "│").split("│")[number].strip() for line in lines)
        assert cells == headings[number] + values[number]


def test_every_verb_uses_them() -> None:
    for file in Path(prosopon.cli.__file__).parent.glob("*.py"):
        if file.name != "tables.py":
            names = [
                f"{node.module}.{name.name}"
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
                if isinstance(node, ast.ImportFrom)
                for name in node.names
            ]
            assert "rich.table.Table" not in names, file.name
