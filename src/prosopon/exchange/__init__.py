"""Names and faces in and out, in other tools' formats.

Each format is a module with `write` and `read`: `csv_table`, `json_document`, `coco`, `iiif`, and
`xmp` for sidecars beside the photographs. What goes out is an iterable of `ExportedFace`; what
comes in is an `Import` of the same, which `plan` compares with what is known. Boxes are x, y,
width, height in pixels of the upright photo, to a thousandth. No file is opened here.
"""

from prosopon.exchange.changes import Change, Step, plan
from prosopon.exchange.records import ExportedFace, FindPhoto, Import

__all__ = ["Change", "ExportedFace", "FindPhoto", "Import", "Step", "plan"]
