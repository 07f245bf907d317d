"""Nothing that was decided is lost: copies while others write, restored, replayed from text."""

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prosopon.cli.app import app, load_verbs
from prosopon.collection import Collection
from prosopon.collection.backup import decisions_since_backup, restore
from prosopon.config import load
from prosopon.errors import ProsoponError, UsageError
from prosopon.people import Decision, Kind, to_json
from prosopon.persons import new_person_id
from prosopon.store import Store, decisions, open_store


def person(name: str) -> Decision:
    return Decision("Ada", Kind.CREATE, persons=(new_person_id(),), changes={"name": name})


def decide(store: Store, *made: Decision) -> None:
    with store.begin() as connection:
        decisions.append(connection, [to_json(entry) for entry in made])


def log_of(name: str | Path) -> list[dict[str, object]]:
    with open_store(str(name), create=False) as store, store.read() as connection:
        return decisions.load(connection)


def collection_of(store: Store) -> Collection:
    return Collection(store, load(collection=store.name))


@pytest.fixture
def opened(tmp_path: Path):  # type: ignore[no-untyped-def]
    with open_store(str(tmp_path / "a.prosopon")) as store:
        yield store


def test_a_backup_has_what_the_journal_has_and_plain_copies_lack(
    opened: Store, tmp_path: Path
) -> None:
    decide(opened, *(person(f"P{number}") for number in range(58)))
    made = collection_of(opened).backup(tmp_path / "b.prosopon")
    assert made.decisions == 58 and not list(tmp_path.glob("b.prosopon-*"))
    assert len(log_of(made.file)) == 58
    lines = Path(made.log).read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == log_of(tmp_path / "a.prosopon")


def test_backups_while_others_write_hold_one_moment_each(opened: Store, tmp_path: Path) -> None:
    ended = threading.Event()

    def write() -> None:
        with open_store(opened.name) as other:
            while not ended.is_set():
                decide(other, person("left"), person("right"))  # both or none

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(10):
            made = collection_of(opened).backup(tmp_path / f"{number}.prosopon")
            assert made.decisions % 2 == 0
            assert len(log_of(made.file)) == len(Path(made.log).read_text("utf-8").splitlines())
    finally:
        ended.set()
        writer.join()


def test_restored_it_is_what_it_was(collection: Path, tmp_path: Path) -> None:
    with open_store(str(collection)) as store:
        decide(store, person("Łukasz"), person("Zoë"))
        made = collection_of(store).backup(tmp_path)
        before = _contents(collection)
    assert Path(made.file).parent == tmp_path
    restore(made.file, str(tmp_path / "new.prosopon"))
    after = _contents(tmp_path / "new.prosopon")
    # the collection itself notes that it was backed up
    before["collection"] = [row for row in before["collection"] if row[0] != "backup"]
    assert before == after and len(after["faces"]) > 10
    with pytest.raises(ProsoponError, match="there is a collection already"):
        restore(made.file, str(collection))


def test_a_log_replays_into_an_empty_collection_and_no_other(opened: Store, tmp_path: Path) -> None:
    decide(opened, person("Anna"), person("Ben"))
    made = collection_of(opened).backup(tmp_path)
    assert restore(made.log, str(tmp_path / "new.prosopon")).decisions == 2
    assert log_of(tmp_path / "new.prosopon") == log_of(opened.name)
    with pytest.raises(ProsoponError, match="decisions of its own"):
        restore(made.log, str(tmp_path / "new.prosopon"))
    spoilt = tmp_path / "spoilt.jsonl"
    spoilt.write_text(Path(made.log).read_text("utf-8") + '{"kind": "no"}\n', "utf-8")
    with pytest.raises(ProsoponError, match="line 3"):
        restore(spoilt, str(tmp_path / "newer.prosopon"))
    assert not (tmp_path / "newer.prosopon").exists()


def test_what_is_damaged_is_not_restored(collection: Path, tmp_path: Path) -> None:
    with open_store(str(collection)) as store:
        made = collection_of(store).backup(tmp_path / "b.prosopon")
    content = bytearray(Path(made.file).read_bytes())
    content[8192:12288] = bytes(range(256)) * 16
    Path(made.file).write_bytes(content)
    with pytest.raises(ProsoponError, match=r"b\.prosopon"):
        restore(made.file, str(tmp_path / "c.prosopon"))
    assert not (tmp_path / "c.prosopon").exists()
    for nothing in (tmp_path / "none", tmp_path):
        with pytest.raises(ProsoponError):
            restore(nothing, str(tmp_path / "c.prosopon"))


