"""Every address of the page, whatever is added: guarded, kept by nobody, and escaped.

The addresses are read from the application; a new action or form without an example here fails.
"""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient
from tests.web.visiting import ADDRESS

from prosopon.collection.review import Review
from prosopon.people.kinds import Kind
from prosopon.web import Access, actions, application, users

pytestmark = pytest.mark.models

_NOBODY = "00000000-0000-0000-0000-000000000000"
_FILLED = {
    **{"cluster:int": "1", "photo:int": "1", "face:int": "1", "person:uuid": _NOBODY},
    **{"kind": "average", "name": "review.css", "key": "a-key"},
}
_SAID: dict[type[Any], dict[str, Any]] = {
    actions.OnFaces: {"faces": [1], "name": "Eve", "cluster": 1},
    actions.Steps: {"decisions": []},
    actions.NewPerson: {"name": "Eve"},
    actions.Changes: {"person": _NOBODY, "name": "Eve"},
    actions.Merge: {"kept": _NOBODY, "other": {"name": "Eve"}},
    actions.Unite: {"kept": _NOBODY, "gone": _NOBODY},
    actions.Apart: {"one": 1, "other": 2},
    actions.Pairs: {"pairs": [{"face": 1, "other": 2, "same": True, "name": "Eve"}]},
    actions.Sheet: {"text": "1: Eve", "by": "Eve"},
    actions.Present: {"photo": 1, "name": "Eve"},
    actions.Dated: {"photo": 1, "taken": "1940"},
    actions.Folders: {"folders": ["/"]},
    actions._Said: {},
}
"""A request that fits, for every form."""


