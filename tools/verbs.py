"""Write docs/verbs.md from the command line's own help; with --check only say whether it is so."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from rich.text import Text

from prosopon.cli.app import app, load_verbs

PAGE = Path(__file__).parents[1] / "docs" / "verbs.md"
COMMON = ("collection", "as_json", "quiet", "verbose", "help")
LEAD = """# Every verb

Made from `prosopon VERB --help` by `python tools/verbs.py`. Every verb also takes `--collection`
(`-c`), `--json` (one JSON object and nothing else), `--quiet` (`-q`) and `--verbose` (`-v`).
"""


def page() -> str:
    """The whole page."""
    load_verbs()
    found = list(_commands("prosopon", typer.main.get_command(app)))
    lines = [LEAD, "| verb | what it does |", "|---|---|"]
    for name, command in found:
        summary = " ".join(_plain(command.help).partition("\n\n")[0].split())
        lines.append(f"| [`{name}`](#{name.replace(' ', '-')}) | {_cell(summary)} |")
    for name, command in found:
        lines += ["", *_section(name, command)]
    return "\n".join(lines) + "\n"


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield name, command
        return
    for word, inner in command.commands.items():
        yield from _commands(f"{name} {word}", inner)


def _section(name: str, command: Any) -> Iterator[str]:
    yield f"## {name}"
    yield ""
    yield _plain(command.help)
    rows = [one for one in command.params if one.name not in COMMON]
    if rows:
        yield "\n| argument or option | | default |\n|---|---|---|"
    for one in rows:
        about = _cell(_plain(getattr(one, "help", "") or ""))
        if one.param_type_name == "argument":
            word = (one.metavar or one.name).strip("[]{}").upper()
            flags = f"`{word}`" + (" …" if one.nargs == -1 else "")
        else:
            flags = ", ".join(f"`{flag}`" for flag in (*one.opts, *one.secondary_opts))
        yield f"| {flags} | {about} | {_default(one)} |"
    if command.epilog:
        example = _plain(command.epilog).removeprefix("Example:").strip()
        yield f"\n```\n{example}\n```"


def _default(one: Any) -> str:
    if one.required:
        return "required"
    value = one.default
    if value in (None, "", False) or callable(value) or value == [] or value == ():
        return ""
    if value is True:
        return "yes"
    values = value if isinstance(value, list | tuple) else [value]
    return ", ".join(f"`{_cell(str(each))}`" for each in values)


def _plain(text: str | None) -> str:
    return Text.from_markup(text or "").plain.strip()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """Write the page, or check it."""
    made = page()
    if "--check" not in sys.argv:
        PAGE.write_text(made, encoding="utf-8", newline="\n")
    elif PAGE.read_text(encoding="utf-8") != made:
        sys.exit("docs/verbs.md is not what the help texts say: run  python tools/verbs.py")


if __name__ == "__main__":
    main()
