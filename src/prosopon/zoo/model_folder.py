"""A model as a folder that Hugging Face's hub and its tools take: weights, card, `README.md`.

The README begins with the metadata that the hub reads (`license`, `library_name`, `tags`); the text
is the model's card in words. `card.toml` holds the card as it is.
"""

import json
import re
import shutil
from pathlib import Path

from prosopon.errors import UsageError
from prosopon.files import replacing, write_text, write_toml
from prosopon.records import ModelCard
from prosopon.zoo import card_files
from prosopon.zoo.models import load

_LICENCES = {
    "mit": "mit",
    "apache-2.0": "apache-2.0",
    "bsd-3-clause": "bsd-3-clause",
    "cc0-1.0": "cc0-1.0",
    "cc-by-4.0": "cc-by-4.0",
}
"""Licences that the hub has a word for; all others are `other`, with the card's words."""


def write_folder(id: str, folder: Path) -> list[Path]:
    """Write the model of that card id as ONNX, with its card, and return the files.

    Raises UsageError where `folder` is a file or has something in it, or the model has no weights;
    ProsoponError where they are missing or changed.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: already there: name a new folder, or an empty one")
    model = load(id)
    if not model.files:
        parts = f": export {' and '.join(model.models)}" if model.models else ""
        raise UsageError(f"{id} has no weights of its own{parts}")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for part, file in model.files.items():
        target = folder / f"{part or 'model'}{file.suffix}"
        with replacing(target) as fresh:
            shutil.copyfile(file, fresh)
        written.append(target)
    write_text(folder / "README.md", readme(model.card, [file.name for file in written]))
    write_toml(folder / "card.toml", card_files.plain(model.card))
    return [*written, folder / "README.md", folder / "card.toml"]


def readme(card: ModelCard, files: list[str]) -> str:
    """The text, with its metadata in front; JSON's strings are YAML's, too."""
    licence = _LICENCES.get(card.licence.strip().lower().replace(" ", "-"), "other")
    lines = ["---", f"license: {licence}"]
    if licence == "other":
        name = re.sub(r"[^a-z0-9]+", "-", card.licence.lower()).strip("-") or "not-stated"
        lines.append(f"license_name: {json.dumps(name[:60])}")
    lines += ["library_name: onnx", f"tags: {json.dumps(['prosopon', 'face', card.task])}", "---"]
    size = "any size" if card.input_size is None else "{} × {} pixels".format(*card.input_size)
    facts = {
        "Task": card.task,
        "Files": ", ".join(f"`{name}`" for name in files),
        "Input": f"{card.channels}, {size}; (pixel − {list(card.mean)}) / {card.scale:g}",
        "Alignment": card.alignment,
        "Output": card.output,
        "Threshold": "" if card.threshold is None else f"cosine {card.threshold.cosine:g}",
        "Licence of the weights": card.licence,
        "Terms of the data they learnt from": card.data_terms,
        "Where they come from": card.source,
        "SHA-256 as published": f"`{card.sha256}`",
    }
    lines += ["", f"# {card.id}", "", card.description, "", "| | |", "|---|---|"]
    lines += [f"| {name} | {_cell(text)} |" for name, text in facts.items() if text]
    return "\n".join([*lines, "", "Exported by Prosopon; `card.toml` is its card.", ""])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
