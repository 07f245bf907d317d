"""ONNX files that keep part of their weights in other files, of which no hash says anything."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import TYPE_CHECKING

from prosopon.errors import ProsoponError

if TYPE_CHECKING:
    import onnx

LARGEST = (1 << 31) - 1
"""Bytes of one ONNX file."""


def external_data(path: Path) -> bool:
    """Whether an ONNX file leaves part of its weights to another file."""
    if path.suffix != ".onnx" or not path.is_file() or not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find(b"location") < 0:  # the entry that names the file: a look is much quicker
            return False
    return bool(_other_files(_parsed(path)))


def one_file(path: Path, folder: Path) -> Path:
    """`path` itself, or, where its weights are in several files, one in `folder` that has them all.

    Raises ProsoponError where they are not beside it, or too large for one file.
    """
    if not external_data(path):
        return path
    model = _parsed(path)
    for name in _other_files(model):
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise ProsoponError(f"{path}: its weights are said to be in {name!r}, not beside it")
        if not (path.parent / name).is_file():
            raise ProsoponError(f"{path}: part of its weights should be beside it in {name!r}")
    size = path.stat().st_size + sum(
        (path.parent / name).stat().st_size for name in _other_files(model)
    )
    if size > LARGEST:
        raise ProsoponError(f"{path}: {size:,} bytes with its weights; at most {LARGEST:,} fit")
    import onnx

    whole = folder / path.name
    onnx.save(onnx.load(path), whole)
    return whole


def _parsed(path: Path) -> onnx.ModelProto:
    import onnx

    try:
        return onnx.load(path, load_external_data=False)
    except Exception as error:  # protobuf's errors have no common class but this
        raise ProsoponError(f"{path}: not an ONNX file: {error}") from error


def _other_files(model: onnx.ModelProto) -> set[str]:
    from onnx.external_data_helper import ExternalDataInfo, uses_external_data

    return {
        ExternalDataInfo(tensor).location
        for tensor in _tensors(model.graph)
        if uses_external_data(tensor)
    }


def _tensors(graph: onnx.GraphProto) -> list[onnx.TensorProto]:
    """All weights of a graph and of the graphs in it."""
    found = list(graph.initializer)
    for node in graph.node:
        for attribute in node.attribute:
            found += [attribute.t, *attribute.tensors]
            for inner in (attribute.g, *attribute.graphs):
                found += _tensors(inner) if inner.node or inner.initializer else []
    return found
