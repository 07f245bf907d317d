"""Tables of pages and CSV files as LaTeX."""

from pathlib import Path

import pytest
from benchmarks import latex

from prosopon.errors import UsageError

PAGE = """# Page
## What & why
| map | **found** | share |
|---|---|---|
| `a_b` | 4 of 5 | **95 %** |
| [RISE](x.md) | −2 | .31 |

```
| no | table |
|---|---|
```
"""


def test_a_page_gives_each_table_with_its_heading(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE, encoding="utf-8")
    (file,) = latex.write(tmp_path / "page.md", tmp_path)
    said = file.read_text(encoding="utf-8")
    assert file.name == "page-1.tex" and r"\caption{What \& why}" in said
    assert r"\begin{tabular}{llr}" in said
    assert r"map & \textbf{found} & share \\" in said
    assert r"\texttt{a\_b} & 4 of 5 & \textbf{95 \%} \\" in said
    assert r"RISE & $-$2 & .31 \\" in said


def test_a_csv_gives_one_table(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("region,value\nleft_eye,0.5\n", encoding="utf-8")
    (file,) = latex.write(tmp_path / "rows.csv", tmp_path)
    assert "left\\_eye & 0.5 \\\\" in file.read_text(encoding="utf-8")


def test_a_row_with_too_few_cells_is_refused() -> None:
    with pytest.raises(UsageError, match="has 1 cells, its heading 2"):
        latex.latex([["a", "b"], ["1"]])


def test_every_table_of_the_results_can_be_written(tmp_path: Path) -> None:
    pages = sorted(Path(__file__).parents[1].joinpath("docs", "results").glob("*.md"))
    assert sum(len(latex.write(page, tmp_path)) for page in pages) > 40
