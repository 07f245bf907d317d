"""The notebooks run from the first cell to the last."""

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def after_running(name: str) -> dict[str, Any]:
    """What a notebook's cells leave behind."""
    cells = json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))["cells"]
    left: dict[str, Any] = {}
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            assert not cell["outputs"], "outputs are not kept: clear them"
            exec(compile("".join(cell["source"]), f"{name}, cell {number}", "exec"), left)
    return left


def test_the_verification_study(capsys: pytest.CaptureFixture[str]) -> None:
    areas = after_running("verification.ipynb")["areas"]
    assert areas["differences of vectors"] > areas["cosine"] > 0.6
    assert capsys.readouterr().out.count("accuracy") == 2


def test_the_archive() -> None:
    left = after_running("archive.ipynb")
    assert left["scores"]["bcubed_f"] > 0.8
    assert left["named"] > 0.8


def test_the_attribute_study() -> None:
    left = after_running("attributes.ipynb")
    mean = left["table"][-1]
    assert 0.5 < mean["accuracy"] <= 1
    assert left["different"] <= len(left["data"])
    assert set(left["silhouettes"]) == {"even", "rare"}