def _posts() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every change that can be asked for, with what is said."""
    for path in (path for path, methods in _routes() if "POST" in methods):
        if path.startswith("/reconcile"):  # reads, by a secret of its own: test_reconciliation.py
            continue
        if "{action}" in path:
            for action, (form, _) in actions._ACTIONS.items():
                yield path.replace("{action}", action), _SAID[form]
        elif "{change}" in path:
            for change in users._CHANGES:
                said = {"name": "Eve", "role": "owner", "password": "correct horse battery"}
                yield path.replace("{change}", change), said
        else:
            yield path, {"name": "Eve", "password": "x", "author": "Eve", "language": "de"}


def _routes() -> list[tuple[str, set[str]]]:
    """Paths as they are written, and the ways they are asked for."""
    from prosopon.web import app

    made: list[tuple[str, set[str]]] = []

    class Recorded(Route):
        def __init__(self, path: str, *args: Any, **options: Any) -> None:
            made.append((path, set(options.get("methods") or ["GET"])))
            super().__init__(path, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "Route", Recorded)
        patch.setattr(app, "open_site", lambda *_: None)
        patch.setattr(app, "Entrance", lambda *_: None)
        app.application(_NoReview(), Access(), "Ada")  # type: ignore[arg-type]
    return made


class _NoReview:
    """Enough of a review to lay out the addresses."""

    class collection:
        users = None


def _gets() -> list[str]:
    """An address for every page, picture and answer to scripts."""
    found = []
    for path, methods in _routes():
        if "GET" in methods:
            for name, value in _FILLED.items():
                path = path.replace(f"{{{name}}}", value)
            assert "{" not in path, f"{path}: give an example here"
            found.append(path)
    return found


POSTS = list(_posts())
GETS = _gets()


@pytest.fixture
def open_page(review: Review) -> Any:
    """The application of a collection without users, behind a token."""
    return application(review, Access(token="0123456789abcdef", csrf="secret"), "Ada")


@pytest.fixture
def app(review: Review) -> Any:
    """The application of a collection with a user of each role."""
    owner = review.collection.users.by("Olga")
    for name, role in {
        **{"Olga": "owner", "Rita": "reader", "Kati": "contributor", "Cleo": "curator"}
    }.items():
        owner.add(name, role)
    return application(review, Access(token="0123456789abcdef", csrf="secret"), "Olga")


def _client(app: Any) -> TestClient:
    return TestClient(app, base_url=ADDRESS, follow_redirects=False, raise_server_exceptions=False)


def _as(app: Any, review: Review, name: str) -> tuple[TestClient, str]:
    """Somebody who came in by a link, and the secret of their pages."""
    client = _client(app)
    link = review.collection.users.by("Olga").link(name)
    assert client.get(f"/enter?link={link}").status_code == 200
    entrance = app.state.site.entrance
    session = client.cookies[app.state.site.access.cookie]
    return client, entrance.csrf(session)


def test_there_is_an_example_of_every_form() -> None:
    assert {form for form, _ in actions._ACTIONS.values()} == set(_SAID)
    assert len(POSTS) > 40 and len(GETS) > 30


def test_who_is_not_in_gets_nothing(open_page: Any, app: Any, review: Review) -> None:
    before = review.view.length
    open_ones = {"/login", "/enter", "/do/enter"}
    for stranger in (_client(app), _client(open_page)):
        for csrf in ("", "secret", app.state.site.entrance.csrf()):
            for path in GETS:
                if path in open_ones or path.startswith("/static/"):
                    continue
                for method in ("GET", "HEAD"):
                    answer = stranger.request(method, path, headers={"Range": "bytes=0-10"})
                    assert answer.status_code in (401, 303, 404), f"{method} {path}"
                    assert len(answer.text) < 200, f"{method} {path}: {answer.text[:300]}"
            for path, said in POSTS:
                if path not in open_ones:
                    answer = stranger.post(path, json=said, headers={"X-CSRF-Token": csrf})
                    assert answer.status_code == 401, path
    assert review.view.length == before
    assert [user.name for user in review.collection.users.list()].count("Eve") == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"X-CSRF-Token": "secret"}, 403),  # the program's, not the session's
        ({"X-CSRF-Token": "ä"}, 403),
        ({"X-CSRF-Token": "right", "Origin": "http://evil.example"}, 403),
        ({"X-CSRF-Token": "right", "Origin": "null"}, 403),
        ({"X-CSRF-Token": "right", "Origin": "http://127.0.0.1:8766"}, 403),
        ({"X-CSRF-Token": "right", "Origin": "http://127.0.0.1:8765@evil.example"}, 403),
        ({"X-CSRF-Token": "right", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"X-CSRF-Token": "right", "Sec-Fetch-Site": "same-site"}, 403),
        ({"X-CSRF-Token": "right", "Host": "evil.example"}, 421),
        ({"X-CSRF-Token": "right", "Host": "127.0.0.1.evil.example:8765"}, 421),
    ],
)
def test_a_forged_change_is_refused_everywhere(
    app: Any, review: Review, headers: dict[str, str], status: int
) -> None:
    client, csrf = _as(app, review, "Olga")
    before = review.view.length, [user.name for user in review.collection.users.list()]
    given = {
        name: (csrf if value == "right" else value).encode() for name, value in headers.items()
    }
    for path, said in POSTS:
        assert client.post(path, json=said, headers=given).status_code == status, path
    assert before == (review.view.length, [user.name for user in review.collection.users.list()])


_OWN = {"/do/language", "/do/later", "/do/again"}
"""What concerns only who asks for it."""


@pytest.mark.parametrize("name", ["Rita", "Kati"])
def test_what_a_role_may_not_do_is_refused_everywhere(app: Any, review: Review, name: str) -> None:
    """A reader changes nothing; what a contributor says is a suggestion, and changes no name."""
    client, csrf = _as(app, review, name)
    for path, said in POSTS:
        if path in ("/do/enter", "/do/leave"):
            continue
        answer = client.post(path, json=said, headers={"X-CSRF-Token": csrf})
        assert answer.status_code < 500, f"{path}: {answer.text}"
        told = [
            entry.kind
            for entry in review.view.log
            if not entry.contributed and entry.kind is not Kind.UNDO  # of what they suggested
        ]
        assert not told, f"{path}: {told}"
        if name == "Rita" and path not in _OWN:
            assert answer.status_code in (400, 403, 404), f"{path}: {answer.text}"
    if name == "Rita":
        assert review.view.length == 0
    assert not review.view.state.names and not review.view.persons
    roles = {user.name: str(user.role) for user in review.collection.users.list()}
    assert roles[name] in ("reader", "contributor") and "Eve" not in roles


def test_nobody_keeps_what_is_personal(app: Any, review: Review) -> None:
    """Whatever the answer is; styles and scripts alone may be kept, and are asked for anew."""
    client, csrf = _as(app, review, "Olga")
    found = {path: client.get(path) for path in GETS}
    found |= {path: client.head(path) for path in GETS if "json" not in path}
    found |= {f"{path}?of=wrong": client.get(f"{path}?of=wrong") for path in GETS}
    for path, said in POSTS:
        if path != "/do/leave":
            found[f"POST {path}"] = client.post(path, json=said, headers={"X-CSRF-Token": csrf})
    for path, answer in found.items():
        assert answer.status_code < 500, f"{path}: {answer.status_code}"
        kept = answer.headers["Cache-Control"]
        wanted = "private, no-cache" if "/static/review" in path else "no-store"
        if "/static/texts" not in path:
            assert kept == wanted, f"{path}: {kept}"


_EVIL = '<x-evil onload="alert(1)">"\'><script>alert(1)</script>{{65537*65521}}${65537*65521}'


class _Elements(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self._script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "x-evil" or any(name.startswith("on") or name == "style" for name, _ in attrs):
            self.wrong.append(f"<{tag} {attrs}>")
        for name, value in attrs:
            if (
                name in ("href", "src", "action")
                and (value or "").strip()[:11].lower() == "javascript:"
            ):
                self.wrong.append(f"<{tag} {name}={value}>")
        self._script = tag == "script"

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.wrong.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._script = False


def test_no_text_of_others_is_taken_for_a_page(app: Any, review: Review) -> None:
    """In names, notes, variants, users, dates, sheets, opinions, captions and file names."""
    collection = review.collection
    people = collection.people.by("Olga")
    anna = people.name([1, 2], _EVIL).person or people.find(_EVIL).identifier
    people.change(anna, variants=[_EVIL + "v"], note=_EVIL)
    people.note([3], _EVIL)
    collection.users.by("Olga").add(_EVIL, "contributor")
    collection.people.by(_EVIL).name([5, 6], _EVIL + " suggested")
    with collection.store.begin() as connection:
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO descriptions VALUES (1, 'file', ?, ?)",
            (f'{{"caption": {json.dumps(_EVIL)}}}', _EVIL),
        )
        connection.exec_driver_sql(
            "UPDATE paths SET path = '/photographs/' || ? || photo_id || '.jpg'", (_EVIL,)
        )
        connection.exec_driver_sql("UPDATE paths SET file = path")
        connection.exec_driver_sql(
            "INSERT INTO failures VALUES (?, ?, 1, 1, ?)", (_EVIL, _EVIL, _EVIL)
        )
    client, csrf = _as(app, review, "Olga")
    client.post("/do/sheet", json={"text": _EVIL, "by": _EVIL}, headers={"X-CSRF-Token": csrf})
    client.post("/do/author", json={"author": _EVIL}, headers={"X-CSRF-Token": csrf})
    shown = 0
    pages = [
        *GETS,
        f"/people/{anna}",
        f"/search?q={_EVIL}",
        f"/names?q={_EVIL}",
        "/people?sort=new",
    ]
    for path in pages:
        answer = client.get(path)
        assert answer.status_code < 500, f"{path}: {answer.text[:500]}"
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert not _Elements(answer.text).wrong, path
            assert "4294049777" not in answer.text or "{{65537*65521}}" in answer.text, path
            shown += "x-evil" in answer.text
        else:
            assert answer.headers["x-content-type-options"] == "nosniff", path
    assert shown >= 6


@pytest.mark.parametrize(
    "path",
    [
        *("//evil.example", "/\\evil.example", "/%2f%2fevil.example", "/%5cevil.example"),
        *("///evil.example/", "/https:%2f%2fevil.example", "/%09/evil.example"),
    ],
)
def test_the_token_leads_to_no_other_place(open_page: Any, path: str) -> None:
    answer = _client(open_page).get(f"{ADDRESS}{path}?token=0123456789abcdef")
    where = answer.headers.get("location", "/")
    assert where.startswith("/") and not where.startswith(("//", "/\\")), where
