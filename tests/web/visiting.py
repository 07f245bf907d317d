"""Somebody with the page open, without a browser."""

import re
from typing import Any

from starlette.testclient import TestClient

from prosopon.collection.review import Review
from prosopon.web import Access, application

ADDRESS = "http://127.0.0.1:8765"


class Visitor:
    """Somebody with the page open: gets pages, and posts as its script does."""

    def __init__(self, review: Review, access: Access, author: str) -> None:
        self.access = access
        self.client = TestClient(
            application(review, access, author), base_url=ADDRESS, follow_redirects=False
        )

    def get(self, address: str, **options: Any) -> Any:
        return self.client.get(address, **options)

    def picture(self, address: str) -> Any:
        """A picture as the page asks for it."""
        key = re.search(r'name="picture-key" content="(\w+)"', self.page("/people"))
        assert key is not None
        return self.get(f"{address}?of={key[1]}")

    def page(self, address: str) -> str:
        answer = self.get(address)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def post(self, action: str, *, headers: dict[str, str] | None = None, **said: Any) -> Any:
        given = {"X-CSRF-Token": self.access.csrf, "Origin": ADDRESS, **(headers or {})}
        return self.client.post(f"/do/{action}", json=said, headers=given)

    def do(self, action: str, **said: Any) -> dict[str, Any]:
        answer = self.post(action, **said)
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        return done
