"""Prosopon: from a folder of photographs to a catalogue of the people in them."""

from importlib import import_module as _import_module

from prosopon.version import __version__

TYPE_CHECKING = False  # type checkers take it for True; `typing` takes a moment to load
if TYPE_CHECKING:
    from prosopon import zoo
    from prosopon.collection import Collection, open
    from prosopon.collection.backup import restore
    from prosopon.collection.demo import demo
    from prosopon.collection.models import detector, embedder
    from prosopon.collection.synthesise import synthesise

__all__ = [
    "Collection",
    "__version__",
    "demo",
    "detector",
    "embedder",
    "open",
    "restore",
    "synthesise",
    "zoo",
]


def __getattr__(name: str) -> object:
    """Load on first use, so that importing the package stays quick."""
    match name:
        case "open" | "Collection":
            return getattr(_import_module("prosopon.collection"), name)
        case "detector" | "embedder":
            return getattr(_import_module("prosopon.collection.models"), name)
        case "restore":
            return _import_module("prosopon.collection.backup").restore
        case "demo" | "synthesise":
            return getattr(_import_module(f"prosopon.collection.{name}"), name)
        case "zoo":
            return _import_module("prosopon.zoo")
    raise AttributeError(f"module 'prosopon' has no attribute {name!r}")
