"""The local review application: pages rendered here, small plain scripts, no build step.

`application` makes it for a `Review`, `Access` says under which names and with which secrets it is
reached, `serve` answers requests. Everything passes `Guard` first. `face_service` is another
application, for programs. The web room computes nothing and knows neither SQL nor files: it calls
the functions of `prosopon.collection`.
"""

from prosopon.web.access import Access
from prosopon.web.app import application
from prosopon.web.face_service import face_service
from prosopon.web.guard import Guard
from prosopon.web.server import serve

__all__ = ["Access", "Guard", "application", "face_service", "serve"]
