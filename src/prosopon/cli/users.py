"""prosopon users: who may use the collection over the page."""

import sys
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import AUTHOR, Call, verb
from prosopon.cli.tables import Table

users = typer.Typer(help="Users: list, add, role, link, password, remove.", no_args_is_help=True)
app.add_typer(users, name="users")

NAME: Any = typer.Argument(help="The user's name: the author of what they decide.")
ROLE = "reader (looks), contributor (suggests), curator (decides) or owner (all)."


def _show_users(console: Console, result: Any) -> None:
    if not result["users"]:
        console.print("no users: whoever opens the collection is its owner")
        return
    table = Table("name", "role", "gets in by")
    for one in result["users"]:
        ways = ["password"] * one.password + ["link"] * one.link
        table.add_row(escape(one.name), one.role, ", ".join(ways) or "nothing yet")
    console.print(table)


def _show_told(console: Console, result: Any) -> None:
    console.print(escape(result["told"]), soft_wrap=True)


@verb(users, _show_users, name="list", example="prosopon users list")
def list_users(call: Call) -> Any:
    """Who may use the collection over the page, and how they get in."""
    with call.open() as collection:
        return {"users": collection.users.list()}


@verb(users, _show_told, example="prosopon users add Kati --role contributor")
def add(
    call: Call,
    name: str = NAME,
    role: str = typer.Option("contributor", help=ROLE),
    author: str = AUTHOR,
) -> Any:
    """Add a user; the first one is an owner. Then give them a link or a password.

    From then on decisions are noted as those of users only, and the page asks who somebody is.
    """
    with call.open() as collection:
        added = collection.users.by(author).add(name, role)
        return {
            "told": f"{added.name} is a user now ({added.role}); give them a link with  "
            f"prosopon users link '{added.name}'"
        }


@verb(users, _show_told, example="prosopon users role Kati curator")
def role(
    call: Call,
    name: str = NAME,
    to: str = typer.Argument(metavar="ROLE", help=ROLE),
    author: str = AUTHOR,
) -> Any:
    """Give a user another role, in force at once."""
    with call.open() as collection:
        changed = collection.users.by(author).role(name, to)
        return {"told": f"{changed.name}: {changed.role}"}


@verb(users, _show_told, example="prosopon users link Kati --address https://archive.example.org")
def link(
    call: Call,
    name: str = NAME,
    address: str = typer.Option(
        "http://127.0.0.1:8765", help="Where the page is reached: prosopon review prints it."
    ),
    author: str = AUTHOR,
) -> Any:
    """Make an address that lets this user in. The one made before is dead.

    Whoever has the address is the user: send it by a way that you trust.
    """
    with call.open() as collection:
        secret = collection.users.by(author).link(name)
        return {"told": f"{address.partition('?')[0].rstrip('/')}/enter?link={secret}"}


@verb(users, _show_told, example="prosopon users password Kati")
def password(call: Call, name: str = NAME, author: str = AUTHOR) -> Any:
    """Set a user's password: typed twice, or the first line of what is piped in."""
    with call.open() as collection:
        if sys.stdin.isatty():
            given = typer.prompt(
                f"Password for {name}", hide_input=True, confirmation_prompt=True, err=True
            )
        else:
            given = sys.stdin.readline().rstrip("\r\n")
        collection.users.by(author).password(name, given)
        return {"told": f"{name} gets in by password now"}


@verb(users, _show_told, example="prosopon users remove Kati")
def remove(call: Call, name: str = NAME, author: str = AUTHOR) -> Any:
    """Take a user out: link, password and sessions end at once; what they decided stays."""
    with call.open() as collection:
        collection.users.by(author).remove(name)
        return {"told": f"{name} is no user any more"}
