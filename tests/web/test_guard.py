"""Who is let in: hosts, origins, tokens, what the answers forbid the browser."""

import socket
import time
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.web.visiting import ADDRESS, Visitor

from prosopon.collection.review import Review
from prosopon.errors import UsageError
from prosopon.web import Access, application
from prosopon.web.guard import HEADERS, LARGEST_BODY

pytestmark = pytest.mark.models
TLS = {"certificate": "certificate.pem", "key": "key.pem"}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8765", 200),
        ("localhost:9000", 200),  # through a tunnel
        ("[::1]:8765", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example:8765", 421),
        ("192.168.0.7:8765", 421),
        ("", 421),
    ],
)
def test_only_names_of_this_computer_are_answered(visitor: Visitor, host: str, status: int) -> None:
    assert visitor.get("/", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "guess"},
        {"Content-Length": str(LARGEST_BODY + 1)},
    ],
)
def test_a_change_from_elsewhere_is_refused(visitor: Visitor, headers: dict[str, str]) -> None:
    refused = visitor.post("create", name="Eve", headers=headers)
    assert refused.status_code in (403, 413)
    assert "Eve" not in visitor.page("/people")


def test_a_foreign_origin_gets_not_even_pages(visitor: Visitor) -> None:
    assert visitor.get("/", headers={"Origin": "https://evil.example"}).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods_are_refused(visitor: Visitor, method: str) -> None:
    assert visitor.client.request(method, "/").status_code == 405


@pytest.mark.parametrize("address", ["/", "/faces/1.jpg", "/static/review.js", "/nowhere", "/log"])
def test_every_answer_ties_the_browser_down(visitor: Visitor, address: str) -> None:
    answer = visitor.get(address)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "Cache-Control" in answer.headers
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "*" not in policy


def test_pages_hold_no_script_style_or_address_of_others(visitor: Visitor) -> None:
    for address in ("/", "/questions", "/clusters", "/people", "/leftovers", "/log", "/photos/1"):
        page = visitor.page(address)
        assert "style=" not in page and "<style" not in page and " on" + "click" not in page
        assert page.count("<script") == page.count('<script type="module" src="/static/') == 1
        assert "https://" not in page and "http://" not in page.replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    "address",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/static/review.css%00.js",
        "/photos/..%2f..%2fetc%2fpasswd",
        "/photos/1.jpg/../../../etc/passwd",
        "/faces/%2e%2e.jpg",
        "//etc/passwd",
    ],
)
def test_no_path_reaches_the_files(visitor: Visitor, address: str) -> None:
    answer = visitor.get(address)
    assert answer.status_code in (307, 404)
    assert "root:" not in answer.text and "import" not in answer.text


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "archive.example", "::"])
def test_the_network_is_served_only_with_a_token_and_over_tls(host: str) -> None:
    with pytest.raises(UsageError, match="--token"):
        Access(host, token="")
    with pytest.raises(UsageError, match="16 characters"):
        Access(host, token="short")
    with pytest.raises(UsageError, match="--certificate"):
        Access(host, token="a secret that is long enough")
    with pytest.raises(UsageError, match="belong together"):
        Access(host, token="a secret that is long enough", certificate="cert.pem")
    access = Access(host, token="a secret that is long enough", certificate="c.pem", key="k.pem")
    assert access.secure and access.url.startswith("https://")


def test_with_a_token_nobody_enters_without_it(review: Review) -> None:
    visitor = Visitor(review, Access(token="correct horse battery"), "Ada")

    def status(address: str, **options: Any) -> int:
        return int(visitor.get(address, **options).status_code)

    for address in ("/", "/faces/1.jpg", "/static/review.js", "/?token=wrong", "/?token="):
        assert status(address) == 401
    assert visitor.post("create", name="Eve").status_code == 401
    assert status("/", headers={"Host": "evil.example"}) == 421
    entered = visitor.get("/?token=correct+horse+battery")
    assert (entered.status_code, entered.headers["Location"]) == (303, "/")
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "correct" not in cookie
    assert status("/") == 200 and visitor.picture("/faces/1.jpg").status_code == 200
    assert visitor.do("create", name="Eve")["decisions"]


@pytest.mark.parametrize(
    ("headers", "address", "status"),
    [
        ({"Host": "[::1"}, "/", 421),
        ({"Host": "127.0.0.1:" + "9" * 5000}, "/", 200),
        ({"Origin": "http://[::1"}, "/", 403),
        ({}, "/photos/" + "9" * 5000, 414),
        ({}, "/photos/" + "9" * 900, 404),
        ({}, "/clusters?after=" + "9" * 9000, 414),
        ({}, "/clusters?after=" + "9" * 5000, 200),
        ({"Cookie": "prosopon-author=%ED%A0%80%00; prosopon-language=%00"}, "/", 200),
    ],
)
def test_odd_requests_are_answered_plainly(
    visitor: Visitor, headers: dict[str, str], address: str, status: int
) -> None:
    assert visitor.get(address, headers=headers).status_code == status


