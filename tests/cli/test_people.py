"""The verbs on people, as a user calls them."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from prosopon.cli.app import app, load_verbs
from prosopon.store import clusterings, faces, open_store

pytestmark = pytest.mark.models
load_verbs()
Run = Callable[..., Result]
Say = Callable[..., Any]


@pytest.fixture
def run(collection: Path) -> Run:
    def call(*arguments: object) -> Result:
        given = [str(argument) for argument in arguments]
        return CliRunner().invoke(app, [*given, "-c", str(collection)])

    return call


@pytest.fixture
def say(run: Run) -> Say:
    """Run a verb that must succeed; gives what it says as JSON."""

    def call(*arguments: object) -> Any:
        result = run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return call


@pytest.fixture
def clusters(collection: Path) -> dict[int, list[int]]:
    """Lasting identifier → faces, of the clusters of three or more."""
    with open_store(str(collection)) as store, store.read() as connection:
        run = clusterings.find(connection)
        assert run is not None
        made = clusterings.load(connection, run.id)
        names = clusterings.identifiers(connection, run.id)
        found: dict[int, list[int]] = {}
        for face, label in zip(made.face_ids.tolist(), made.labels.tolist(), strict=True):
            found.setdefault(names[label], []).append(face)
    return {name: members for name, members in found.items() if len(members) > 2}


@pytest.fixture
def face_ids(collection: Path) -> list[int]:
    with open_store(str(collection)) as store, store.read() as connection:
        return faces.load_faces(connection).ids.tolist()


def named(say: Say, person: str) -> list[int]:
    found: list[int] = say("people", "show", person)["faces"]
    return found


def test_name_a_cluster_and_take_it_back(say: Say, clusters: dict[int, list[int]]) -> None:
    cluster, members = next(iter(clusters.items()))
    done = say("label", "--cluster", cluster, "--name", "Anna Tamm", "--author", "Ada")
    assert done["message"] == f"{len(members)} faces named Anna Tamm."
    assert named(say, "anna tamm") == sorted(members)
    assert named(say, done["person"]) == sorted(members)
    say("undo", "--author", "Ada")
    assert say("people", "list")["people"] == []
    told = say("log")
    assert [step["holds"] for step in told["steps"]] == [True, False, False]
    assert told["steps"][0]["author"] == "Ada"
    say("redo", 1, 2)
    assert named(say, "Anna Tamm") == sorted(members)


def test_many_steps_taken_back_together_are_told_in_brief(say: Say, face_ids: list[int]) -> None:
    say("people", "add", "Anna")
    for face in face_ids[:5]:
        say("label", face, "--name", "Anna")
    steps = [step["id"] for step in say("log")["steps"][:5]]
    assert "; and 2 more steps" in say("undo", *steps)["message"]
    assert say("log", "--limit", 1)["steps"][0]["told"].endswith("; and 2 more steps")
    assert "more step" not in say("redo", steps[0])["message"]


def test_everything_that_can_be_said_of_faces(say: Say, face_ids: list[int]) -> None:
    first, second, third, *_ = face_ids
    say("people", "add", "Mari")
    say("label", first, "--name", "Anna")
    say("label", second, "--name", "Anna", "--name", "Mari")
    say("label", third, "--name", "anna", "--doubtful")
    assert named(say, "Anna") == [first, second, third]
    say("label", second, "--not", "Mari", "--not", "Anna")
    assert named(say, "Mari") == []
    for flag in ("--ignore", "--not-a-face", "--statue"):
        say("label", second, flag)
    say("label", first, third, "--same")
    say("label", first, second, "--different")
    say("label", first, "--note", "by the door\n<b>")
    assert len(say("log", "--limit", 3)["steps"]) == 3
    assert say("conflicts")["conflicts"] == []


def test_a_person_with_all_that_is_known(say: Say) -> None:
    say(
        *("people", "add", "Anna Tamm", "--born", "1871?", "--variant", "A. Tamm"),
        *("--variant", "אַנָּה", "--link", "https://viaf.org/viaf/1", "--note", "a; b"),
    )
    say("people", "change", "A. TAMM", "--name", "Anna Kask", "--died", "1944-03", "--variant", "")
    shown = say("people", "show", "anna kask")["person"]
    assert (shown["born"], shown["died"], shown["variants"]) == ("1871?", "1944-03", [])
    assert shown["links"] == ["https://viaf.org/viaf/1"]
    assert say("people", "list", "kask")["people"][0]["person"]["note"] == "a; b"
    assert say("people", "change", shown["id"], "--died", "1944-03")["decisions"] == []


def test_restricted_persons_are_only_where_asked_for(
    say: Say, run: Run, face_ids: list[int], tmp_path: Path
) -> None:
    say("label", face_ids[0], "--name", "Secret")
    say("people", "change", "Secret", "--restrict")
    assert say("people", "list")["people"] == []
    assert "Secret" not in run("log").stdout
    assert face_ids[0] not in {s["face"] for s in say("suggest", "--limit", 1000)["names"]}
    assert run("label", face_ids[0], "--name", "Anna").exit_code == 2
    page = tmp_path / "report.html"
    say("report", page)
    assert page.read_text("utf-8").count("data:image/jpeg") == len(face_ids) - 1
    (only,) = say("people", "list", "--restricted")["people"]
    assert (only["person"]["name"], only["faces"]) == ("Secret", 1)
    say("people", "change", "Secret", "--release")
    assert named(say, "Secret") == face_ids[:1]


def test_a_cluster_that_is_not_all_one_person(
    say: Say, run: Run, clusters: dict[int, list[int]]
) -> None:
    cluster, members = next(iter(clusters.items()))
    done = say("split", "--cluster", cluster, "--author", "Ada")
    assert f"Cluster {cluster}: " in done["message"]
    assert f"{len(members)} faces: not all one person" in say("log")["steps"][0]["told"]
    refused = run("split", members[0], "--cluster", cluster)
    assert refused.exit_code == 2
    assert "leave the others out" in refused.output


def test_merge_and_split(say: Say, face_ids: list[int]) -> None:
    first, second, third, *_ = face_ids
    say("label", first, second, "--name", "Anna")
    say("label", third, "--name", "Ann")
    say("merge", "Anna", "Ann")
    assert named(say, "Ann") == [first, second, third]  # a name variant now
    say("split", third, "--from", "Anna", "--name", "Anna jr.")
    assert (named(say, "Anna"), named(say, "Anna jr.")) == ([first, second], [third])
    say("split", second)
    (nameless,) = [p["person"] for p in say("people", "list")["people"] if p["person"]["nameless"]]
    assert named(say, nameless["id"]) == [second]


def test_linked_clusters_share_a_name(say: Say, clusters: dict[int, list[int]]) -> None:
    one, other, *_ = clusters
    say("merge", one, other, "--clusters")
    say("label", "--cluster", one, "--name", "Anna")
    assert set(named(say, "Anna")) & set(clusters[other])


def test_suggestions_follow_what_is_decided(say: Say, clusters: dict[int, list[int]]) -> None:
    cluster, (first, second, *rest) = max(clusters.items(), key=lambda item: len(item[1]))
    questions = say("suggest", "--questions")["questions"]
    assert questions[0]["gain"] >= questions[-1]["gain"]
    anna = say("label", first, "--name", "Anna")["person"]
    (best, *_) = say("suggest", second)["names"]
    assert (best["name"], best["person"], best["evidence_face"] in (first, *rest)) == (
        "Anna",
        anna,
        True,
    )
    soft = say("propagate", "--cluster", cluster)["faces"]
    assert {one["face"] for one in soft} == {second, *rest}
    assert all(one["person"] == anna and one["probability"] < 1 for one in soft)
    assert anna in {question["person"] for question in say("suggest", "--questions")["questions"]}
    say("label", second, "--not", "Anna")
    assert anna not in {one["person"] for one in say("suggest", second)["names"]}
    merges = say("suggest", "--merges")["merges"]
    chances = [one["probability"] for one in merges]
    assert chances == sorted(chances, reverse=True)
    assert say("suggest", "--merges", "--limit", 1)["merges"] == merges[:1]


def test_two_authors_who_contradict(say: Say, face_ids: list[int]) -> None:
    say("label", face_ids[0], "--name", "Anna", "--author", "Ada")
    say("label", face_ids[0], "--name", "Mari", "--author", "Ben")
    assert named(say, "Anna") == named(say, "Mari") == []
    (conflict,) = say("conflicts")["conflicts"]
    steps = {step["author"]: step["number"] for step in conflict["steps"]}
    say("undo", steps["Ben"], "--author", "Ada")
    assert named(say, "Anna") == face_ids[:1]
    assert say("conflicts")["conflicts"] == []


def test_present_without_a_face(say: Say, run: Run, collection: Path) -> None:
    photo = next((collection.parent / "images").iterdir())
    say("people", "present", "Bob", photo, "--box", 1, 2, 30, 40)
    assert "present without a face" in say("log")["steps"][0]["told"]
    assert run("people", "present", "Bob", photo, "--box", 1, 2, 3000, 40).exit_code == 2
    assert run("people", "present", "Bob", "none.jpg").exit_code == 2


def test_two_persons_of_one_name_are_told_apart(say: Say, run: Run, face_ids: list[int]) -> None:
    first = say("people", "add", "Jaan Tamm", "--born", "1900")["person"]
    second = say("label", face_ids[0], "--name", "Jaan Tamm", "--new")["person"]
    assert first != second
    result = run("label", face_ids[1], "--name", "jaan tamm")
    assert result.exit_code == 2
    assert first in result.stderr and second in result.stderr and "1900" in result.stderr
    say("label", face_ids[1], "--name", f"urn:uuid:{second}")
    assert named(say, second) == face_ids[:2]


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "x'); DROP TABLE decisions; --",
        "=cmd|' /C calc'!A0",
        "مُحَمَّد",
        "שָׁלוֹם",
        "Z\u0351\u0323a\u0300lgo",
        "[bold]not markup[/bold]",
        "../../etc/passwd",
        "-rf",
    ],
)
def test_any_name_comes_back_as_it_was_given(
    name: str, say: Say, run: Run, face_ids: list[int]
) -> None:
    say("label", face_ids[0], f"--name={name}")
    (person,) = say("people", "list")["people"]
    assert named(say, person["person"]["id"]) == face_ids[:1]
    assert say("people", "list", name.lstrip("-"))["people"] == [person]
    assert run("people", "list").exit_code == run("log").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("label", 999_999, "--name", "Anna"),
        ("label", "--name", "Anna"),
        ("label", "--cluster", 999_999, "--name", "Anna"),
        ("label", 1, "--name", "x" * 10_000),
        ("label", 1, "--name", " "),
        ("label", 1, "--name", "nul\x00"),
        ("label", 1, "--name", "00000000-0000-0000-0000-000000000000"),
        ("label", 1, "--name", "Anna", "--ignore"),
        ("label", 1),
        ("label", 1, "--same"),
        ("label", 1, "--not", "Nobody"),
        ("people", "show", "Nobody"),
        ("people", "add", "Anna", "--born", "yesterday"),
        ("people", "add", "Anna", "--link", "javascript"),
        ("people", "add", "Anna", "--note", "x" * 30_000),
        ("people", "change", "Nobody", "--name", "Anna"),
        ("merge", "Nobody", "Anna"),
        ("merge", 999_999, 1, "--clusters"),
        ("split", 1, "--from", "Nobody"),
        ("suggest", 999_999),
        ("suggest", 1, "--merges"),
        ("propagate", "--cluster", 999_999),
        ("undo",),
        ("undo", 1),
        ("undo", "9" * 5000),
        ("redo", "../.."),
        ("export",),
        ("export", "a.txt"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    arguments: tuple[object, ...], run: Run, say: Say
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert "error:" in result.stderr
    assert say("log")["length"] == 0


def test_before_anything_is_indexed(tmp_path: Path) -> None:
    empty = str(tmp_path / "empty.prosopon")
    for arguments in (["people", "list"], ["label", "1", "--ignore"], ["log"]):
        result = CliRunner().invoke(app, [*arguments, "-c", empty])
        assert result.exit_code == 1
        assert "no such collection" in result.stderr


def test_decisions_are_made_while_another_run_writes(say: Say, collection: Path) -> None:
    with open_store(str(collection)) as store, store.writing():
        say("people", "add", "Anna")
    assert len(say("people", "list")["people"]) == 1


@pytest.mark.parametrize("method", ["adaptive", "dbscan", "k-means"])
def test_a_new_clustering_keeps_to_what_was_decided(
    method: str, say: Say, run: Run, collection: Path, clusters: dict[int, list[int]]
) -> None:
    (first, second, third, *_), other, *_ = clusters.values()
    say("label", first, *other, "--name", "Anna")
    say("label", second, "--name", "Mari")
    say("label", second, third, "--same")
    ignored = other.pop()
    say("undo")  # the link; names stay
    say("label", first, third, "--different")
    say("label", ignored, "--ignore")  # replaces the name
    parameters = ["--set", "n_clusters=7"] if method == "k-means" else []
    say("cluster", "--method", method, *parameters)
    with open_store(str(collection)) as store, store.read() as connection:
        run_made = clusterings.find(connection)
        assert run_made is not None
        made = clusterings.load(connection, run_made.id)
    label = dict(zip(made.face_ids.tolist(), made.labels.tolist(), strict=True))
    assert len({label[face] for face in (first, *other)}) == 1
    assert len({label[first], label[second]}) == 2
    assert label[third] != label[first]
    assert label[ignored] == -1


def test_a_photograph_taken_after_the_death_warns(
    say: Say, collection: Path, clusters: dict[int, list[int]]
) -> None:
    first, second, *_ = next(iter(clusters.values()))
    with closing(sqlite3.connect(collection)) as database, database:
        database.execute(
            "INSERT INTO descriptions SELECT id, 'catalogue', ?, '' FROM photos",
            ('{"dates": [["1950-06-01", "catalogue"]]}',),
        )
    say("label", first, "--name", "Anna")
    assert say("suggest", second)["names"][0]["warning"] == ""
    say("people", "change", "Anna", "--died", "1944")
    assert say("suggest", second)["names"][0]["warning"] == "taken 1950, but died 1944"
    say("people", "change", "Anna", "--died", "", "--born", "1951")
    assert say("suggest", second)["names"][0]["warning"] == "taken 1950, but born 1951"
