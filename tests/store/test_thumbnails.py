"""The cache of thumbnails: damaged, it is thrown away, and nothing of it stays."""

from pathlib import Path

import pytest

from prosopon.store.thumbnails import Thumbnails


def damaged(folder: Path) -> Thumbnails:
    """A cache with pictures, whose file holds something else after its header."""
    cache = Thumbnails(folder)
    cache.put({number: bytes([number]) * 3000 for number in range(40)})
    file = folder / "thumbnails.sqlite"
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + b"\x55" * (len(whole) - 100))
    return cache


@pytest.mark.parametrize("ask", ["ids", "get", "put", "drop"])
def test_a_damaged_cache_is_begun_anew(tmp_path: Path, ask: str) -> None:
    cache = damaged(tmp_path)
    if ask == "ids":
        assert cache.ids() == []
    elif ask == "get":
        assert cache.get([3]) == {}
    elif ask == "put":
        cache.put({3: b"new"})
        assert cache.get([3]) == {3: b"new"}
    else:
        cache.drop([3])
        left = [path.read_bytes() for path in tmp_path.iterdir()]
        assert not any(bytes([5]) * 100 in each or b"\x55" * 100 in each for each in left)
    cache.put({7: b"again"})
    assert cache.get([7]) == {7: b"again"} and 7 in cache.ids()


def test_what_is_dropped_leaves_no_bytes(tmp_path: Path) -> None:
    cache = Thumbnails(tmp_path)
    cache.put({1: b"A" * 5000, 2: b"B" * 5000})
    cache.drop([1])
    assert cache.ids() == [2]
    assert not any(b"A" * 100 in path.read_bytes() for path in tmp_path.iterdir())


def test_held_open_others_read_and_drop_what_was_put(tmp_path: Path) -> None:
    cache, other = Thumbnails(tmp_path / "made"), Thumbnails(tmp_path / "made")
    with cache.held_open():
        cache.put({1: b"A" * 5000, 2: b"B" * 5000})
        assert other.ids() == [1, 2]
        other.drop([1])
        assert not any(b"A" * 100 in path.read_bytes() for path in (tmp_path / "made").iterdir())
        cache.put({3: b"C"})
    assert other.get([1, 2, 3]) == {2: b"B" * 5000, 3: b"C"}


def test_held_open_a_damaged_cache_is_begun_anew(tmp_path: Path) -> None:
    cache = damaged(tmp_path)
    with cache.held_open():
        cache.put({3: b"new"})
    assert cache.ids() == [3]
