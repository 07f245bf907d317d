"""ONNX Runtime sessions, opened the same way everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prosopon.errors import ProsoponError, UsageError

if TYPE_CHECKING:
    import onnxruntime


@dataclass(frozen=True, slots=True)
class Runtime:
    """How networks are run."""

    threads: int = 0
    """Threads within one call of one network; 0: as many as there are cores."""
    providers: tuple[str, ...] = ()
    """ONNX Runtime's execution providers, best first; empty: all that are installed."""


_runtime = Runtime()
_PROCESSOR = {"CPUExecutionProvider", "AzureExecutionProvider"}
"""Azure's sends nothing anywhere by itself: it only runs operators of its own."""


def configure(*, threads: int = 0, providers: Sequence[str] = ()) -> None:
    """Set how networks are run, for all sessions opened from now on in this process.

    Raises UsageError for a provider that this installation of ONNX Runtime doesn't have.
    """
    global _runtime
    if threads < 0:
        raise UsageError(f"threads: expected 0 or more, got {threads}")
    if providers:
        import onnxruntime

        available = onnxruntime.get_available_providers()
        for provider in providers:
            if provider not in available:
                raise UsageError(
                    f"no execution provider {provider!r} in this installation of ONNX Runtime: "
                    f"it has {', '.join(available)}"
                )
    _runtime = Runtime(threads, tuple(providers))


def on_processor() -> bool:
    """Whether networks run on the processor, not on a GPU or the like."""
    return {*_providers()} <= _PROCESSOR


def open_session(path: Path) -> onnxruntime.InferenceSession:
    """Open the network in `path`; ProsoponError if it is not one that ONNX Runtime can run."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _runtime.threads
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(path, options, providers=_providers())
    except Exception as error:  # ONNX Runtime's errors have no common class but this
        raise ProsoponError(f"{path}: not a network that ONNX Runtime can run: {error}") from error


def _providers() -> list[str]:
    import onnxruntime

    return list(_runtime.providers) or onnxruntime.get_available_providers()
