"""Graphs in files: a folder of plain .npy arrays, opened without reading them (memory-mapped)."""

import json
from pathlib import Path

import numpy as np

from prosopon.errors import ProsoponError
from prosopon.records import NeighbourGraph

ARRAYS = ("face_ids", "neighbours", "similarities")


def save(graph: NeighbourGraph, folder: Path) -> None:
    """Write `graph` to `folder`, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    about = folder / "graph.json"
    about.unlink(missing_ok=True)  # written last: a folder without it isn't a whole graph
    for name in ARRAYS:
        fresh = folder / f"{name}.npy.new"  # the old file may be mapped by the graph being saved
        with fresh.open("wb") as file:
            np.save(file, getattr(graph, name))
        fresh.replace(folder / f"{name}.npy")
    about.write_text(json.dumps({"model": graph.model, "recall": graph.recall}), encoding="utf-8")


def load(folder: Path) -> NeighbourGraph:
    """Open the graph in `folder`; its arrays are read as they are used.

    Raises ProsoponError if there is no whole graph in the folder.
    """
    try:
        about = json.loads((folder / "graph.json").read_text(encoding="utf-8"))
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
        return NeighbourGraph(**arrays, **about)
    except (OSError, ValueError, TypeError) as error:
        raise ProsoponError(
            f"{folder} holds no whole neighbour graph ({error}): build it again"
        ) from error
