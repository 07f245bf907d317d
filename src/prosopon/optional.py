"""Optional packages load where they are used; a missing one says how to install it."""

from importlib import import_module
from types import ModuleType

from prosopon.errors import MissingExtra


def require(module: str, *, extra: str) -> ModuleType:
    """Import `module`, or raise `MissingExtra` naming the extra of `prosopon` that brings it."""
    try:
        return import_module(module)
    except ImportError as error:
        if error.name != module.partition(".")[0]:
            raise  # it is installed, and something inside it is broken
        raise MissingExtra(
            f"this needs the package {error.name!r}, which is not installed: "
            f"run  pip install 'prosopon-archive[{extra}]'"
        ) from error
