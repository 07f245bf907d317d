"""Published lists of pairs, read as they are published: one file for each kind of list.

What a module here, or a plug-in, lists in `PROTOCOLS` is offered.
"""

from collections.abc import Mapping

from prosopon.registry import Registry
from prosopon.verification.protocols.base import Protocol

__all__ = ["PROTOCOLS", "Protocol"]

PROTOCOLS: Mapping[str, Protocol] = Registry("protocols", __name__)
"""All protocols by name."""
