"""prosopon people: who there is, and what is known of them."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import AUTHOR, Call, show_action, verb
from prosopon.cli.tables import Table, counted
from prosopon.errors import UsageError

people = typer.Typer(help="Persons: list, show, add, change, present.", no_args_is_help=True)
app.add_typer(people, name="people")

PERSON: Any = typer.Argument(help="Identifier, name, or one of the name variants.")
BORN: Any = typer.Option(None, help="1871, 1871-03 or 1871-03-27; ~ or ? after it: uncertain.")
DIED: Any = typer.Option(None, help="As --born.")
VARIANTS: Any = typer.Option(None, "--variant", help="Another name or spelling; repeat for more.")
LINKS: Any = typer.Option(None, "--link", help="An IRI in an authority file; repeat for more.")
NOTE: Any = typer.Option(None, help="What else is known.")


def _show_list(console: Console, result: Any) -> None:
    table = Table("name", "dates", "identifier")
    table.add_column("faces", justify="right")
    for one in result["people"]:
        dates = "–".join((one.person.born, one.person.died)).strip("–")
        table.add_row(escape(one.person.name), dates, one.person.id, f"{one.faces:,}")
    console.print(table)


@verb(people, _show_list, name="list", example="prosopon people list tamm")
def list_people(
    call: Call,
    text: str = typer.Argument("", help="Only those with all of these words in a name."),
    restricted: bool = typer.Option(False, "--restricted", help="Only the restricted ones."),
) -> Any:
    """Persons and how many faces have their names; restricted ones only where asked for."""
    with call.open() as collection:
        return {"people": collection.people.list(text, restricted=restricted)}


def _show_person(console: Console, result: Any) -> None:
    one = result.person
    console.print(f"[bold]{escape(one.name)}[/bold]{'  (nameless)' * one.nameless}")
    console.print(result.iri)
    known = {
        "also": ", ".join(one.variants),
        "born": one.born,
        "died": one.died,
        "note": one.note,
        "links": ", ".join(one.links),
        "restricted": "yes" * one.restricted,
    }
    for label, value in known.items():
        if value:
            console.print(f"{label}: {escape(value)}")
    faces = result.faces
    console.print(
        f"{counted(len(faces), 'face')}: {', '.join(map(str, faces[:30]))}{'…' * (len(faces) > 30)}"
    )


@verb(people, _show_person, example="prosopon people show 'Anna Tamm'")
def show(call: Call, person: str = PERSON) -> Any:
    """All that is known of a person, and the faces with the name."""
    with call.open() as collection:
        return collection.people.show(person)


@verb(
    people, show_action, example="prosopon people add 'Anna Tamm' --born 1871 --variant 'A. Tamm'"
)
def add(
    call: Call,
    name: str = typer.Argument(help="The name, or a handle such as 'unknown man A'."),
    nameless: bool = typer.Option(False, "--nameless", help="The name is only a handle."),
    born: str = BORN,
    died: str = DIED,
    variants: list[str] = VARIANTS,
    links: list[str] = LINKS,
    note: str = NOTE,
    author: str = AUTHOR,
) -> Any:
    """Make a person without faces so far. Two persons may have one name."""
    details = _given(born=born, died=died, variants=variants, links=links, note=note)
    with call.open() as collection:
        return collection.people.by(author).add(name, nameless=nameless, **details)


@verb(people, show_action, example="prosopon people change 'Anna Tamm' --died 1944 --restrict")
def change(
    call: Call,
    person: str = PERSON,
    name: str = typer.Option(None, help="The new name."),
    nameless: bool = typer.Option(None, "--nameless/--named", help="The name is only a handle."),
    born: str = BORN,
    died: str = DIED,
    variants: list[str] = VARIANTS,
    links: list[str] = LINKS,
    note: str = NOTE,
    restricted: bool = typer.Option(
        None, "--restrict/--release", help="Leave out of the page, of reports and of exports."
    ),
    author: str = AUTHOR,
) -> Any:
    """Rename a person, or change what else is known.

    What is given replaces what was there; '' takes it away.
    """
    changes = _given(
        name=name,
        nameless=nameless,
        born=born,
        died=died,
        variants=variants,
        links=links,
        note=note,
        restricted=restricted,
    )
    if not changes:
        raise UsageError("say what to change: --name, --born, --died, --variant, …")
    with call.open() as collection:
        return collection.people.by(author).change(person, **changes)


@verb(people, show_action, example="prosopon people present 'Anna Tamm' scan12.jpg")
def present(
    call: Call,
    person: str = PERSON,
    photo: Path = typer.Argument(help="A photograph of the collection."),
    box: tuple[float, float, float, float] = typer.Option(
        None, metavar="X Y WIDTH HEIGHT", help="Where, in pixels of the upright photograph."
    ),
    author: str = AUTHOR,
) -> Any:
    """Somebody is in a photograph, with no face that was found. An unknown name makes a person."""
    with call.open() as collection:
        return collection.people.by(author).present(person, photo, box)


def _given(**values: Any) -> dict[str, Any]:
    """The flags that were given; an empty text in a list stands for none."""
    return {
        key: tuple(filter(None, value)) if isinstance(value, list) else value
        for key, value in values.items()
        if value is not None
    }


def _show_enrolled(console: Console, result: Any) -> None:
    console.print(
        f"{counted(result.portraits, 'portrait')} of {result.people:,} people, "
        f"{len(result.new):,} of them "
        f"new; {counted(result.named, 'face')} named"
    )
    if result.suggestions:
        table = Table("face", "may be", "probability")
        for one in result.suggestions:
            table.add_row(str(one.face), escape(one.name), f"{one.probability:.1%}")
        console.print(table)
    for problem in result.problems:
        console.print(f"[yellow]{escape(problem)}[/yellow]")


@verb(people, _show_enrolled, example="prosopon people enrol portraits/ --accept 0.99")
def enrol(
    call: Call,
    portraits: Path = typer.Argument(
        help="A folder for each person, or a CSV with the columns path and person."
    ),
    accept: float | None = typer.Option(
        None,
        min=0,
        max=1,
        help="Name as many faces as can be, so that this share is expected to be right.",
    ),
    author: str = AUTHOR,
    limit: int = typer.Option(100, min=1, help="How many suggestions to show."),
) -> Any:
    """Find a few known people by their portraits; everybody else stays nobody known.

    One to three portraits of each are enough; they need not be in the collection. Nobody is named
    without --accept; what is named so is a decision of the machine, which people overrule.
    """
    with call.open() as collection:
        return collection.enrol(portraits, accept=accept, author=author, limit=limit)


def _show_matched(console: Console, result: Any) -> None:
    table = Table("person", "there", "about", "address")
    table.add_column("score", justify="right")
    for one in result["people"]:
        for place, other in enumerate(one.candidates):
            sure = " ✓" if one.linked and one.linked == other.link else " =" * other.match
            cells = (one.name * (place == 0), other.name + sure, other.about[:60], other.link)
            table.add_row(*map(escape, cells), f"{other.score:.0f}")
    console.print(table)
    none = sum(not one.candidates for one in result["people"])
    if none:
        console.print(f"{none:,} persons are not known there")


@verb(
    people, _show_matched, example="prosopon people match https://wikidata.reconci.link/en/api Tamm"
)
def match(
    call: Call,
    service: str = typer.Argument(help="Address of a reconciliation service."),
    persons: list[str] = typer.Argument(
        None, metavar="PERSON", help="Who; by default everybody without a link.", show_default=False
    ),
    accept: bool = typer.Option(
        False, "--accept", help="Note the address with those of whom the service is sure."
    ),
    author: str = AUTHOR,
    limit: int = typer.Option(3, min=1, help="Candidates of each."),
) -> Any:
    """Ask an authority file who the persons are. Their names and life dates are sent there.

    Nothing is ever asked without this verb. Restricted persons are never sent.
    """
    with call.open() as collection:
        found = collection.match(service, persons or (), accept=accept, author=author, limit=limit)
        return {"people": found}
