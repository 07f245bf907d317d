"""Users and roles: what each may do in a collection, whatever asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import prosopon
from prosopon.collection import Collection
from prosopon.errors import NotAllowed, UsageError
from prosopon.people import Kind

pytestmark = pytest.mark.models
FACES = [1, 2, 3]


@pytest.fixture
def archive(collection: Path) -> Iterator[Collection]:
    """A collection with a user of each role."""
    with prosopon.open(collection) as opened:
        opened.users.by("Olga").add("Olga", "owner")
        by = opened.users.by("Olga")
        for name, role in (("Rita", "reader"), ("Kati", "contributor"), ("Cleo", "curator")):
            by.add(name, role)
        yield opened


def names(collection: Collection) -> dict[int, str]:
    """Face → name, for what is decided."""
    return {
        face: collection.state.people[who.persons[0]].name
        for face, who in collection.state.names.items()
    }


def test_without_users_whoever_opens_is_the_owner(collection: Path) -> None:
    with prosopon.open(collection) as opened:
        assert not opened.users and list(opened.users.list()) == []
        opened.people.by("anybody").name(FACES, "Anna")
        assert names(opened) == dict.fromkeys(FACES, "Anna")


def test_the_first_user_is_an_owner_and_one_always_is(collection: Path) -> None:
    with prosopon.open(collection) as opened:
        with pytest.raises(UsageError, match="first user"):
            opened.users.add("Ada", "curator")
        opened.users.add("Ada", "owner")
        by = opened.users.by("Ada")
        by.add("Ben", "curator")
        with pytest.raises(UsageError, match="already"):
            by.add("BEN", "reader")
        with pytest.raises(UsageError, match="only owner"):
            by.remove("Ada")
        with pytest.raises(UsageError, match="only owner"):
            by.role("Ada", "reader")
        by.role("Ben", "owner")
        by.remove("Ada")
        opened.users.by("Ben").remove("Ben")
        assert not opened.users


def test_only_known_users_decide(archive: Collection) -> None:
    with pytest.raises(UsageError, match=r"Mallory: is no user.*Cleo, Kati, Olga, Rita"):
        archive.people.by("Mallory").name(FACES, "Anna")
    with pytest.raises(NotAllowed, match="Rita is a reader"):
        archive.people.by("Rita").name(FACES, "Anna")
    assert len(archive.decisions) == 0
    archive.people.by("Cleo").name(FACES, "Anna")
    assert names(archive) == dict.fromkeys(FACES, "Anna")


@pytest.mark.parametrize("name", ["Rita", "Kati", "Cleo"])
def test_only_an_owner_changes_users_and_forgets(archive: Collection, name: str) -> None:
    archive.people.by("Cleo").name(FACES, "Anna")
    with pytest.raises(NotAllowed, match="owner"):
        archive.users.by(name).role(name, "owner")
    with pytest.raises(NotAllowed, match="owner"):
        archive.users.by(name).link("Olga")
    with pytest.raises(NotAllowed, match="owner"):
        archive.forget("Anna", author=name)
    assert archive.users.find(name) is not None and names(archive)


def test_what_a_contributor_says_waits(archive: Collection) -> None:
    done = archive.people.by("Kati").name(FACES, "Anna")
    assert done.message.startswith("Suggested: 3 faces named Anna")
    assert names(archive) == {} and len(archive.people.list()) == 0
    (waiting,) = archive.contributions.list()
    assert (waiting.author, waiting.faces, waiting.told) == ("Kati", FACES, ["3 faces: Anna"])
    accepted = archive.contributions.by("Cleo").accept(*done.decisions)
    assert names(archive) == dict.fromkeys(FACES, "Anna")
    assert {entry.author for entry in archive.decisions if not entry.contributed} == {"Cleo"}
    assert "suggested by Kati" in archive.people.log()[0].told
    assert len(archive.contributions.list()) == 0
    archive.people.by("Cleo").undo(*accepted.decisions)  # as if it had not been accepted
    assert names(archive) == {} and len(archive.contributions.list()) == 1
    archive.contributions.by("Olga").decline(*done.decisions)
    assert names(archive) == {} and len(archive.contributions.list()) == 0


def test_a_contributor_takes_back_only_what_they_suggested(archive: Collection) -> None:
    curated = archive.people.by("Cleo").name([4], "Berta")
    done = archive.people.by("Kati").name(FACES, "Anna")
    kati = archive.people.by("Kati")
    with pytest.raises(NotAllowed, match="only what they suggested"):
        kati.undo(*curated.decisions)
    with pytest.raises(NotAllowed):
        archive.contributions.by("Kati").accept(*done.decisions)
    with pytest.raises(NotAllowed):
        archive.contributions.by("Kati").decline(*done.decisions)
    kati.undo()  # the last of her own
    assert len(archive.contributions.list()) == 0 and names(archive) == {4: "Berta"}
    kati.redo(*done.decisions)
    assert len(archive.contributions.list()) == 1


def test_a_contributors_word_never_takes_a_curators_away(archive: Collection) -> None:
    cleo, kati = archive.people.by("Cleo"), archive.people.by("Kati")
    cleo.name(FACES, "Anna")
    cleo.mark([4], Kind.NOT_A_FACE)
    anna = archive.people.find("Anna")
    suggested = [
        kati.name([1, 2, 5], "Berta"),
        kati.reject([1], anna),
        kati.mark([2], Kind.IGNORE),
        kati.name([4], anna),
        kati.split([3], "Carla", former=anna),
        kati.change(anna, name="Anne"),
        kati.mark([1, 2], Kind.DIFFERENT),
    ]
    assert all(one.at_odds for one in archive.contributions.list())
    before = names(archive)
    everything = [name for one in suggested for name in one.decisions]
    told = archive.contributions.by("Cleo").accept(*everything).message
    assert told.startswith("1 suggestion accepted. 6 are left")
    assert names(archive) == before | {5: "Berta"} and not archive.state.conflicts
    archive.contributions.by("Cleo").accept(*suggested[4].decisions, overrule=True)
    assert names(archive)[3] == "Carla" and not archive.state.conflicts
    archive.contributions.by("Olga").accept(*suggested[5].decisions, overrule=True)
    assert names(archive)[1] == "Anne"


def test_overruling_another_curator_leaves_no_contradiction(archive: Collection) -> None:
    archive.people.by("Cleo").name(FACES, "Anna")
    done = archive.people.by("Kati").name(FACES, "Berta")
    with pytest.raises(UsageError, match="contradicts"):
        archive.contributions.by("Olga").accept(*done.decisions)
    archive.contributions.by("Olga").accept(*done.decisions, overrule=True)
    assert names(archive) == dict.fromkeys(FACES, "Berta") and not archive.state.conflicts


def test_two_contributors_mean_one_new_person(archive: Collection) -> None:
    archive.users.by("Olga").add("Karl", "contributor")
    said = [*archive.people.by("Kati").name([1], "Anna").decisions]
    said += archive.people.by("Karl").name([2], "anna").decisions
    archive.contributions.by("Cleo").accept(*said)
    assert names(archive) == {1: "Anna", 2: "Anna"} and len(archive.people.list()) == 1


def test_contributions_outlive_the_log_as_text(archive: Collection, tmp_path: Path) -> None:
    archive.people.by("Kati").name(FACES, "Anna")
    log = tmp_path / "decisions.json"
    archive.export(log)
    assert '"contributed": true' in log.read_text().replace('":true', '": true')


def test_forgetting_takes_what_was_suggested_of_a_person(archive: Collection) -> None:
    archive.people.by("Cleo").name([1], "Anna")
    archive.people.by("Kati").name([2], "Anna")
    archive.forget("Anna", author="Olga")
    assert "Anna" not in str(archive.decisions) and len(archive.contributions.list()) == 0


def test_links_and_passwords(archive: Collection) -> None:
    by, users = archive.users.by("Olga"), archive.users
    first, second = by.link("Kati"), by.link("Kati")
    assert users.by_link(first) is None and users.by_link("") is None
    found = users.by_link(second)
    assert found is not None and found.name == "Kati"
    with pytest.raises(UsageError, match="10 to"):
        by.password("Kati", "short")
    assert users.by_password("Kati", "") is None
    by.password("Kati", "correct horse battery")
    known = users.by_password(" kati ", "correct horse battery")
    assert known is not None and known.role == "contributor"
    assert users.by_password("Kati", "correct horse") is None
    assert users.by_password("nobody", "correct horse battery") is None
    content = Path(archive.name).read_bytes() + Path(f"{archive.name}-wal").read_bytes()
    assert second.encode() not in content and b"correct horse" not in content
    by.remove("Kati")
    assert users.by_link(second) is None and users.by_password("Kati", "correct horse") is None