def test_a_slash_at_the_end_means_a_folder(opened: Store, tmp_path: Path) -> None:
    made = collection_of(opened).backup(f"{tmp_path}/copies/")
    assert Path(made.file).parent == tmp_path / "copies" and Path(made.log).exists()


def test_nothing_is_overwritten(opened: Store, tmp_path: Path) -> None:
    (tmp_path / "b.prosopon").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        collection_of(opened).backup(tmp_path / "b.prosopon")
    assert (tmp_path / "b.prosopon").read_text() == "mine"


def test_what_no_backup_holds_is_counted(opened: Store, tmp_path: Path) -> None:
    own = collection_of(opened)
    decide(opened, person("Anna"))
    assert decisions_since_backup(own) == 1
    own.backup(tmp_path)
    assert decisions_since_backup(own) == 0
    decide(opened, person("Ben"), person("Eva"))
    assert decisions_since_backup(own) == 2


def test_between_a_server_and_a_file(postgresql: str, tmp_path: Path, collection: Path) -> None:
    with open_store(f"{postgresql}/postgres") as admin:
        raw = admin._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        raw.exec_driver_sql("CREATE DATABASE restored")
        raw.close()
    with open_store(str(collection)) as store:
        decide(store, person("Łukasz"))
        made = collection_of(store).backup(tmp_path / "b.prosopon")
    server = f"{postgresql}/restored"
    restore(made.file, server)
    with open_store(server) as store:
        decide(store, person("Ben"))  # it counts on
        back = collection_of(store).backup(tmp_path / "c.prosopon")
    there, here = _contents(Path(back.file)), _contents(Path(made.file))
    assert len(there.pop("decisions")) == 2 and len(here.pop("decisions")) == 1
    there.pop("collection"), here.pop("collection")
    assert there == here


def test_a_collection_that_cannot_be_written_is_read(
    collection: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_verbs()
    monkeypatch.setattr("prosopon.store.opening._can_be_written", lambda file: not file.exists())
    before = collection.read_bytes()
    for verb in (["status"], ["people", "list"], ["export", str(tmp_path / "x.csv")], ["log"]):
        done = CliRunner().invoke(app, [*verb, "-c", str(collection)])
        assert done.exit_code == 0, done.output
    done = CliRunner().invoke(app, ["people", "add", "Anna", "-c", str(collection)])
    assert done.exit_code == 1 and "can't be written" in done.output
    assert collection.read_bytes() == before
    assert not list(collection.parent.glob("album.prosopon-*"))


def _contents(file: Path) -> dict[str, list[tuple[object, ...]]]:
    copy = file.with_name("contents.sqlite")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as database:
        source.backup(database)
    with closing(sqlite3.connect(copy)) as database:
        names = [
            row[0]
            for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        found = {
            name: sorted(database.execute(f"SELECT * FROM {name}"), key=repr) for name in names
        }
    copy.unlink()
    found.pop("sqlite_sequence", None)
    return found


def test_the_verbs(collection: Path, tmp_path: Path) -> None:
    load_verbs()
    run = CliRunner().invoke
    target = tmp_path / "copies"
    target.mkdir()
    done = run(app, ["backup", str(target), "-c", str(collection)])
    assert done.exit_code == 0, done.output
    (file,) = target.glob("album-*.prosopon")
    done = run(app, ["restore", str(file), "-c", str(tmp_path / "new.prosopon")])
    assert done.exit_code == 0, done.output
    shutil.rmtree(target)


def test_where_a_copy_has_no_room_the_copy_is_named(collection: Path, tmp_path: Path) -> None:
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from prosopon.store import copies, open_store\n"
        "with open_store(sys.argv[1], create=False) as store:\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
        "    copies.back_up(store, Path(sys.argv[2]))\n"
    )
    target = tmp_path / "full" / "copy.prosopon"
    command = [sys.executable, "-c", program, str(collection), str(target)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode and f"ProsoponError: {target}" in done.stderr, done.stderr
    assert list(target.parent.iterdir()) == []
