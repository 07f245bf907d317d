"""Weights that are converted to ONNX once and then kept in the user's cache.

A conversion is kept in a folder named after the backend, the converter's version and the hash of
the source, with the hashes of its files beside it. It appears there whole or not at all. A
damaged one is made again.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import filelock

from prosopon.errors import ProsoponError
from prosopon.records import ModelCard
from prosopon.zoo.card_files import converted_folder


@dataclass(frozen=True, slots=True)
class Converter:
    """A function from a source file to ONNX graphs, imported when it is needed."""

    module: str
    function: str
    version: int
    """Raised whenever the function's result changes."""


CONVERTERS = {
    "mmod": Converter("dlib_onnx", "convert_detector", 1),
    "dlib-resnet": Converter("dlib_onnx", "convert_resnet", 2),
    "dlib-resnet-mirrored": Converter("dlib_onnx", "convert_resnet_integers", 2),
    "dlib-resnet-features": Converter("dlib_onnx", "convert_resnet_features", 4),
    "mtcnn": Converter("mtcnn_onnx", "convert_mtcnn", 1),
    "yunet": Converter("free_size", "convert_free_size", 1),
    "centerface": Converter("free_size", "convert_free_size", 1),
    "tflite-embedder": Converter("tflite_onnx", "convert_tflite", 1),
}
"""By backend; the weights of all other backends are used as they are."""

_HASHES = "sha256.json"
_MAKING = ".making-"


def converted(card: ModelCard, source: Path) -> dict[str, Path]:
    """The converted files of `card` by part, made from `source` unless they are whole already."""
    version = CONVERTERS[card.backend].version
    folder = converted_folder() / f"{card.backend}-v{version}-{card.sha256[:16]}"
    files = _whole_files(folder)
    if files is None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder.parent.with_suffix(".lock")):
            for killed in folder.parent.glob(f"{_MAKING}*"):  # nobody else is making one now
                shutil.rmtree(killed, ignore_errors=True)
            if _whole_files(folder) is None:
                _keep(convert(card.backend, source), folder)
        files = _whole_files(folder)
    if files is None:
        raise ProsoponError(f"{folder}: the converted weights of {card.id} can't be read back")
    return files


def convert(backend: str, source: Path) -> dict[str, bytes]:
    """The ONNX files that the converter of `backend` makes of `source`, by part."""
    converter = CONVERTERS[backend]
    module = import_module(f"prosopon.zoo.{converter.module}")
    graphs = getattr(module, converter.function)(source)
    return {part: graph.SerializeToString() for part, graph in graphs.items()}


def _keep(parts: Mapping[str, bytes], folder: Path) -> None:
    """Write the parts beside `folder`, then put them in its place in one step."""
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=_MAKING))
    try:
        hashes = {}
        for part, content in parts.items():
            (made / f"{part or 'model'}.onnx").write_bytes(content)
            hashes[part] = sha256(content).hexdigest()
        (made / _HASHES).write_text(json.dumps(hashes), encoding="utf-8")
        if folder.exists():  # damaged: move it out of the way
            folder.rename(made / "damaged")
        made.rename(folder)
        shutil.rmtree(folder / "damaged", ignore_errors=True)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _whole_files(folder: Path) -> dict[str, Path] | None:
    """The files in `folder` by part; None where something is missing or has changed."""
    try:
        hashes = json.loads((folder / _HASHES).read_text(encoding="utf-8"))
        files = {part: folder / f"{part or 'model'}.onnx" for part in hashes}
        for part, file in files.items():
            if sha256(file.read_bytes()).hexdigest() != hashes[part]:
                return None
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    return files
