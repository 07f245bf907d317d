"""Recipes: TOML files that become checked dataclasses."""

from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from prosopon.errors import UsageError
from prosopon.files import parse_toml

STRICT = ConfigDict(extra="forbid")
"""What a recipe's dataclass names `__pydantic_config__`, so that misspelt keys are refused."""

Recipe = TypeVar("Recipe")


def read_recipe(name: str | Path, kind: type[Recipe], package: str) -> Recipe:
    """Read a recipe into the dataclass `kind`.

    `name` is a TOML file, or the name of one in the folder `recipes` of `package`
    (`mobilenet-v2` for `recipes/mobilenet-v2.toml`). Unknown keys, missing keys and values of the
    wrong kind raise UsageError that names each of them.
    """
    try:
        return parse_recipe(parse_toml(_content(name, package), f"recipe {name}"), kind)
    except ValidationError as error:
        found = [
            f"{'.'.join(map(str, problem['loc'])) or 'recipe'}: {problem['msg']}"
            for problem in error.errors()
        ]
        raise UsageError(f"recipe {name}: {'; '.join(found)}") from error


def parse_recipe(values: dict[str, Any], kind: type[Recipe]) -> Recipe:
    """Check `values` against the fields of the dataclass `kind`, and of those within it."""
    return TypeAdapter(kind).validate_python(values)


def recipe_names(package: str) -> list[str]:
    """The recipes that come with `package`."""
    folder = files(package).joinpath("recipes")
    return sorted(Path(entry.name).stem for entry in folder.iterdir() if entry.is_file())


def _content(name: str | Path, package: str) -> bytes:
    if str(name).endswith(".toml"):
        if not Path(name).is_file():
            raise UsageError(f"{name}: no such recipe file")
        return Path(name).read_bytes()
    if (known := recipe_names(package)) and str(name) in known:
        return files(package).joinpath("recipes", f"{name}.toml").read_bytes()
    raise UsageError(f"no recipe {str(name)!r}: give a .toml file or one of {', '.join(known)}")
