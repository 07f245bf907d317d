"""prosopon review: name people in the browser."""

import threading
import webbrowser
from typing import Any

import typer
from rich.console import Console

from prosopon.cli.app import app
from prosopon.cli.common import AUTHOR, Call, verb


def _show(console: Console, result: Any) -> None:
    made = result["decisions"]
    console.print(f"ended; {made:,} decision{'' if made == 1 else 's'} made meanwhile")


@verb(app, _show, example="prosopon review --collection people.prosopon")
def review(
    call: Call,
    port: int = typer.Option(8765, min=0, max=65535, help="0 takes one that is free."),
    host: str = typer.Option("127.0.0.1", help="Other than this computer: only with --token."),
    token: str = typer.Option(
        "",
        envvar="PROSOPON_REVIEW_TOKEN",
        show_default=False,
        help="A secret of 16 characters or more that visitors must bring.",
    ),
    author: str = AUTHOR,
    open_browser: bool = typer.Option(True, "--open/--no-open", help="Open the browser."),
) -> Any:
    """Name people, answer questions, mend groups: a page in the browser.

    Served by this computer to this computer until Ctrl-C; nothing is sent anywhere. Every answer
    is an entry of the log and can be taken back.
    """
    from prosopon.collection.review import Review
    from prosopon.collection.review.suggestion_worker import working
    from prosopon.web import Access, application, serve

    def ready(url: str) -> None:
        Console(stderr=True, highlight=False).print(
            f"Review the faces at  {url}\nCtrl-C ends it.", soft_wrap=True, markup=False
        )
        if open_browser:  # by the side: a browser in the terminal lasts until it is left
            threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()

    access = Access(host, port, token)
    with call.open() as collection:
        session = Review(collection)
        by = collection.people.by(author).author
        before = collection.view.length
        with working(session):
            serve(lambda reached: application(session, reached, by), access, ready)
        return {"decisions": collection.view.length - before}
