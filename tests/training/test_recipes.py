"""Recipes are TOML files; whatever is wrong in one is named."""

from pathlib import Path

import pytest

pytest.importorskip("torch")

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from prosopon.errors import UsageError
from prosopon.training import Schedule, read_recipe
from prosopon.training.recipes import STRICT


@dataclass(frozen=True)
class Toy:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str
    schedule: Schedule
    sizes: tuple[int, ...] = (1, 2)


PACKAGE = "prosopon.attributes"


def write(folder: Path, text: str) -> Path:
    path = folder / "toy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_nested_tables_and_defaults(tmp_path: Path) -> None:
    path = write(tmp_path, 'name = "a"\n[schedule]\nepochs = 3\nmilestones = [10, 20]\n')
    recipe = read_recipe(path, Toy, PACKAGE)
    assert recipe == Toy("a", Schedule(epochs=3, milestones=(10, 20)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[schedule]\nepochs = 1\n", "name: Field required"),
        ('name = "a"\n[schedule]\nepochs = 1\nlearnrate = 2\n', "schedule.learnrate: Unexpected"),
        ('name = "a"\n[schedule]\nepochs = "many"\n', "schedule.epochs: .*integer"),
        ('name = "a"\n[schedule]\nepochs = 1\noptimizer = "lbfgs"\n', "schedule.optimizer"),
        ('name = "a"\n[schedule]\n', "either epochs or steps"),
        ("name = ", "toy.toml: not TOML: "),
    ],
)
def test_whatever_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_recipe(write(tmp_path, text), Toy, PACKAGE)


def test_unknown_names_and_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no recipe 'absent'"):
        read_recipe("absent", Toy, PACKAGE)
    with pytest.raises(UsageError, match="no such recipe file"):
        read_recipe(tmp_path / "absent.toml", Toy, PACKAGE)
