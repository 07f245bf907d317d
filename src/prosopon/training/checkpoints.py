"""Weights and training states as safetensors files, written whole or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from prosopon.errors import ProsoponError, UsageError
from prosopon.files import replacing


def save_weights(path: Path, weights: Mapping[str, torch.Tensor], facts: Mapping[str, Any]) -> None:
    """Write tensors by name, and `facts` (anything JSON can say) into the file's header."""
    with replacing(path) as partial:
        tensors = {
            name: tensor.detach().cpu().clone().contiguous() for name, tensor in weights.items()
        }
        save_file(tensors, partial, metadata={"facts": json.dumps(dict(facts))})


def load_weights(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The tensors and the facts of a file that `save_weights` wrote (facts empty elsewhere)."""
    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads((file.metadata() or {}).get("facts", "{}"))
            return {name: file.get_tensor(name) for name in file.keys()}, facts  # noqa: SIM118
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such weights") from error
    except (SafetensorError, ValueError, OSError) as error:
        raise ProsoponError(f"{path}: not a readable safetensors file: {error}") from error


def pack(task: torch.nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """Everything that a training changes, as tensors by name."""
    packed = {f"task/{name}": tensor for name, tensor in task.state_dict().items()}
    for number, state in optimizer.state_dict()["state"].items():
        packed |= {
            f"optimizer/{number}/{name}": torch.as_tensor(value)
            for name, value in state.items()
            if value is not None
        }
    return packed


def unpack(
    packed: Mapping[str, torch.Tensor], task: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> None:
    """Put what `pack` took back in place."""
    weights: dict[str, torch.Tensor] = {}
    states: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in packed.items():
        match name.split("/"):
            case ["task", key]:
                weights[key] = tensor
            case ["optimizer", number, key]:
                states.setdefault(int(number), {})[key] = tensor
    task.load_state_dict(weights)
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": states, "param_groups": groups})
