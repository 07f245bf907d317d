"""Whether every dependency has a wheel for each Python and system that we name; nothing is kept."""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = {
    "Linux x86-64": ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux2014_x86_64"),
    "Linux aarch64": ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux2014_aarch64"),
    "macOS arm64": ("macosx_14_0_arm64", "macosx_12_0_arm64", "macosx_11_0_arm64"),
    "Windows x86-64": ("win_amd64",),
}


def main() -> None:
    """Print a line for each; leave with 1 if one fails."""
    root = Path(__file__).parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"]
    failed = False
    for system, platforms in SYSTEMS.items():
        for python in PYTHONS:
            said = _resolve(wanted, python, platforms)
            failed = failed or bool(said)
            print(f"{system}, Python {python}: {said or 'every wheel is there'}", flush=True)
    sys.exit(failed)


def _resolve(wanted: list[str], python: str, platforms: tuple[str, ...]) -> str:
    """What pip can't find; empty if all is there."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet"]
    command += ["--disable-pip-version-check", "--only-binary", ":all:", "--ignore-installed"]
    command += ["--python-version", python, *(f"--platform={one}" for one in platforms)]
    with tempfile.TemporaryDirectory() as nowhere:
        done = subprocess.run(
            [*command, "--target", nowhere, *wanted],
            capture_output=True, text=True, encoding="utf-8",
        )  # fmt: skip
    lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    return " ".join(lines)[:300] if done.returncode else ""


if __name__ == "__main__":
    main()
