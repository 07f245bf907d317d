"""Results can be measured again: figures are found in outputs, and the page follows the data."""

import re
from pathlib import Path

import pytest
from benchmarks import results

from prosopon.metrics.published import tables

DOCS = Path(__file__).parents[1] / "docs"


def test_figures_are_found_by_path_and_by_pattern() -> None:
    printed = 'reading\n{"scores": {"f": 0.5, "none": null}}\n'
    assert results.found_in(printed, {"path": "scores.f"}) == 0.5
    assert results.found_in(printed, {"path": "scores.g"}) is None
    assert results.found_in(printed, {"path": "scores.none"}) is None
    assert results.found_in('{"rows": [{"f": 0.25}]}', {"path": "rows.0.f"}) == 0.25
    assert results.found_in('{"rows": [{"f": 0.25}]}', {"path": "rows.1.f"}) is None
    assert results.found_in("accuracy 0.91", {"pattern": r"accuracy ([0-9.]+)"}) == 0.91
    assert results.found_in("nothing", {"pattern": r"accuracy ([0-9.]+)"}) is None


def test_what_moved_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.toml"
    file.write_text(
        '[[result]]\nid = "one"\npage = "p"\ncommand = "echo value 0.8; echo other 2"\n'
        'commit = "abc"\ndate = "2026-01-01"\nmachine = "m"\n'
        '[[result.figures]]\nname = "same"\npattern = "other ([0-9])"\nvalue = 2.0\n'
        '[[result.figures]]\nname = "new"\npattern = "value ([0-9.]+)"\nvalue = 0.9\n'
    )
    monkeypatch.setattr(results, "FILE", file)
    assert results.run([], tmp_path, tmp_path / "work", record=True) == 1
    said = capsys.readouterr().out
    assert "new: 0.8 (moved from 0.9; abc, 2026-01-01)" in said
    assert "same: 2 (as recorded" in said
    (again,) = results.read()
    assert [figure["value"] for figure in again["figures"]] == [2.0, 0.8]
    assert again["commit"] != "abc"


def test_every_page_is_measured_again_or_says_why_not() -> None:
    pages = {file.stem for file in (DOCS / "results").glob("*.md")} - {"published"}
    measured = {result["page"] for result in results.read()}
    assert not measured & set(results.apart())
    assert measured | set(results.apart()) == pages
    assert all(results.apart().values())


def test_every_result_has_a_page_and_a_figure_that_exists() -> None:
    for result in results.read():
        assert (DOCS / "results" / f"{result['page']}.md").is_file()
        assert result["figures"] and result["commit"] and result["date"] and result["machine"]
        for figure in result["figures"]:
            if "published" in figure:
                table, row, column = figure["published"]
                assert tables()[table][row, column] is not None


def test_the_page_beside_the_papers_is_the_generated_one() -> None:
    written = (DOCS / "results" / "published.md").read_text(encoding="utf-8")
    assert written == results.page(), "run  python benchmarks/results.py page"


def test_the_overview_has_the_headlines_of_the_pages() -> None:
    written = (DOCS / "results.md").read_text(encoding="utf-8")
    assert written == results.overview(), "run  python benchmarks/results.py page"
    assert written.count("Every published table") == 1  # all other pages have a headline


STAMP = re.compile(
    r"<small>Written at `[0-9a-f]{7}`.*20\d\d-\d\d-\d\d.*(cores?|GPU|NVIDIA)", re.DOTALL
)
"""The commit, the day and the machine of the tables above."""


def undated_tables(text: str) -> list[str]:
    """The tables of a page below which no stamp stands before the next heading."""
    sections = re.split(r"^#+ .*$", text, flags=re.MULTILINE)
    parts = [part for section in sections for part in section.rsplit("</small>", 1)[1:]]
    parts += [section for section in sections if not STAMP.search(section)]
    return [table for part in parts for table in re.findall(r"(?:^\|.*\n)+", part, re.MULTILINE)]


def test_a_table_below_the_last_stamp_of_its_section_is_undated() -> None:
    stamp = "<small>Written at `0123abc`, 2026-11-26; 2 cores, no GPU.</small>\n"
    table = "| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert not undated_tables(f"# T\n\n{table}\n{stamp}")
    assert undated_tables(f"# T\n\n{table}\n## Next\n\n{stamp}") == [table]
    assert undated_tables(f"# T\n\n{stamp}\n{table}") == [table]
    assert undated_tables(f"# T\n\n{table}\n<small>Written 2026-11-26.</small>\n") == [table]


def test_every_page_begins_with_what_to_mind_and_dates_its_tables() -> None:
    pages = sorted((DOCS / "results").glob("*.md"))
    assert len(pages) > 15
    for file in pages:
        if file.name == "published.md":
            continue
        text = file.read_text(encoding="utf-8")
        assert "*To mind:*" in text[:1500], file.name
        undated = [table.splitlines()[0] for table in undated_tables(text)]
        assert not undated, f"{file.name}: no commit, date and machine below {undated}"
        assert f"({'results/' + file.name})" in (DOCS / "results.md").read_text("utf-8"), file.name
