"""The page where a collection has users: who gets in, and what a forged request comes to."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.web.visiting import ADDRESS

from prosopon.collection.review import Review, questions
from prosopon.web import Access, application

pytestmark = pytest.mark.models
PASSWORD = "correct horse battery"


class Somebody:
    """A browser of somebody's own on the same server, as far as can be without one."""

    def __init__(self, app: Any, address: str = ADDRESS) -> None:
        self.address = address
        self.client = TestClient(app, base_url=address, follow_redirects=False)
        self.csrf = ""

    def get(self, path: str) -> Any:
        return self.client.get(path, headers={"Accept": "text/html"})

    def page(self, path: str = "/people") -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        found = re.search(r'name="csrf" content="([\w-]+)"', answer.text)
        assert found is not None
        self.csrf = found[1]
        return str(answer.text)

    def post(self, action: str, headers: dict[str, str] | None = None, **said: Any) -> Any:
        given = {"X-CSRF-Token": self.csrf, "Origin": self.address, **(headers or {})}
        return self.client.post(f"/do/{action}", json=said, headers=given)

    def enter(self, name: str, password: str) -> Any:
        self.page("/login")
        return self.post("enter", name=name, password=password)


@pytest.fixture
def app(review: Review) -> Any:
    """The page of a collection with a user of each role; all have a password."""
    users = review.collection.users.by("Olga")
    for name, role in {
        "Olga": "owner",
        "Rita": "reader",
        "Kati": "contributor",
        "Karl": "contributor",
        "Cleo": "curator",
    }.items():
        users.add(name, role)
    secret = "0123456789abcdef"
    return application(review, Access(token=secret), "Olga")


@pytest.fixture
def links(review: Review) -> dict[str, str]:
    users = review.collection.users.by("Olga")
    return {name: users.link(name) for name in ("Olga", "Rita", "Kati", "Karl", "Cleo")}


@pytest.fixture
def visit(app: Any, links: dict[str, str]) -> Any:
    """Makes somebody who has come in by their link."""

    def visiting(name: str) -> Somebody:
        somebody = Somebody(app)
        assert somebody.get(f"/enter?link={links[name]}").status_code == 200
        somebody.page()
        return somebody

    return visiting


def test_strangers_get_the_page_to_log_in_at_and_nothing_else(app: Any) -> None:
    stranger = Somebody(app)
    for path in ("/", "/people", "/photos/1", "/faces/1.jpg", "/log", "/pulse", "/names?q=a"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.headers.get("location")) == (303, "/login")
        assert stranger.client.get(path).status_code == 401
    page = stranger.page("/login")
    assert "Album" not in page and "Olga" not in page  # not even whose collection it is
    assert stranger.client.get("/static/login.js").status_code == 200
    for action in ("create", "undo", "leave", "author", "accept"):
        assert stranger.post(action, name="Eve").status_code == 401


def test_a_link_lets_in_with_a_cookie_that_scripts_and_others_do_not_get(
    app: Any, links: dict[str, str]
) -> None:
    kati = Somebody(app)
    entered = kati.get(f"/enter?link={links['Kati']}")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Secure" not in cookie
    assert links["Kati"] not in cookie
    assert "You are <bdi>Kati</bdi> (contributor)" in kati.page("/")
    assert kati.get("/login").status_code == 303
    assert Somebody(app).get("/enter?link=guess").status_code == 401
    assert Somebody(app).get("/enter?link=").status_code == 401


@pytest.mark.parametrize(
    "access",
    [
        Access(behind="https://photos.example.org"),
        Access(certificate="certificate.pem", key="key.pem"),
    ],
)
def test_over_tls_the_cookie_travels_over_tls_only(
    review: Review, app: Any, links: dict[str, str], access: Access
) -> None:
    address = access.behind or "https://127.0.0.1:8765"
    somebody = Somebody(application(review, access, "Olga"), address)
    cookie = somebody.get(f"/enter?link={links['Rita']}").headers["set-cookie"]
    assert "Secure" in cookie and "HttpOnly" in cookie and "SameSite=strict" in cookie


def test_the_printed_token_lets_in_the_author_as_a_user(app: Any) -> None:
    olga = Somebody(app)
    assert olga.get("/?token=0123456789abcdef").status_code == 303
    assert "You are <bdi>Olga</bdi> (owner)" in olga.page("/")


