"""What files and catalogues say of photographs: one record, and dates that may be partial.

Blocks of bytes in, records out; nothing here opens a file.
"""

from prosopon.metadata.dates import Date, perhaps
from prosopon.metadata.reading import Blocks, date_in_path, from_xmp, metadata_of
from prosopon.metadata.record import (
    Metadata,
    Source,
    Taken,
    combined,
    from_json,
    may_mention,
    to_json,
)

__all__ = [
    "Blocks",
    "Date",
    "Metadata",
    "Source",
    "Taken",
    "combined",
    "date_in_path",
    "from_json",
    "from_xmp",
    "may_mention",
    "metadata_of",
    "perhaps",
    "to_json",
]
