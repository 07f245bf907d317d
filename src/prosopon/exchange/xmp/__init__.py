"""Face tags in XMP: what Lightroom, digiKam, Picasa, ACDSee, Windows and ExifTool write and read.

Read: MWG regions ("Guidelines for Handling Image Metadata", version 2.0, 2010, section 5.9),
Microsoft's MP regions, IPTC's ImageRegion ("IPTC Photo Metadata Standard" 2019.1), ACDSee's
regions; and persons without a place: IPTC's PersonInImage and PersonInImageWDetails, and tags below
a root that says "people" (digiKam, Lightroom, Windows, Media Pro, ACDSee). Regions are relative to
the picture as stored, before any EXIF turn.

Written: MWG and MP regions, PersonInImage, digiKam's tags. What others wrote into a sidecar stays.
What we wrote carries a mark of ours (`prosopon:Person` in a region, `prosopon:Names` for plain
lists of names), so that writing again replaces it, and a name taken back goes; a foreign region at
the same place as one of ours is replaced too.
"""

from prosopon.exchange.xmp.reading import joined, owner, read
from prosopon.exchange.xmp.writing import is_ours, write

__all__ = ["is_ours", "joined", "owner", "read", "write"]
