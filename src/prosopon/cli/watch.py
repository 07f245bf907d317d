"""prosopon watch: take in what arrives in folders."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import counted
from prosopon.cli.terminal import Terminal
from prosopon.tables import Result

if TYPE_CHECKING:
    from prosopon.collection.watch import TakenIn


@dataclass(slots=True)
class Watched(Result):
    """What a watch came to."""

    looks: int = 0
    """At the folders that found something new."""
    photos: int = 0
    """Looked at."""
    faces: int = 0
    """Found in them."""


def _show(console: Console, result: Watched) -> None:
    console.print(
        f"ended; {counted(result.photos, 'photograph')} looked at, "
        f"{counted(result.faces, 'face')} found in them"
    )


@verb(app, _show, example="prosopon watch ~/Photos --collection people.prosopon")
def watch(
    call: Call,
    folders: list[Path] = typer.Argument(help="Folders of photographs."),
    settle: float = typer.Option(
        10.0, help="Seconds without a change in the folders before they are looked at."
    ),
    every: float = typer.Option(
        900.0, help="Seconds after which they are looked at in any case (network drives)."
    ),
) -> Any:
    """Find and group the faces of what arrives in folders, until Ctrl-C.

    Begins with what is there already. Makes the collection where there is none. The page
    (prosopon review) may be open meanwhile and shows what is new. Ctrl-C ends it; the same command
    goes on from there.
    """
    done, told = Watched(), Terminal(stderr=True, soft_wrap=True)
    with call.open(create=True) as collection:
        told.print("watching; Ctrl-C ends it")
        try:
            for taken in collection.watch(*folders, settle=settle, every=every):
                done.looks += 1
                done.photos += taken.indexed.examined
                done.faces += taken.indexed.faces
                told.print(f"{time.strftime('%H:%M')}  {_said(taken)}")
        except KeyboardInterrupt:  # the way to end it
            pass
    return done


def _said(taken: "TakenIn") -> str:
    indexed = taken.indexed
    words = [
        f"{counted(indexed.examined, 'photograph')} looked at, {counted(indexed.faces, 'face')}"
    ]
    words += [f"{indexed.moved:,} moved"] if indexed.moved else []
    words += [f"{indexed.vanished:,} gone"] if indexed.vanished else []
    if taken.clustered:
        words.append(f"{counted(taken.clustered.clusters, 'group')} in all")
    return "; ".join(words)
