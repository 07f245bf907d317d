"""prosopon label, merge, split: say who faces are."""

from typing import Any

import typer

from prosopon.cli.app import app
from prosopon.cli.common import AUTHOR, Call, show_action, verb
from prosopon.errors import UsageError

FACES: Any = typer.Argument(None, help="Face ids, as prosopon info and export give them.")
CLUSTER: Any = typer.Option(None, help="All faces of this cluster that have no name yet.")


@verb(app, show_action, example="prosopon label 12 13 14 --name 'Anna Tamm'")
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
    with call.open() as collection:
        return collection.people.by(author).label(
            faces or (),
            cluster=cluster,
            name=names,
            new=new,
            doubtful=doubtful,
            reject=nots,
            mark=chosen[0] if chosen else None,
            note=note,
        )


@verb(app, show_action, example="prosopon merge 'Anna Tamm' 'Anna Kask'")
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
    with call.open() as collection:
        people = collection.people.by(author)
        return (people.merge_clusters if clusters else people.merge)(kept, *others)


@verb(app, show_action, example="prosopon split 12 13 --from 'Anna Tamm' --name 'Anna Tamm jr.'")
def split(
    call: Call,
    faces: list[int] = FACES,
    former: str = typer.Option("", "--from", help="The person whose faces they were said to be."),
    name: str = typer.Option("", help="Who they are; without it, somebody nameless."),
    cluster: int | None = typer.Option(
        None, help="This cluster is not all one person: group its faces again, more strictly."
    ),
    author: str = AUTHOR,
) -> Any:
    """Faces are somebody else: a new person, split off the one whose name they have.

    With --cluster, nobody says which faces are somebody else: the cluster is grouped again, more
    strictly, and stays apart in later runs. Say it again of a part that is still mixed.
    """
    with call.open() as collection:
        if cluster is not None:
            if faces or former or name:
                raise UsageError("--cluster is said of a whole cluster: leave the others out")
            return collection.divide(cluster, author=author)
        return collection.people.by(author).split(faces or (), name, former=former)
