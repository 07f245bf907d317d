"""Names and faces in and out, in other tools' formats.

`FORMATS` knows the formats of files by name, a module for each, and those of plug-ins; `xmp` is for
sidecars beside the photographs. What goes out is an `Export` of `ExportedFace`s; what
comes in is an `Import` of the same, which `plan` compares with what is known. Boxes are x, y,
width, height in pixels of the upright photo, to a thousandth. No file is opened here.
"""

from collections.abc import Mapping
from pathlib import PurePath

from prosopon.errors import UsageError
from prosopon.exchange.changes import Change, Step, plan
from prosopon.exchange.records import Export, ExportedFace, FindPhoto, Format, Import
from prosopon.registry import Registry

__all__ = [
    "FORMATS",
    "Change",
    "Export",
    "ExportedFace",
    "FindPhoto",
    "Format",
    "Import",
    "Step",
    "format_of",
    "plan",
]

FORMATS: Mapping[str, Format] = Registry("formats", __name__)
"""All formats of files by name."""


def format_of(file: PurePath) -> Format:
    """The format that a file's name tells. Raises UsageError."""
    name = file.name.lower()
    known = [form for form in FORMATS.values() if form.ending]
    fitting = [form for form in known if name.endswith(form.ending)]
    if not fitting:
        raise UsageError(
            f"{file}: its name tells no format; give one ending in "
            f"{', '.join(form.ending for form in known)}, or --format"
        )
    return max(fitting, key=lambda form: len(form.ending))
