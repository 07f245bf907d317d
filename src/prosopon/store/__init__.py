"""The store: what a collection knows, in SQL. SQLite in one file, or another database by URL.

`open_store` opens (and makes) a collection. Queries are functions of the modules here
that take a connection first: `catalogue` (photos, paths, failures), `faces` (detections, faces,
embeddings), `clusterings`, `runs`. Records and arrays go in and come out; SQL stays inside.

One process writes at a time (`Store.writing`), in short transactions (`Store.begin`); any number
read (`Store.read`). The tables are described in docs/store.md.
"""

from sqlalchemy import Connection

from prosopon.store.database import Store
from prosopon.store.opening import open_store

__all__ = ["Connection", "Store", "open_store"]
