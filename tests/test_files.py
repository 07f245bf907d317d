"""Files: whole or not at all, and errors that name them."""

import os
from pathlib import Path

import numpy as np
import pytest

from prosopon.errors import ProsoponError, UsageError
from prosopon.files import (
    parse_json,
    parse_toml,
    read_bytes,
    read_table,
    replacing,
    write_table,
    write_text,
    write_toml,
)


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "rows.npy"
    with replacing(target) as fresh:
        np.save(fresh, np.arange(3))
        assert not target.exists()
    assert [file.name for file in target.parent.iterdir()] == ["rows.npy"]


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    write_text(target, "old\r\n")
    with pytest.raises(ZeroDivisionError), replacing(target) as fresh:
        fresh.write_bytes(b"half of the n")
        raise ZeroDivisionError
    assert target.read_bytes() == b"old\r\n"
    assert list(tmp_path.iterdir()) == [target]


def test_what_cant_be_written_is_named(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "a file")
    for target in (tmp_path, tmp_path / "a.txt" / "b.txt"):
        with pytest.raises(ProsoponError, match=f"^{target}: can't be written: "):
            write_text(target, "")
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "b.txt"):
        (tmp_path / "another file").read_bytes()


def test_links_and_what_is_no_file_stay_what_they_are(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "a.txt").chmod(0o640)
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "a.txt").read_bytes() == b"new"
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640
    write_text(Path("/dev/null"), "gone")
    assert not Path("/dev/null").is_file()


def test_tables_come_back(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    write_table(file, [{"a": 1, "b": 'x, "y"\nz'}, {"a": 2, "c": "ä"}])
    assert read_table(file, {"a", "c"}) == [
        {"a": "1", "b": 'x, "y"\nz', "c": ""},
        {"a": "2", "b": "", "c": "ä"},
    ]
    write_table(file, iter([(1, 2)]), ("a", "b"))
    assert file.read_bytes() == b"a,b\n1,2\n"
    write_table(file, [], ("a",))
    assert read_table(file) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\n1\n", "t.csv: expected the columns a, b; b missing"),
        (b"a,b\n1,2\n3\n", "t.csv, line 3: has not a cell for each column"),
        (b"a,b\n1,2,3\n", "t.csv, line 2: has not a cell for each column"),
        (b"a,b\n\xff,1\n", "t.csv: not a text in UTF-8"),
        (b'a,b\n"x"y,1\n', "t.csv: not a CSV file"),
        (None, "t.csv: can't be read: No such file"),
    ],
)
def test_what_is_no_such_table_is_said(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(ProsoponError, match=message):
        read_table(tmp_path / "t.csv", {"a", "b"})


def test_toml_comes_back_without_none(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    values = {"name": 'a "b"\n', "sizes": (1, 2), "scale": 0.1, "inner": {"on": True, "off": None}}
    write_toml(file, {**values, "nothing": None})
    assert parse_toml(file.read_bytes(), file) == {
        **values,
        "sizes": [1, 2],
        "inner": {"on": True},
    }
    with pytest.raises(ProsoponError, match="a.toml: not TOML"):
        parse_toml(b"\xff", "a.toml")


def test_pipes_and_devices_are_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "t.csv"
    os.mkfifo(pipe)
    for file in (pipe, Path("/dev/zero")):
        with pytest.raises(ProsoponError, match=f"^{file}: can't be read: not a regular file"):
            read_table(file)
    write_text(tmp_path / "a.txt", "12345")
    assert read_bytes(tmp_path / "a.txt", 5) == b"12345"
    with pytest.raises(OSError, match="larger than 4 bytes"):
        read_bytes(tmp_path / "a.txt", 4)


def test_what_the_shell_opened_is_read(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"a\n1\n")
    os.close(writing)
    assert read_table(Path(f"/dev/fd/{reading}")) == [{"a": "1"}]
    os.close(reading)


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="too deeply"):
        parse_json("[" * 200_000)
    with pytest.raises(UsageError, match=r"^card\.toml: not TOML"):
        parse_toml(b"a = " + b"[" * 200_000, "card.toml")
