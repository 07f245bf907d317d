"""prosopon label, merge, split: say who faces are."""

from typing import Any

import typer

from prosopon.cli.app import app
from prosopon.cli.common import Call, author_or_user, verb
from prosopon.cli.desk import AUTHOR, desk_of, show_deed
from prosopon.errors import UsageError

FACES: Any = typer.Argument(None, help="Face ids, as prosopon info and export give them.")
CLUSTER: Any = typer.Option(None, help="All faces of this cluster that have no name yet.")


@verb(app, show_deed, example="prosopon label 12 13 14 --name 'Anna Tamm'")
def label(
    call: Call,
    faces: list[int] = FACES,
    cluster: int = CLUSTER,
    names: list[str] = typer.Option(
        [], "--name", help="Who it is: a name or an identifier. Repeat it: one of these."
    ),
    new: bool = typer.Option(False, "--new", help="Somebody new, though the name is in use."),
    doubtful: bool = typer.Option(False, "--doubtful", help="Perhaps."),
    nots: list[str] = typer.Option([], "--not", help="Who it is not; may be repeated."),
    ignore: bool = typer.Option(False, "--ignore", help="Nobody is to be asked about them."),
    not_a_face: bool = typer.Option(False, "--not-a-face", help="They are no faces."),
    statue: bool = typer.Option(False, "--statue", help="They are depicted: statue, painting."),
    same: bool = typer.Option(False, "--same", help="They are one person, whoever it is."),
    different: bool = typer.Option(False, "--different", help="No two of them are one person."),
    note: str = typer.Option("", help="Something to remember about them."),
    author: str = AUTHOR,
) -> Any:
    """Say who faces are, who they are not, or what they are. One thing at a time.

    Nothing is overwritten: each call adds to the log, and prosopon undo takes it back.
    """
    from prosopon.collection.review import deeds
    from prosopon.collection.review.finding import find_faces, find_person, who_is
    from prosopon.people import Kind

    marks = {
        Kind.IGNORE: ignore,
        Kind.NOT_A_FACE: not_a_face,
        Kind.STATUE: statue,
        Kind.SAME: same,
        Kind.DIFFERENT: different,
    }
    chosen = [kind for kind, wanted in marks.items() if wanted]
    if len(chosen) + bool(names) + bool(nots) + bool(note) != 1:
        raise UsageError(
            "say one thing: --name, --not, --ignore, --not-a-face, --statue, --same, --different "
            "or --note"
        )
    author = author_or_user(author)
    with desk_of(call) as desk:
        target = deeds.Target(find_faces(desk, faces or ()), (), cluster)
        if note:
            return deeds.note(desk, author, target, note)
        if nots:
            rejected = [find_person(desk, text).id for text in nots]
            return deeds.reject(desk, author, target, *map(deeds.Who, rejected))
        if len(names) > 1:
            several = [deeds.Who(find_person(desk, text).id) for text in names]
            return deeds.name_one_of(desk, author, target, several)
        if names:
            who = who_is(desk, names[0], fresh=new)
            return deeds.name(desk, author, target, who, doubtful=doubtful)
        if chosen[0] in (Kind.SAME, Kind.DIFFERENT):
            return deeds.link(desk, author, target, chosen[0])
        return deeds.mark(desk, author, target, chosen[0])


@verb(app, show_deed, example="prosopon merge 'Anna Tamm' 'Anna Kask'")
def merge(
    call: Call,
    kept: str = typer.Argument(help="The person who stays; with --clusters, a cluster."),
    others: list[str] = typer.Argument(help="Who is the same person."),
    clusters: bool = typer.Option(
        False, "--clusters", help="These are clusters: they are one person, whoever it is."
    ),
    author: str = AUTHOR,
) -> Any:
    """Make persons one: the others' faces, names and links go to the first.

    With --clusters, clusters stay as they are until the next prosopon cluster, which puts them
    together; names pass from one to the other at once.
    """
    from prosopon.collection.review import deeds
    from prosopon.collection.review.browse import number
    from prosopon.collection.review.finding import find_person

    author = author_or_user(author)
    with desk_of(call) as desk:
        if clusters:
            return deeds.link_clusters(desk, author, [number(text) for text in (kept, *others)])
        first, *rest = (find_person(desk, text).id for text in (kept, *others))
        return deeds.merge(desk, author, first, *map(deeds.Who, rest))


@verb(app, show_deed, example="prosopon split 12 13 --from 'Anna Tamm' --name 'Anna Tamm jr.'")
def split(
    call: Call,
    faces: list[int] = FACES,
    former: str = typer.Option("", "--from", help="The person whose faces they were said to be."),
    name: str = typer.Option("", help="Who they are; without it, somebody nameless."),
    author: str = AUTHOR,
) -> Any:
    """Faces are somebody else: a new person, split off the one whose name they have."""
    from prosopon.collection.review import deeds
    from prosopon.collection.review.finding import find_faces, find_person

    with desk_of(call) as desk:
        target = deeds.Target(find_faces(desk, faces or ()))
        person = find_person(desk, former).id if former else ""
        return deeds.split(desk, author_or_user(author), target, deeds.Who(name=name), person)
