"""The command line: one file per verb. Parse flags, call one workflow, print.

Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted. With `--json`, standard output holds one
JSON object and nothing else; progress and messages go to standard error.
"""

from prosopon.cli.app import main

__all__ = ["main"]
