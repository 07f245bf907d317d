"""prosopon review and prosopon start: the page in the browser."""

import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from prosopon.cli.app import app
from prosopon.cli.common import AUTHOR, Call, verb

if TYPE_CHECKING:
    from prosopon.collection import Collection
    from prosopon.collection.review.intake import Intake
    from prosopon.web import Access

PORT: Any = typer.Option(8765, min=0, max=65535, help="0 takes one that is free.")
OPEN: Any = typer.Option(True, "--open/--no-open", help="Open the browser.")


def _show(console: Console, result: Any) -> None:
    made = result["decisions"]
    console.print(f"ended; {made:,} decision{'' if made == 1 else 's'} made meanwhile")


@verb(app, _show, example="prosopon start ~/Photos --collection people.prosopon")
def start(
    call: Call,
    folders: list[Path] = typer.Argument(None, help="Folders of photographs.", show_default=False),
    demo: bool = typer.Option(
        False, "--demo", help="Begin with an album of people who don't exist, drawn into demo/."
    ),
    port: int = PORT,
    author: str = AUTHOR,
    open_browser: bool = OPEN,
) -> Any:
    """Everything at once: find the faces, group them, and name them in the browser meanwhile.

    Makes the collection where there is none. The page shows how far the work is. Ctrl-C ends it;
    the same command goes on from there.
    """
    from prosopon.collection.demo import draw
    from prosopon.collection.review.intake import existing
    from prosopon.web import Access

    roots = folders or []
    if roots or not demo:
        roots = existing(roots)  # before a collection is made for what is not there
    if demo:
        call = Call(call.collection or "demo/demo.prosopon")

    def drawn() -> Path:
        return draw(Path("demo"), call.settings()).folder / "images"

    with call.open(create=True) as collection:
        return _serve(
            *(collection, Access(port=port), author, open_browser),
            lambda intake, by: intake.start(roots, by=by, first=drawn if demo else None),
        )


@verb(app, _show, example="prosopon review --collection people.prosopon")
def review(
    call: Call,
    port: int = PORT,
    host: str = typer.Option(
        "127.0.0.1",
        help="Another address to listen at, for others: only with --certificate and --key.",
    ),
    certificate: Path = typer.Option(
        None, show_default=False, help="The certificate for TLS, as PEM."
    ),
    key: Path = typer.Option(None, show_default=False, help="The key of the certificate, as PEM."),
    token: str | None = typer.Option(
        None,
        envvar="PROSOPON_REVIEW_TOKEN",
        show_default=False,
        help="The secret that visitors must bring; by default a new one each time. "
        "Empty: none, every user of this computer may read and change the collection.",
    ),
    behind: str = typer.Option(
        "",
        metavar="ADDRESS",
        show_default=False,
        help="The https address of a proxy on this computer that others reach the page by.",
    ),
    reconcile: bool = typer.Option(
        False,
        "--reconcile",
        help="Let other programs, such as OpenRefine, match names with the persons here; prints "
        "the address for them, which stays the same for one --token.",
    ),
    background: bool = typer.Option(
        None, help="Show faces in the background like all others; by default they come last."
    ),
    author: str = AUTHOR,
    open_browser: bool = OPEN,
) -> Any:
    """Name people, answer questions, mend groups: a page in the browser.

    Served by this computer to this computer until Ctrl-C; nothing is sent anywhere. Every answer
    is an entry of the log and can be taken back. Where the collection has users (prosopon users),
    they log in; the printed address lets in --author.
    """
    from prosopon.web import Access
    from prosopon.web.access import is_loopback

    with call.open(background_faces=background) as collection:
        # others on the network need a secret that is meant, or to be users
        own = token is None and (is_loopback(host) or bool(collection.users))
        secret = {} if own else {"token": token or ""}
        tls = {"certificate": str(certificate or ""), "key": str(key or "")}
        access = Access(host, port, behind=behind, reconcile=reconcile, **tls, **secret)
        return _serve(collection, access, author, open_browser)


def _serve(
    collection: "Collection",
    access: "Access",
    author: str,
    open_browser: bool,
    begin: Callable[["Intake", str], None] | None = None,
) -> dict[str, int]:
    """Serve the page until Ctrl-C; `begin` has photographs added meanwhile, by an author."""
    from prosopon.collection.review import Review
    from prosopon.collection.review.suggestion_worker import working
    from prosopon.collection.rights import Role
    from prosopon.web import application, serve

    def ready(url: str) -> None:
        service = access.service and url.partition("/?")[0].rstrip("/") + access.service
        url = url if enters else url.partition("?")[0]  # somebody else's collection: log in
        Console(stderr=True, highlight=False).print(
            f"Review the faces at  {url}\nCtrl-C ends it.", soft_wrap=True, markup=False
        )
        if service:
            Console(stderr=True, highlight=False).print(
                f"Reconciliation service at  {service}", soft_wrap=True, markup=False
            )
        if open_browser:  # by the side: a browser in the terminal lasts until it is left
            threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()

    by = collection.people.by(author).author
    if author and collection.users:
        collection.users.by(author).require(Role.READER)
    enters = not collection.users or collection.users.find(by) is not None
    session = Review(collection)
    before = _decided(collection)
    if begin:
        begin(session.intake, by)
    with working(session):
        serve(lambda reached: application(session, reached, by), access, ready)
    session.intake.close()
    return {"decisions": _decided(collection) - before}


def _decided(collection: "Collection") -> int:
    """How many decisions there are."""
    return len(collection.decisions) if collection.is_indexed else 0
