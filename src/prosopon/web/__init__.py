"""The local review application: pages rendered here, small plain scripts, no build step.

`application` makes it for a `Review`, `Access` says under which names and with which secrets it is
reached, `serve` answers requests. Everything passes `Guard` first. The web room computes nothing
and knows neither SQL nor files: it calls the functions of `prosopon.collection.review`.
"""

from prosopon.web.access import Access
from prosopon.web.app import application
from prosopon.web.guard import Guard
from prosopon.web.server import serve

__all__ = ["Access", "Guard", "application", "serve"]
