r"""Every table of pages and CSV files as LaTeX, for papers; needs the package `booktabs` there.

    python benchmarks/latex.py docs/results/*.md study/regions.csv -o tables/

Writes `PAGE-1.tex`, `PAGE-2.tex`, … for a page's tables in their order, `NAME.tex` for a CSV file;
a table's heading on the page becomes its caption. Use them by `\input{tables/explain-1}`.
"""

import argparse
import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from prosopon.errors import UsageError
from prosopon.files import write_text

Rows = Sequence[Sequence[str]]
SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: "\\" + sign for sign in "&%$#_{}"},
    "−": "$-$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "τ": r"$\tau$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
}
MARKED = re.compile(r"\*\*(?P<bold>.+?)\*\*|`(?P<code>[^`]+)`|\[(?P<link>[^]]+)\]\([^)]*\)")
NUMBER = re.compile(r"[-−+]?[\d.,]+ ?(\\?%|x)?")


def latex(rows: Rows, caption: str = "") -> str:
    """A table whose first row names the columns; columns of numbers stand to the right."""
    head, *body = rows
    width = len(head)
    for row in body:
        if len(row) != width:
            raise UsageError(f"a table's row has {len(row)} cells, its heading {width}: {row}")
    right = [bool(body) and all(_numeric(row[at]) for row in body) for at in range(width)]
    lines = [" & ".join(map(_cell, row)) + r" \\" for row in rows]
    columns = "".join("r" if each else "l" for each in right)
    table = "\n".join(
        [
            *(rf"\begin{{tabular}}{{{columns}}}", r"\toprule", lines[0], r"\midrule"),
            *(*lines[1:], r"\bottomrule", r"\end{tabular}"),
        ]
    )
    said = f"\\caption{{{_cell(caption)}}}\n" if caption else ""
    return f"\\begin{{table}}\n\\centering\n{said}{table}\n\\end{{table}}\n"


def tables_of(page: str) -> Iterator[tuple[str, Rows]]:
    """Heading and rows of each Markdown table; code is passed over."""
    heading, rows, code = "", list[list[str]](), False
    for line in [*page.splitlines(), ""]:
        code ^= line.startswith("```")
        if not code and line.startswith("|"):
            rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])])
            continue
        if len(rows) > 1:
            yield heading, [rows[0], *rows[2:]]
        rows = []
        if not code and line.startswith("#"):
            heading = line.lstrip("# ")


def write(source: Path, target: Path) -> list[Path]:
    """The files written for one page or CSV file."""
    text = source.read_text(encoding="utf-8-sig")
    if source.suffix == ".csv":
        found = {f"{source.stem}.tex": latex(list(csv.reader(text.splitlines())))}
    else:
        found = {
            f"{source.stem}-{number}.tex": latex(rows, heading)
            for number, (heading, rows) in enumerate(tables_of(text), 1)
        }
    for name, table in found.items():
        write_text(target / name, f"% from {source.name}\n{table}")
    return [target / name for name in found]


def _cell(text: str) -> str:
    """Markdown as LaTeX: bold, code and links' texts; every other sign as it is."""
    done, at = "", 0
    for match in MARKED.finditer(text):
        done += _escaped(text[at : match.start()])
        if match["bold"]:
            done += rf"\textbf{{{_cell(match['bold'])}}}"
        elif match["code"]:
            done += rf"\texttt{{{_escaped(match['code'])}}}"
        else:
            done += _cell(match["link"])
        at = match.end()
    return done + _escaped(text[at:])


def _escaped(text: str) -> str:
    return "".join(SPECIAL.get(sign, sign) for sign in text)


def _numeric(cell: str) -> bool:
    return not cell or bool(NUMBER.fullmatch(cell.strip("*")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    for source in asked.sources:
        written = write(source, asked.out)
        print(f"{source}: {len(written)} tables")


if __name__ == "__main__":
    main()
