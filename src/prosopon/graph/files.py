"""Graphs in files: a folder of plain .npy arrays, opened without reading them (memory-mapped)."""

from pathlib import Path

from prosopon.errors import ProsoponError
from prosopon.files import load_arrays, save_arrays
from prosopon.records import NeighbourGraph

ARRAYS = ("face_ids", "neighbours", "similarities")


def save(graph: NeighbourGraph, folder: Path) -> None:
    """Write `graph` to `folder`, which is made where it is missing."""
    arrays = {name: getattr(graph, name) for name in ARRAYS}
    save_arrays(folder, arrays, {"model": graph.model, "recall": graph.recall})


def load(folder: Path) -> NeighbourGraph:
    """Open the graph in `folder`; its arrays are read as they are used.

    Raises ProsoponError if there is no whole graph in the folder.
    """
    try:
        arrays, about = load_arrays(folder)
        return NeighbourGraph(**arrays, model=about["model"], recall=about["recall"])
    except (ProsoponError, KeyError, ValueError, TypeError) as error:
        raise ProsoponError(
            f"{folder} holds no whole neighbour graph ({error}): build it again"
        ) from error
