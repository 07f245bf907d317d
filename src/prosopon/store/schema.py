"""The tables of a collection: their one definition, from which new databases are made."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = 1
"""Raised by one whenever a released table changes; a database of another version is refused."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Key = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in columns declared INTEGER."""

collection = Table(
    "collection",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

photos = Table(
    "photos",
    metadata,
    Column("id", Key, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("orientation", SmallInteger, nullable=False),
    Column("taken_at", DateTime),
    Column("pixels", String(64), nullable=False, index=True),
    Column("perceptual_hash", LargeBinary),
)
"""`sha256` and `pixels` as in `records.Photo`; `perceptual_hash` as in `photos.copies`, NULL until
the pixels have been looked at."""

paths = Table(
    "paths",
    metadata,
    Column("path", Text, primary_key=True),
    Column("file", Text, nullable=False, index=True),
    Column("photo_id", Key, ForeignKey("photos.id", ondelete="CASCADE"), nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("gone_at", DateTime),
    Index(None, "photo_id", "gone_at"),
)
"""`path` is an address (`prosopon.paths`), `file` the address of its file, without a page; `sha256`
of what is there now, which another program may have written metadata into; `gone_at` is when the
file was missed, NULL while it is there."""

descriptions = Table(
    "descriptions",
    metadata,
    Column("photo_id", Key, ForeignKey("photos.id", ondelete="CASCADE"), primary_key=True),
    Column("source", String(16), primary_key=True),
    Column("content", JSON, nullable=False),
    Column("text", Text, nullable=False),
)

failures = Table(
    "failures",
    metadata,
    Column("path", Text, primary_key=True),
    Column("file", Text, nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)

models = Table(
    "models",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("card", JSON, nullable=False),
)

detectors = Table(
    "detectors",
    metadata,
    Column("id", Key, primary_key=True),
    Column("model", String(200), ForeignKey("models.id"), nullable=False),
    Column("settings", Text, nullable=False),
    UniqueConstraint("model", "settings"),
)

detections = Table(
    "detections",
    metadata,
    Column("photo_id", Key, ForeignKey("photos.id", ondelete="CASCADE"), primary_key=True),
    Column("detector_id", Key, ForeignKey("detectors.id"), primary_key=True),
)

faces = Table(
    "faces",
    metadata,
    Column("id", Key, primary_key=True),
    Column("photo_id", Key, ForeignKey("photos.id", ondelete="CASCADE"), nullable=False),
    Column("detector_id", Key, ForeignKey("detectors.id"), nullable=False),
    Column("x1", Float, nullable=False),
    Column("y1", Float, nullable=False),
    Column("x2", Float, nullable=False),
    Column("y2", Float, nullable=False),
    Column("landmarks", LargeBinary, nullable=False),
    Column("score", Float, nullable=False),
    Column("sharpness", Float),
    Column("yaw", Float),
    Column("pitch", Float),
    Column("roll", Float),
    Index(None, "photo_id", "detector_id"),
    Index(None, "detector_id", "photo_id"),  # a detector's faces are counted without reading them
    sqlite_autoincrement=True,
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("face_id", Key, ForeignKey("faces.id", ondelete="CASCADE"), primary_key=True),
    Column("model", String(200), ForeignKey("models.id"), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

attribute_values = Table(
    "attribute_values",
    metadata,
    Column("face_id", Key, ForeignKey("faces.id", ondelete="CASCADE"), primary_key=True),
    Column("model", String(200), ForeignKey("models.id"), primary_key=True),
    Column("probabilities", LargeBinary, nullable=False),
)

clusterings = Table(
    "clusterings",
    metadata,
    Column("id", Key, primary_key=True),
    Column("made_at", DateTime, nullable=False),
    Column("recipe", JSON, nullable=False),
    Column("model", String(200), nullable=False),
    Column("faces", Integer, nullable=False),
    Column("clusters", Integer, nullable=False),
    sqlite_autoincrement=True,
)

clustering_arrays = Table(
    "clustering_arrays",
    metadata,
    Column(
        "clustering_id", Key, ForeignKey("clusterings.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("name", String(16), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""Whole columns in place of rows: a run over a million faces is a few dozen rows. See
`store.clusterings` for what each holds."""

runs = Table(
    "runs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("verb", String(64), nullable=False),
    Column("started_at", DateTime, nullable=False),
    Column("ended_at", DateTime),
    Column("status", String(16), nullable=False),
    Column("options", JSON, nullable=False),
    Column("figures", JSON, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Key, primary_key=True),
    Column("uuid", String(36), nullable=False, unique=True),
    Column("content", JSON, nullable=False),
    sqlite_autoincrement=True,
)

users = Table(
    "users",
    metadata,
    Column("name", String(500), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password", Text, nullable=False),
    Column("link", String(64), nullable=False, index=True),
    Column("stamp", String(32), nullable=False),
    Column("added_at", DateTime, nullable=False),
)
"""`password` as Argon2 writes it, `link` the SHA-256 of what the address holds; empty: none.
`stamp` is another whenever one of them changes, so that sessions of before end."""

leases = Table(
    "leases",
    metadata,
    Column("holder", String(64), primary_key=True),
    Column("until", DateTime, nullable=False),
    Column("faces", JSON, nullable=False),
)
"""Faces that somebody is being asked about."""

forgotten = Table("forgotten", metadata, Column("fingerprint", String(32), primary_key=True))
"""Faces that were taken out and are not to come back; see `store.forgotten`."""
