"""Published lists of pairs, read as they are published: one file for each kind of list.

What a module here lists in `PROTOCOLS` is offered; there is nothing else to register.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from prosopon.errors import UsageError
from prosopon.verification.protocols.base import Protocol

__all__ = ["Protocol", "protocol", "protocols"]


@cache
def protocols() -> dict[str, Protocol]:
    """All protocols by name."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found = [each for module in modules for each in getattr(module, "PROTOCOLS", ())]
    return {protocol.name: protocol for protocol in sorted(found, key=lambda each: each.name)}


def protocol(name: str) -> Protocol:
    """The protocol of that name. Raises UsageError."""
    if name not in protocols():
        raise UsageError(f"no protocol {name!r}: there are {', '.join(protocols())}")
    return protocols()[name]