@pytest.mark.parametrize("said", [{"author": 5}, {"author": ""}, {"author": "a\u0007b"}, {}])
def test_an_author_that_is_none_is_refused_with_a_reason(
    visitor: Visitor, said: dict[str, Any]
) -> None:
    refused = visitor.post("author", **said)
    assert refused.status_code == 400 and refused.json()["error"]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"\xff"', b"[" * 100_000, b'{"x": NaN}'])
@pytest.mark.parametrize("action", ["language", "author", "name", "undo", "forget", "enter"])
def test_a_body_that_says_nothing_is_refused_plainly(
    visitor: Visitor, action: str, body: bytes
) -> None:
    headers = {"X-CSRF-Token": visitor.access.csrf, "Origin": ADDRESS}
    answer = visitor.client.post(f"/do/{action}", content=body, headers=headers)
    assert answer.status_code in (400, 401, 404) and answer.json()["error"]


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "x", str(LARGEST_BODY + 1)])
def test_a_length_that_is_none_is_refused(visitor: Visitor, length: str) -> None:
    assert visitor.post("create", headers={"Content-Length": length}, name="E").status_code == 413


def test_a_body_in_pieces_has_the_same_limit(visitor: Visitor) -> None:
    given = {"X-CSRF-Token": visitor.access.csrf, "Origin": ADDRESS, "Content-Length": "10"}
    pieces = (b" " * 65536 for _ in range(LARGEST_BODY // 65536 + 1))
    assert visitor.client.post("/do/create", content=pieces, headers=given).status_code == 413
    pieces = iter([b'{"name": ', b'"Eva"}'])
    del given["Content-Length"]
    assert visitor.client.post("/do/create", content=pieces, headers=given).status_code == 200


def test_every_session_has_a_token_of_its_own() -> None:
    assert Access().token != Access().token and len(Access().token) >= 16
    assert Access().url.startswith(f"{ADDRESS}/?token=")


def test_the_token_opens_the_address_that_was_asked_for(review: Review) -> None:
    visitor = Visitor(review, Access(token="correct horse battery"), "Ada")
    entered = visitor.get("/people?token=correct+horse+battery&after=1")
    assert entered.headers["Location"] == "/people?after=1"
    entered = visitor.get("//evil.example/?token=correct+horse+battery")
    assert not entered.headers["Location"].startswith("//")


def test_who_says_nothing_is_not_waited_for(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(served.rpartition(":")[2])
    monkeypatch.setattr("prosopon.web.server.PATIENCE", 0.2)
    for said in (b"", b"GET / HTTP/1.1\r\nHost: 127"):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as half_open:
            half_open.sendall(said)
            assert half_open.recv(1) == b""  # hung up


def test_who_was_answered_and_goes_on_talking_is_not_listened_to(
    served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body of which a byte comes now and then, after the answer that refused it."""
    port = int(served.rpartition(":")[2])
    monkeypatch.setattr("prosopon.web.server.PATIENCE", 0.5)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as talker:
        talker.sendall(b"POST /do/name HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000\r\n\r\n")
        assert talker.recv(4096).startswith(b"HTTP/1.1 40")
        with pytest.raises(ConnectionError):
            for _ in range(200):
                talker.sendall(b"x")
                time.sleep(0.05)


def test_the_address_to_open(review: Review) -> None:
    assert Access(token="").url == ADDRESS + "/"
    assert Access("::1", 80, "").url == "http://[::1]:80/"
    assert Access("0.0.0.0", token="0123456789abcdef", **TLS).url.endswith(
        ":8765/?token=0123456789abcdef"
    )


def test_behind_a_proxy_with_tls(review: Review) -> None:
    """The proxy's name is known, the cookie is for TLS, and the page listens here alone."""
    access = Access(behind="https://photos.example.org", token="a secret of sixteen")
    assert access.host == "127.0.0.1"
    assert access.url == "https://photos.example.org/?token=a secret of sixteen"
    client = TestClient(
        application(review, access, "Ada"),
        base_url="https://photos.example.org",
        follow_redirects=False,
    )
    assert client.get("/").status_code == 401
    entered = client.get("/", params={"token": access.token})
    assert entered.status_code == 303 and "Secure" in entered.headers["set-cookie"]
    assert client.get("/").status_code == 200
    assert client.get("/", headers={"host": "elsewhere.example.org"}).status_code == 421


@pytest.mark.parametrize(
    "wrong",
    [
        {"behind": "http://photos.example.org"},
        {"behind": "photos.example.org"},
        {"behind": "https://photos.example.org/below"},
        {"behind": "https://photos.example.org", "token": "short"},
        {"behind": "https://photos.example.org", "host": "0.0.0.0"},
    ],
)
def test_what_can_not_be_behind_a_proxy(wrong: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="--behind"):
        Access(**{"token": "a secret of sixteen", **wrong})
