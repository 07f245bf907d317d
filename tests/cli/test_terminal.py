"""What is printed: in any encoding, no commands to the terminal, to readers who leave early."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from prosopon.cli.terminal import Terminal, printable_json
from prosopon.errors import ProsoponError, UsageError
from prosopon.people import Decision, Kind, from_json, to_json
from prosopon.persons import clean_name, new_person_id, search_key
from prosopon.store import faces, open_store
from prosopon.store.current import current


def prosopon(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "prosopon", *arguments]
    return subprocess.run(command, capture_output=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252", "utf-8"])
def test_letters_that_a_terminal_lacks_are_escaped(collection: Path, encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    added = prosopon("people", "add", "Łukasz Żółć", "-c", str(collection), env=environment)
    assert added.returncode == 0, added.stderr
    shown = prosopon("people", "list", "-c", str(collection), env=environment)
    assert shown.returncode == 0
    assert ("Łukasz" if encoding == "utf-8" else "\\u0141ukasz") in shown.stdout.decode(encoding)
    listed = prosopon("people", "list", "--json", "-c", str(collection), env=environment)
    assert (
        json.loads(listed.stdout.decode(encoding))["people"][0]["person"]["name"] == "Łukasz Żółć"
    )


def test_text_of_others_cannot_steer_the_terminal() -> None:
    written = io.StringIO()
    Terminal(file=written, force_terminal=True).print("a\x1b]0;title\x07b\x9b2J\u202ec\tå\n")
    assert not set("\x07\x9b\u202e") & set(written.getvalue())
    assert "\x1b]" not in written.getvalue() and "\\x1b]0;title" in written.getvalue()
    odd = "\x1b\x7f\x9b\u061c\u200b\u200f\u2028\u202e\u2066\ufeff"
    Terminal(file=written, force_terminal=True, width=200).print(f"|{odd}|")
    assert not set(odd) & set(written.getvalue().split("|")[1])
    said = printable_json(json.dumps([odd, "Łukasz"], ensure_ascii=False))
    assert said.isprintable() and "Łukasz" in said and json.loads(said)[0] == odd


def test_a_reader_who_leaves_is_no_failure(collection: Path) -> None:
    for number in range(3):
        prosopon("people", "add", f"Anna {number}", "-c", str(collection))
    verb = f"{sys.executable} -m prosopon people list -c {collection}"
    done = subprocess.run(
        ["bash", "-c", f"{verb} | true; echo ${{PIPESTATUS[0]}}"], capture_output=True, check=True
    )
    assert done.stdout.strip() == b"0" and b"Traceback" not in done.stderr


_PRINTING = ["", "--help", "--version", "people --help", "log", "log --json", "people list"]


@pytest.mark.parametrize("words", _PRINTING)
def test_output_that_nobody_reads_or_that_is_full(collection: Path, words: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    environment["PROSOPON_COLLECTION"] = str(collection)
    command = [sys.executable, "-m", "prosopon", *words.split()]
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe, Path("/dev/full").open("wb") as full:
        left, lost = (
            subprocess.run(
                command, stdout=out, stderr=subprocess.PIPE, env=environment, check=False
            )
            for out in (pipe, full)
        )
    assert (left.returncode, left.stderr) == (0, b"")
    assert lost.returncode == 1
    assert lost.stderr == b"error: standard output can't be written: No space left on device\n"


def test_a_closed_output_is_no_place_for_files(collection: Path) -> None:
    verb = f"{sys.executable} -m prosopon people add Anna -c {collection}"
    done = subprocess.run(["bash", "-c", f"{verb} >&-"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Anna" in prosopon("people", "list", "-c", str(collection)).stdout.decode()


def test_a_table_goes_through_a_pipe(collection: Path) -> None:
    done = prosopon("export", "/dev/stdout", "--format", "csv", "-c", str(collection))
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().count(".jpg") > 1


def test_names_do_not_differ_by_what_nobody_sees() -> None:
    for (
        hidden
    ) in "\u200b\ufeff\u200e\u202e\u00ad\ufe0f\u3164\u115f\u034f\u2800\U000e0101\u200c\u200d":
        assert clean_name(f"An{hidden}na{hidden}") == "Anna"
    for joiners in ("\u200c", "\u200c\u200c", "\u200c\u200d"):
        assert clean_name(f"می{joiners}خواهم\u200c") == "می\u200cخواهم"
    assert search_key("می\u200cخواهم") == search_key("میخواهم")
    with pytest.raises(UsageError):
        clean_name("\u200b\u3164")


def test_an_entry_without_an_identifier_is_refused() -> None:
    entry = to_json(Decision("Ada", Kind.CREATE, persons=(new_person_id(),), changes={"name": "A"}))
    for id in ("", "x" * 37, "a\nb"):
        with pytest.raises(UsageError, match="identifier"):
            from_json({**entry, "id": id})


@pytest.mark.parametrize("table", ["embeddings", "faces"])
def test_damaged_numbers_are_named(collection: Path, table: str) -> None:
    column = {"embeddings": "vector", "faces": "landmarks"}[table]
    with open_store(str(collection)) as store:
        with store.begin() as connection:
            connection.exec_driver_sql(f"UPDATE {table} SET {column} = x'00' WHERE rowid = 2")
        with store.read() as connection, pytest.raises(ProsoponError, match="face 2"):
            chosen = current(store, connection)
            faces.load_faces(connection, detector_id=chosen.detector_id)
            faces.load_embeddings(connection, chosen.embedder, chosen.detector_id)


def test_undoing_a_merge_says_who_was_merged(collection: Path) -> None:
    for name in ("Anna", "Berta"):
        prosopon("people", "add", name, "-c", str(collection))
    merged = prosopon("merge", "Anna", "Berta", "-c", str(collection))
    assert merged.returncode == 0, merged.stderr
    undone = prosopon("undo", "-c", str(collection))
    assert b"Berta merged into Anna" in undone.stdout, undone.stderr
