"""Files → upright RGB pixels, identity, and the bytes of what a file says of itself.

The only room that reads image files, also those in object stores and on servers. Originals are
opened read-only. Every reason why a file gives no picture is an `UnreadablePhoto` with a sentence
for the user; nothing else escapes. No file can call upon another program, and none takes more than
`Limits` allow, whatever engine reads it.

A file may hold several photographs (pages of a TIFF or a PDF); `prosopon.paths` gives each an
address.
"""

from prosopon.photos.copies import HASH_BYTES, Places, copies, perceptual_hash
from prosopon.photos.decoding import Decoded, decode, read
from prosopon.photos.embedded import blocks
from prosopon.photos.formats import EXTENSIONS
from prosopon.photos.identity import identify
from prosopon.photos.opening import read_bytes as content
from prosopon.photos.remote import entries, gone, is_there, read_bytes
from prosopon.photos.thumbnails import THUMBNAIL_SIDE, jpeg, thumbnail
from prosopon.photos.tones import from_pillow
from prosopon.photos.unreadable import NotReachable, UnreadablePhoto
from prosopon.photos.walking import Walk
from prosopon.photos.watching import changes

__all__ = [
    "EXTENSIONS",
    "HASH_BYTES",
    "THUMBNAIL_SIDE",
    "Decoded",
    "NotReachable",
    "Places",
    "UnreadablePhoto",
    "Walk",
    "blocks",
    "changes",
    "content",
    "copies",
    "decode",
    "entries",
    "from_pillow",
    "gone",
    "identify",
    "is_there",
    "jpeg",
    "perceptual_hash",
    "read",
    "read_bytes",
    "thumbnail",
]
