"""Reading and writing model cards: those of the package and those that the user added."""

import difflib
import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from prosopon.errors import ProsoponError, UsageError
from prosopon.files import parse_toml, read_bytes, write_toml
from prosopon.records import ModelCard, Threshold
from prosopon.registry import load, plug_ins

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_log = logging.getLogger(__name__)
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


def models_folder() -> Path:
    """Where added cards (`cards/`) and weights (`weights/`) live: `PROSOPON_MODELS` or the user's
    data folder."""
    named = os.environ.get("PROSOPON_MODELS")
    return Path(named) if named else platformdirs.user_data_path("prosopon", False) / "models"


def converted_folder() -> Path:
    """Where converted weights are kept: `PROSOPON_MODELS` or the user's cache. Can be deleted."""
    named = os.environ.get("PROSOPON_MODELS")
    root = Path(named) if named else platformdirs.user_cache_path("prosopon", False) / "models"
    return root / "converted"


def cards() -> dict[str, ModelCard]:
    """All cards by id: those of plug-ins, the package's, and before all the user's own."""
    return {card.id: card for card in (*_plugged_in(), *_built_in(), *_added())}


def card(id: str) -> ModelCard:
    """The card `id`, or UsageError that suggests the closest ones."""
    known = {card.id: card for card in (*_built_in(), *_added())}
    if id not in known:  # only now load plug-ins: one may be broken
        known = cards()
    if id not in known:
        close = difflib.get_close_matches(id, known, cutoff=0.4)
        hint = f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(known)}"
        raise UsageError(f"no model {id!r}: {hint}")
    return known[id]


def save(card: ModelCard) -> Path:
    """Write an added card and return its file; UsageError if the id is already taken."""
    require_new(card.id)
    return _write(card)


def calibrate(id: str, threshold: Threshold) -> Path:
    """Put `threshold` on the card `id`, and return the file.

    The card is kept among the user's own, where it stands before the package's of the same id.
    """
    return _write(replace(card(id), threshold=threshold))


def _write(card: ModelCard) -> Path:
    require_plain(card.id)
    path = models_folder() / "cards" / f"{card.id}.toml"
    write_toml(path, plain(card))
    return path


def require_plain(id: str) -> None:
    """UsageError unless `id` is what files can be named after, everywhere and in their folder."""
    if not _ID.fullmatch(id):
        raise UsageError(
            f"{id[:80]!r} can't be the id of a model: give small letters, digits, '.', '_' and "
            "'-', beginning with a letter or digit (--id)"
        )


def require_new(id: str) -> None:
    """UsageError if there is already a card `id`."""
    if id in cards():
        raise UsageError(f"there is already a model {id!r}: choose another id")


def make(id: str, values: dict[str, Any], origin: object) -> ModelCard:
    """A card from plain values, as in TOML; ProsoponError naming `origin` if they don't fit."""
    threshold = values.get("threshold")
    for kind, given in ((ModelCard, values), (Threshold, threshold)):
        known = {field.name for field in fields(kind)}
        if isinstance(given, dict) and (unknown := set(given) - known):
            raise ProsoponError(f"{origin}: a model card has no field {', '.join(sorted(unknown))}")
    from pydantic import ValidationError  # not for a page of help, which reads no card

    try:
        return _card_checker().validate_python({**values, "id": id})
    except ValidationError as error:
        wrong = error.errors()[0]
        place = " ".join(f"{part}:" for part in wrong["loc"])
        raise ProsoponError(f"{origin}: not a model card: {place} {wrong['msg']}") from error


@cache
def _card_checker() -> "TypeAdapter[ModelCard]":
    from pydantic import TypeAdapter

    return TypeAdapter(ModelCard)


def parse_fields(given: Mapping[str, str]) -> dict[str, Any]:
    """A card's fields from text, as on a command line: `{"input_size": "112,96"}`.

    Raises UsageError for a number that is none.
    """
    parsers: dict[str, Callable[[str], Any]] = {
        "input_size": _numbers(int),
        "mean": _numbers(float),
        "scale": float,
    }
    fields: dict[str, Any] = {}
    for name, text in given.items():
        try:
            fields[name] = parsers.get(name, str)(text)
        except ValueError as error:
            raise UsageError(f"{name}={text}: expected numbers, with commas between") from error
    return fields


def _numbers(kind: type[int] | type[float]) -> Callable[[str], list[float]]:
    return lambda text: [kind(part) for part in text.split(",")]


def _built_in() -> list[ModelCard]:
    folder = resources.files("prosopon.zoo") / "cards"
    return [_read(file) for file in sorted(folder.iterdir(), key=lambda file: file.name)]


def _added() -> list[ModelCard]:
    """The user's own cards. One that can't be read is said and left out: it stops nothing else."""
    found = []
    for file in sorted((models_folder() / "cards").glob("*.toml")):
        try:
            found.append(_read(file))
        except (ProsoponError, OSError) as error:
            _log.warning("a model card is left out: %s", error)
    return found


def _plugged_in() -> list[ModelCard]:
    """The cards that plug-ins bring: a back-end's attribute `card`."""
    entries = [*plug_ins("detectors").values(), *plug_ins("embedders").values()]
    found = [getattr(load(entry), "card", None) for entry in entries]
    return [card for card in found if card is not None]


def _read(file: Traversable) -> ModelCard:
    content = read_bytes(file) if isinstance(file, Path) else file.read_bytes()
    values = parse_toml(content, file)
    return make(file.name.removesuffix(".toml"), values, file)


def plain(card: ModelCard) -> dict[str, Any]:
    """The fields that say more than the default, as TOML holds them."""
    return {
        field.name: _stated(value) if isinstance(value, Threshold) else value
        for field in fields(card)
        if field.name != "id" and (value := getattr(card, field.name)) != field.default
    }


def _stated(threshold: Threshold) -> dict[str, Any]:
    return {name: value for name, value in asdict(threshold).items() if value is not None}
