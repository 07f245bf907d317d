"""prosopon suggest, propagate: who faces may be, and why."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import Table, counted
from prosopon.errors import UsageError


class Order(StrEnum):
    """What comes first among the names of one face."""

    PROBABILITY = "probability"
    NEAREST = "nearest"
    COMMON = "common"


class Source(StrEnum):
    """What names come from."""

    FACES = "faces"
    CAPTIONS = "captions"


def _show(console: Console, result: Any) -> None:
    shown: dict[str, Callable[[Console, Any], None]] = {
        "names": _show_names,
        "merges": _show_merges,
        "questions": _show_questions,
        "accepted": _show_accepted,
    }
    (kind,) = result
    if result[kind]:
        shown[kind](console, result[kind])
    else:
        console.print("nothing to suggest")


def _show_names(console: Console, found: Any) -> None:
    by_faces = any(one.cosine is not None for one in found)
    figures = ("cosine", "votes") if by_faces else ()
    table = Table("face", "may be", "probability", "because of", *figures, "")
    for one in found:
        known = one.cosine is not None
        numbers = (f"{one.cosine:.3f}", f"{one.votes:.1f}") if known else ("", "")
        table.add_row(
            str(one.face),
            escape(one.name),
            f"{one.probability:.1%}",
            f"face {one.evidence_face}" if known else escape(one.reason),
            *(numbers if by_faces else ()),
            escape(one.warning or {"tick": "sure", "ask": ""}.get(one.band, "unlikely")),
        )
    console.print(table)


def _show_accepted(console: Console, done: Any) -> None:
    console.print(
        f"{counted(done.faces, 'face')} named from captions; {done.expected:.1%} of the "
        f"names are expected "
        f"to be right; {len(done.people):,} new persons"
    )
    if done.decisions:
        console.print(
            "what people decide overrules it; prosopon undo --author machine takes it back"
        )


def _show_merges(console: Console, found: Any) -> None:
    table = Table("clusters", "probability", "because of faces")
    for one in found:
        table.add_row(
            " and ".join(map(str, one.clusters)),
            f"{one.probability:.1%}",
            " and ".join(map(str, one.faces)),
        )
    console.print(table)


def _show_questions(console: Console, found: Any) -> None:
    table = Table("who is this?", "perhaps", "probability", "settles")
    for one in found:
        faces = ", ".join(map(str, one.faces[:8])) + "…" * (len(one.faces) > 8)
        probability = f"{one.probability:.0%}" if one.name else ""
        table.add_row(f"faces {faces}", escape(one.name), probability, f"{one.gain:.1f} faces")
    console.print(table)


@verb(app, _show, example="prosopon suggest 12 13 --order nearest")
def suggest(
    call: Call,
    faces: list[int] = typer.Argument(
        None, help="Face ids. Without any: the best name for each face that waits for one."
    ),
    merges: bool = typer.Option(False, "--merges", help="Clusters that may be one person."),
    questions: bool = typer.Option(
        False, "--questions", help="What to ask next: what settles most faces comes first."
    ),
    order: Order = typer.Option(Order.PROBABILITY, help="Which name of a face comes first."),
    hard: bool = typer.Option(
        False, "--hard", help="Count only faces that people named, not those predicted."
    ),
    k: int = typer.Option(None, "-k", min=1, help="Look at so many neighbours of each face."),
    radius: float = typer.Option(None, help="Look at neighbours of at least this cosine."),
    source: Source = typer.Option(
        Source.FACES, "--from", help="faces: like named faces; captions: whom captions name."
    ),
    accept: float | None = typer.Option(
        None,
        min=0,
        max=1,
        help="captions: name as many faces as can be, so that this share is expected to be right.",
    ),
    limit: int = typer.Option(100, min=1, help="How many to show."),
) -> Any:
    """Suggest names with reasons and probabilities. Nothing is decided by it, unless --accept.

    What somebody rejected is not suggested again. Probabilities are calibrated on labelled
    photographs, see docs/people.md.
    """
    if merges + questions + bool(faces) > 1:
        raise UsageError("faces, --merges and --questions exclude one another")
    if accept is not None and source is not Source.CAPTIONS:
        raise UsageError("--accept goes with --from captions")
    with call.open() as collection:
        if accept is not None:
            return {"accepted": collection.name_from_captions(accept=accept)}
        if source is Source.CAPTIONS:
            return {"names": collection.suggest_from_captions(limit=limit)}
        if merges:
            return {"merges": collection.suggest_merges(limit=limit)}
        if questions:
            return {"questions": collection.suggest_questions(limit=limit)}
        return {
            "names": collection.suggest(
                faces or (), order=order.value, hard=hard, k=k, radius=radius, limit=limit
            )
        }


class By(StrEnum):
    """How soft labels come about."""

    HARMONIC = "harmonic"
    MAJORITY = "majority"


def _show_soft(console: Console, result: Any) -> None:
    table = Table("face", "cluster", "probably", "probability")
    for one in result["faces"]:
        cells = (str(one.face), str(one.cluster), escape(one.name), f"{one.probability:.1%}")
        table.add_row(*cells)
    console.print(table if result["faces"] else "no cluster has named and open faces")


@verb(app, _show_soft, example="prosopon propagate --cluster 7")
def propagate(
    call: Call,
    cluster: int = typer.Option(None, help="Only this cluster."),
    by: By = typer.Option(
        By.HARMONIC,
        help="harmonic: means of the neighbours' probabilities; majority: the name that most "
        "neighbours have, as the archive's thesis says.",
    ),
) -> Any:
    """Predict the names of faces from the named ones in their clusters: soft labels.

    Names given by people stay fixed; two of them in one cluster divide it. Nothing is stored: the
    prediction always follows what is decided now.
    """
    with call.open() as collection:
        return {"faces": collection.propagate(cluster=cluster, by=by.value)}