def test_a_password_lets_in_and_tries_are_limited(app: Any, review: Review) -> None:
    users = review.collection.users.by("Olga")
    users.password("Kati", PASSWORD)
    assert Somebody(app).enter("Kati", "guess").status_code == 401
    kati = Somebody(app)
    assert kati.enter("kati", PASSWORD).status_code == 200
    assert "You are <bdi>Kati</bdi>" in kati.page("/")
    eve = Somebody(app)
    told = [eve.enter("Kati", f"guess {n}") for n in range(7)]
    assert [answer.status_code for answer in told] == [401] * 5 + [403] * 2
    assert "wait" in told[-1].json()["error"]
    assert Somebody(app).enter("KATI", PASSWORD).status_code == 403  # the right one, too
    assert "Kati" in kati.page("/")  # who is in stays in


def test_odd_credentials_are_wrong_ones(app: Any) -> None:
    eve = Somebody(app)
    for said in ({}, {"name": 5, "password": "x"}, {"name": "K" * 999, "password": "x"}):
        eve.page("/login")
        assert eve.post("enter", **said).status_code == 401


def test_a_contributor_forges_requests_in_vain(visit: Any, review: Review) -> None:
    cleo, kati, karl = visit("Cleo"), visit("Kati"), visit("Karl")
    named = cleo.post("name", faces=[4], name="Berta").json()
    said = kati.post("name", faces=[1, 2], name="Anna").json()
    assert said["message"].startswith("Suggested:")
    for forged in (
        kati.post("accept", decisions=said["decisions"]),
        kati.post("overrule", decisions=said["decisions"]),
        kati.post("decline", decisions=said["decisions"]),
        kati.post("undo", decisions=named["decisions"]),
        karl.post("undo", decisions=said["decisions"]),
        kati.post("add", folders=["/etc"]),
        kati.post("stop-adding"),
        kati.post("divide", cluster=1),
        kati.post("author", author="Cleo"),
    ):
        assert forged.status_code == 403, forged.text
    kati.client.cookies.set("prosopon-author", "Cleo")
    kati.post("name", faces=[3], name="Carla")
    assert {who.persons[0] for who in review.view.state.names.values()} == {named["person"]}
    assert {e.author for e in review.view.log if not e.contributed} == {"Cleo"}
    assert "Anna" in kati.page("/contributions") and "Anna" not in karl.page("/contributions")


def test_a_reader_changes_nothing(visit: Any, review: Review) -> None:
    rita = visit("Rita")
    for action, said in {
        "name": {"faces": [1], "name": "Eve"},
        "create": {"name": "Eve"},
        "ignore": {"faces": [1]},
        "yes": {"faces": [1], "name": "Eve"},
        "undo": {"decisions": []},
        "add": {"folders": ["/"]},
    }.items():
        assert rita.post(action, **said).status_code in (400, 403), action
    assert review.view.length == 0


def test_a_curator_accepts_in_bulk_and_takes_it_back_at_once(visit: Any, review: Review) -> None:
    cleo, kati, karl = visit("Cleo"), visit("Kati"), visit("Karl")
    cleo.post("name", faces=[4], name="Berta")
    for by, face in ((kati, 1), (karl, 2), (kati, 4)):
        by.post("name", faces=[face], name="Anna")
    page = cleo.page("/contributions")
    assert page.count('name="suggestion"') == 3 and page.count(" checked") == 2
    ticked = re.findall(r'name="suggestion" value="([\w-]+)"', page)
    done = cleo.post("accept", decisions=ticked).json()
    assert done["message"].startswith("2 suggestions accepted. 1 is left")
    named = {f: len(w.persons) for f, w in review.view.state.names.items()}
    assert sorted(named) == [1, 2, 4] and not review.view.state.conflicts
    assert cleo.page("/contributions").count('name="suggestion"') == 1
    cleo.post("undo", decisions=done["decisions"])
    assert list(review.view.state.names) == [4]
    assert cleo.page("/contributions").count('name="suggestion"') == 3


def test_a_removed_users_link_and_session_are_dead(
    app: Any, visit: Any, review: Review, links: dict[str, str]
) -> None:
    kati = visit("Kati")
    review.collection.users.by("Olga").remove("Kati")
    assert kati.client.get("/people").status_code == 401
    assert kati.post("create", name="Eve").status_code == 401
    assert Somebody(app).get(f"/enter?link={links['Kati']}").status_code == 401
    review.collection.users.by("Olga").add("Kati", "owner")  # somebody else of the name
    assert kati.client.get("/people").status_code == 401


