"""Opening a collection and asking for its state load nothing that is only needed for work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import DisjointSet

from prosopon.disjoint import DisjointSets

HEAVY = (
    "alembic", "cv2", "dlib", "faiss", "fsspec", "matplotlib", "networkit", "numba", "onnx",
    "onnxruntime", "pandas", "ray", "scipy", "sklearn", "starlette", "torch", "uvicorn",
)  # fmt: skip
BEGIN = """
import sys
from prosopon.cli import main
import prosopon
sys.argv = ["prosopon", *{arguments!r}]
try:
    {call}
except SystemExit:
    pass
print("loaded:", *sorted({heavy!r} & sys.modules.keys()))
"""


@pytest.mark.parametrize(
    ("call", "arguments", "heavy"),
    [
        ("main()", ("--help",), {*HEAVY, "sqlalchemy", "pydantic"}),
        ("main()", ("cluster", "--help"), {*HEAVY, "sqlalchemy"}),
        ("main()", ("status", "-c", "a.prosopon"), {*HEAVY}),
        ("prosopon.open('a.prosopon').status()", (), {*HEAVY}),
    ],
)
def test_nothing_heavy_is_loaded(
    tmp_path: Path, call: str, arguments: tuple[str, ...], heavy: set[str]
) -> None:
    code = BEGIN.format(call=call, arguments=arguments, heavy=heavy)
    run = subprocess.run(
        [sys.executable, "-c", "import prosopon; prosopon.open('a.prosopon')"],
        cwd=tmp_path, env=os.environ, check=True,
    )  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env=os.environ, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1].strip() == "loaded:"


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20))))
def test_disjoint_sets_are_scipys(pairs: list[tuple[int, int]]) -> None:
    ours, theirs = DisjointSets(range(21)), DisjointSet(range(21))
    for one, other in pairs:
        ours.merge(one, other)
        theirs.merge(one, other)
    assert [ours.subset(one) for one in range(21)] == [theirs.subset(one) for one in range(21)]
    assert all(ours.connected(0, one) == theirs.connected(0, one) for one in range(21))
    assert all(ours[one] in ours.subset(one) for one in range(21))
    assert 5 in ours and 21 not in ours
