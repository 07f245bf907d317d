"""Tables of earlier days: what a collection lacks is made in it, and nothing is taken away.

While `schema.VERSION` stays, tables, columns and indexes may have come since a collection was made.
"""

import uuid

import sqlalchemy
from sqlalchemy import Column, Connection, Index, Table, text

from prosopon.errors import ProsoponError
from prosopon.store import clusterings
from prosopon.store.database import VERSIONS, recall, remember
from prosopon.store.schema import VERSION, collection, metadata

_FILLED = {
    "photos.pixels": "''",
    "paths.file": "path",
    "paths.sha256": "(SELECT photos.sha256 FROM photos WHERE photos.id = paths.photo_id)",
    "failures.file": "path",
}
"""What stands in a column that came later and may not be empty, as SQL."""


def require_collection(connection: Connection, name: str) -> None:
    """Raise ProsoponError for another program's database, or one of another version."""
    found = sqlalchemy.inspect(connection)
    own = found.has_table(collection.name) and {"key", "value"} <= {
        column["name"] for column in found.get_columns(collection.name)
    }
    if not own or not (identifier := recall(connection, "identifier")) or len(identifier) != 36:
        raise ProsoponError(
            f"{name}: is another program's database, not a collection; "
            "a collection needs a database of its own"
        )
    version = recall(connection, "schema") or str(VERSION)  # not noted in the first days
    if version == str(VERSION):
        return
    older = version.isdecimal() and int(version) < VERSION
    raise ProsoponError(
        f"{name}: made by {'an older' if older else 'a newer'} version of Prosopon (its tables are "
        f"of version {version}, this program's of version {VERSION}); "
        + ("index the photographs into a new collection" if older else "update Prosopon")
    )


def missing(connection: Connection, name: str) -> list[Table | Column[object] | Index | str]:
    """What a collection made earlier lacks: tables, columns, indexes, facts about itself.

    Raises ProsoponError where the tables are not those of any earlier day.
    """
    found = sqlalchemy.inspect(connection)
    lacking: list[Table | Column[object] | Index | str] = []
    there = {table: columns for (_, table), columns in found.get_multi_columns().items()}
    indexes = {
        index["name"] for of_table in found.get_multi_indexes().values() for index in of_table
    }
    for table in metadata.sorted_tables:
        if table.name not in there:
            lacking.append(table)
            continue
        known = {column["name"] for column in there[table.name]}
        lacking += [column for column in table.columns if column.name not in known]
        lacking += [index for index in table.indexes if index.name not in indexes]
        for other in there[table.name]:
            demanded = not other["nullable"] and other["default"] is None
            if demanded and other["name"] not in table.columns:
                raise ProsoponError(
                    f"{name}: made by a newer version of Prosopon (of its table {table.name!r} the "
                    f"column {other['name']!r} is not known here); update Prosopon"
                )
    for column in _columns(lacking):
        if not column.nullable and str(column) not in _FILLED:
            raise ProsoponError(
                f"{name}: is damaged, or another program's: its table {column.table.name!r} has no "
                f"column {column.name!r}; name another file, or restore a backup"
            )
    facts = ("schema", *VERSIONS)
    return lacking + [fact for fact in facts if recall(connection, fact) is None]


def complete(connection: Connection, name: str) -> None:
    """Make what is missing, in the caller's transaction."""
    lacking = missing(connection, name)
    for column in _columns(lacking):
        _add(connection, column)
    for one in lacking:
        if isinstance(one, Table | Index):
            one.create(connection)
        elif isinstance(one, str):
            remember(connection, one, str(VERSION) if one == "schema" else uuid.uuid4().hex)
    clusterings.take_over_rows(connection)


def _columns(lacking: list[Table | Column[object] | Index | str]) -> list[Column[object]]:
    return [one for one in lacking if isinstance(one, Column)]


def _add(connection: Connection, column: Column[object]) -> None:
    kind = column.type.compile(connection.dialect)
    filled = "" if column.nullable else " NOT NULL DEFAULT ''"
    place = f"ALTER TABLE {column.table.name} ADD COLUMN"
    connection.execute(text(f"{place} {column.name} {kind}{filled}"))
    if not column.nullable:
        value = _FILLED[str(column)]
        connection.execute(text(f"UPDATE {column.table.name} SET {column.name} = {value}"))