def test_a_new_link_or_password_ends_the_sessions_of_the_old(visit: Any, review: Review) -> None:
    kati, karl = visit("Kati"), visit("Karl")
    review.collection.users.by("Olga").link("Kati")
    review.collection.users.by("Olga").password("Karl", PASSWORD)
    assert kati.client.get("/people").status_code == 401
    assert karl.client.get("/people").status_code == 401


def test_a_role_that_is_lowered_counts_at_once(visit: Any, review: Review) -> None:
    cleo = visit("Cleo")
    assert cleo.post("name", faces=[1], name="Anna").json()["message"].startswith("1 face")
    review.collection.users.by("Olga").role("Cleo", "contributor")
    assert cleo.post("name", faces=[2], name="Anna").json()["message"].startswith("Suggested")
    review.collection.users.by("Olga").role("Cleo", "reader")
    assert cleo.post("name", faces=[3], name="Anna").status_code == 403
    assert list(review.view.state.names) == [1]


def test_csrf_secrets_are_of_one_session(visit: Any) -> None:
    kati, cleo = visit("Kati"), visit("Cleo")
    for secret in (kati.csrf, "", "guess"):
        forged = cleo.post("create", {"X-CSRF-Token": secret}, name="Eve")
        assert forged.status_code == 403
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}):
        assert cleo.post("create", headers, name="Eve").status_code == 403
    assert "Eve" not in cleo.page()


def test_logging_out_ends_the_session(visit: Any) -> None:
    kati = visit("Kati")
    stolen = dict(kati.client.cookies)
    assert kati.post("leave").status_code == 200
    kati.client.cookies.update(stolen)
    assert kati.client.get("/people").status_code == 401


def test_users_that_come_later_end_what_the_token_opened(review: Review) -> None:
    olga = Somebody(application(review, Access(token="0123456789abcdef"), "Olga"))
    olga.get("/?token=0123456789abcdef")
    olga.page("/")
    review.collection.users.by("Olga").add("Olga", "owner")
    assert olga.client.get("/").status_code == 401


def test_two_people_are_not_asked_the_same(visit: Any, review: Review) -> None:
    cleo, olga = visit("Cleo"), visit("Olga")

    def asked(somebody: Somebody) -> set[str]:
        found = re.findall(r'data-question="([^"]+)"', somebody.page("/questions"))
        return set(list(dict.fromkeys(found))[: questions.HELD])

    first = asked(cleo)
    assert first and first == asked(cleo)  # the same browser again
    second = asked(olga)
    assert second and first.isdisjoint(second)
    for card in questions.ask(review, 1000):
        if card.key in first:
            cleo.post("name", faces=[face.id for face in card.faces], name=f"P{card.key}")
    assert first.isdisjoint(asked(olga))


def test_a_contributor_is_not_asked_again_what_they_suggested(visit: Any, review: Review) -> None:
    kati = visit("Kati")
    card = questions.ask(review, 1)[0]
    kati.post("name", faces=[face.id for face in card.faces], name="Anna")
    assert card.key in kati_asks(review) and card.key not in kati_asks(review, "Kati")


def kati_asks(review: Review, by: str = "") -> list[str]:
    return [card.key for card in questions.ask(review, 1000, by=by)]


def test_what_others_are_asked_is_told_when_it_is_settled(visit: Any, review: Review) -> None:
    cleo, olga = visit("Cleo"), visit("Olga")
    faces = [face.id for face in questions.ask(review, 1)[0].faces]
    listed = "+".join(map(str, faces))
    assert cleo.client.get(f"/pulse?since=0&asking={listed}").json()["settled"] is False
    olga.post("name", faces=faces, name="Anna")
    news = cleo.client.get(f"/pulse?since=0&asking={listed}").json()
    assert news["settled"] is True and news["authors"] == ["Olga"]


def test_every_cookie_over_tls_travels_over_tls_only(review: Review) -> None:
    access = Access(token="", certificate="certificate.pem", key="key.pem")
    ada = Somebody(application(review, access, "Ada"), "https://127.0.0.1:8765")
    ada.page()
    for action, said in (("language", {"language": "et"}), ("author", {"author": "Ben"})):
        cookie = ada.post(action, **said).headers["set-cookie"]
        assert "Secure" in cookie and "HttpOnly" in cookie and "SameSite=strict" in cookie
