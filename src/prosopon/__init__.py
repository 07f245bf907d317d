"""Prosopon: from a folder of photographs to a catalogue of the people in them."""

from importlib.metadata import version as _version

__version__ = _version("prosopon")
