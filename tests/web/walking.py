"""What hands do in a browser: visit, press, type, and wait for what comes of it."""

from collections.abc import Sequence
from typing import Any

from prosopon.collection.review import Review, pages
from prosopon.collection.review.views import Face
from prosopon.collection.selection import FaceSelection
from prosopon.people import Kind


def visit(page: Any, address: str) -> None:
    page.goto(address)
    page.locator("html.js").wait_for()


def until(page: Any, condition: str, argument: object = None) -> None:
    """Wait until a script says true (Playwright's own waiting needs what the policy forbids)."""
    for _ in range(400):
        if page.evaluate(condition, argument):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {condition}")


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def name(page: Any, text: str) -> None:
    """Type a name into the field that has the focus, and give it."""
    page.keyboard.type(text)
    press(page, "Enter")


def said(page: Any, text: str) -> None:
    page.locator("#status", has_text=text).wait_for()


def people(review: Review) -> dict[str, int]:
    """Name → number of faces."""
    return {one.person.name: one.faces for one in pages.people(review)[0]}


def sizes(review: Review) -> list[int]:
    """Faces to name in each cluster, the largest first."""
    return [cluster.open for cluster in pages.clusters(review)[0]]


def targets(faces: Sequence[Face]) -> FaceSelection:
    return FaceSelection([face.id for face in faces])


def drawn(review: Review) -> tuple[float, ...]:
    """The box drawn last."""
    return next(e.faces[0].box for e in reversed(review.view.log) if e.kind is Kind.BOX)
