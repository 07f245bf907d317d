"""Run the commands of results.toml again and say what moved; write the page beside the papers,
and the overview from the headlines of the pages.

    python benchmarks/results.py run --data ../shared/data --work results/ [ID …] [--record]
    python benchmarks/results.py page

`--record` puts the new figures into results.toml with this commit, today's date and the machine.
What commands printed is kept in the work folder, so a run that was cut short goes on where it was:
what was measured at this very commit is not measured again.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from prosopon.files import write_text, write_toml
from prosopon.metrics.published import Published, tables

HERE = Path(__file__).parent
FILE = HERE / "results.toml"
DOCS = HERE.parent / "docs"
PAGE = DOCS / "results" / "published.md"
OVERVIEW = DOCS / "results.md"
ROW = re.compile(r"^\| \[.*\]\(results/(?P<page>[\w-]+)\.md\) \|.*\|$", re.MULTILINE)
"""A row of the overview."""
MOVED = 0.002
"""Differences up to here, as a share of the figure, are not told."""


def read() -> list[dict[str, Any]]:
    """The recorded results."""
    found: list[dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["result"]
    return found


def apart() -> dict[str, str]:
    """Page → why no command measures its figures again."""
    found: dict[str, str] = tomllib.loads(FILE.read_text(encoding="utf-8")).get("apart", {})
    return found


def found_in(output: str, figure: Mapping[str, Any]) -> float | None:
    """The figure in what a command printed, by its path or pattern; None if it is not there."""
    if "pattern" in figure:
        match = re.search(figure["pattern"], output)
        return float(match.group(1)) if match else None
    value: Any = json.loads(output.strip().splitlines()[-1])
    for key in figure["path"].split("."):
        if isinstance(value, list):
            value = value[int(key)] if int(key) < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return None if value is None else float(value)


def moved(before: float, now: float) -> bool:
    """Whether a difference is worth a line."""
    return abs(now - before) > MOVED * max(abs(before), 1e-9)


def run(chosen: Sequence[str], data: Path, work: Path, record: bool) -> int:
    """Run the chosen results (all, if none); the number of figures that moved or failed."""
    results, count = read(), 0
    work.mkdir(parents=True, exist_ok=True)
    for result in results:
        if chosen and result["id"] not in chosen:
            continue
        command = result["command"].strip().format(data=data.resolve(), work=work.resolve())
        print(f"{result['id']}: {' '.join(command.split())}", flush=True)
        printed = _printed(command, work / f"{result['id']}.{_commit()}.txt")
        if printed is None:
            count += 1
            continue
        for figure in result["figures"]:
            now = found_in(printed, figure)
            if now is None:
                print(f"  {figure['name']}: not in the output")
                count += 1
                continue
            changed = moved(figure["value"], now)
            count += changed
            note = f"moved from {figure['value']:g}" if changed else "as recorded"
            print(f"  {figure['name']}: {now:g} ({note}; {result['commit']}, {result['date']})")
            if record:
                figure["value"] = round(now, 4)
        if record:
            result |= {"commit": _commit(), "date": date.today().isoformat(), "machine": _machine()}
    if record:
        write_toml(FILE, {"apart": apart(), "result": results})
    for name, why in () if chosen else apart().items():
        print(f"{name}: not measured again: {why}")
    return count


def _printed(command: str, kept: Path) -> str | None:
    """What the command prints, or printed when it was last run; None if it fails."""
    if not kept.exists():
        own = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        words = ["bash", "-c", command]
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=own)
        if done.returncode:
            print(f"  failed: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
            return None
        write_text(kept, done.stdout)
    return kept.read_text(encoding="utf-8")


def page() -> str:
    """Every published table with its conditions, and ours beside where there is one."""
    ours: dict[str, list[str]] = {}
    for result in read():
        about = f"`{result['commit']}`, {result['date']}, {result['machine']}"
        for figure in result["figures"]:
            if "published" in figure:
                table, row, column = figure["published"]
                ours.setdefault(table, []).append(
                    f"Here, beside *{row}*, {column}: **{figure['value']:g}** ({figure['name']}; "
                    f"{about}; [how]({result['page']}.md))."
                )
    lines = [
        "# Beside the papers",
        "",
        "Every table of the five works that this project follows, as they print it. Conditions say",
        "what must be the same before figures are compared; where ours differ, the pages say so.",
        "Made by `python benchmarks/results.py page` from `src/prosopon/metrics/published.toml`.",
    ]
    for table in tables().values():
        lines += ["", f"## {table.title}", "", f"*{table.source}.* {table.conditions}.", ""]
        lines += _markdown(table)
        for line in ours.get(table.id, []):
            lines += ["", line]
    return "\n".join(lines) + "\n"


def overview() -> str:
    """The page of all studies, each row with the page's own title and headline, in their order."""
    return ROW.sub(lambda row: _row(row["page"]), OVERVIEW.read_text(encoding="utf-8"))


def _row(name: str) -> str:
    text = (DOCS / "results" / f"{name}.md").read_text(encoding="utf-8")
    title = text.partition("\n")[0].removeprefix("# ")
    headline = re.match(r"# .*\n+\*\*(.+?)\*\*\n", text, re.DOTALL)
    said = " ".join(headline[1].split()) if headline else "Every published table, ours beside it."
    return f"| [{title}](results/{name}.md) | {said} |"


def _markdown(table: Published) -> list[str]:
    columns = " | ".join(table.columns)
    head = [f"| {table.rows_are} | {columns} |", "|---" * (1 + len(table.columns)) + "|"]
    return head + [
        f"| {row.replace('_', ' ')} | {' | '.join(map(_cell, values))} |"
        for row, values in table.rows.items()
    ]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "–" if value != value else f"{value:g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _commit() -> str:
    words = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def _machine() -> str:
    return f"{os.cpu_count()} cores of {platform.machine()}, no GPU"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    runs = verbs.add_parser("run")
    runs.add_argument("ids", nargs="*", metavar="ID")
    runs.add_argument("--data", type=Path, default=Path("../shared/data"))
    runs.add_argument("--work", type=Path, default=Path("results"))
    runs.add_argument("--record", action="store_true")
    verbs.add_parser("page")
    asked = parser.parse_args()
    if asked.verb == "page":
        write_text(PAGE, page())
        write_text(OVERVIEW, overview())
    elif count := run(asked.ids, asked.data, asked.work, asked.record):
        sys.exit(f"{count} figures moved or could not be measured")


if __name__ == "__main__":
    main()
