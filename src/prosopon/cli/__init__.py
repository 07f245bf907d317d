"""The command line: one file per verb. Parse flags, call one workflow, print.

Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted. With `--json`, standard output holds one
JSON object and nothing else; progress and messages go to standard error.
"""

from prosopon.cli import interrupts

__all__ = ["main"]


def main() -> None:
    """The console script `prosopon`."""
    interrupts.leave_at_once()
    from prosopon.cli import app  # takes a moment, in which the user may think better of it

    app.main()
