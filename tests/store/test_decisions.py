"""The decision log in every kind of database."""

from prosopon.store import Store, decisions


def entry(uuid: str, text: str = "") -> dict[str, str]:
    return {"id": uuid, "text": text}


def test_entries_come_back_in_their_order_and_never_twice(store: Store) -> None:
    with store.begin() as connection:
        assert decisions.append(connection, [entry("b"), entry("a", "x'; DROP TABLE é")]) == 2
        assert decisions.append(connection, [entry("a"), entry("c")]) == 1
    with store.read() as connection:
        assert [one["id"] for one in decisions.load(connection)] == ["b", "a", "c"]
        first, *rest = decisions.load_after(connection, 0)
        assert decisions.load_after(connection, first[0]) == rest
        assert rest[0][1]["text"] == "x'; DROP TABLE é"
        assert decisions.load_after(connection, rest[-1][0]) == []


def test_content_can_be_taken_away(store: Store) -> None:
    with store.begin() as connection:
        decisions.append(connection, [entry("a", "secret"), entry("b")])
        decisions.blank(connection, {"a": {"id": "a"}})
    with store.read() as connection:
        assert decisions.load(connection) == [{"id": "a"}, {"id": "b", "text": ""}]
