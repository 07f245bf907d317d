"""prosopon models: the model zoo."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon import zoo
from prosopon.cli.app import app
from prosopon.cli.common import Call, parse_parameters, verb
from prosopon.cli.tables import Table

models = typer.Typer(
    help="The models: list, fetch, add, export, verify, licences.", no_args_is_help=True
)
app.add_typer(models, name="models")


def _show_list(console: Console, result: Any) -> None:
    table = Table("model", "task", "here", "licence", "what it is")
    for row in result["models"]:
        here = "yes" if row["present"] else "no"
        table.add_row(row["id"], row["task"], here, escape(row["licence"]), row["description"])
    console.print(table)


@verb(models, _show_list, name="list", example="prosopon models list")
def list_models(call: Call) -> Any:
    """All models that have a card, and whether their weights are on this computer."""
    return {
        "models": [
            {
                "id": card.id,
                "task": card.task,
                "present": zoo.is_present(card),
                "licence": card.licence,
                "description": card.description,
                "sha256": card.sha256,
                "source": card.source,
                "threshold": card.threshold,
            }
            for card in zoo.cards().values()
        ]
    }


def _show_done(console: Console, result: Any) -> None:
    console.print(f"{result['id']}: {result['done']}")


@verb(models, _show_done, example="prosopon models pull centerface")
def pull(call: Call, model: str = typer.Argument(help="Card id.")) -> Any:
    """Fetch a model's weights from where its card says. The only verb that uses the network."""
    zoo.pull(model)
    return {"id": model, "done": "fetched, and its hash is right"}


@verb(
    models,
    _show_done,
    example="prosopon models add arcface.onnx --task embedder --backend onnx-embedder "
    "--licence MIT --set alignment=arcface-112",
)
def add(
    call: Call,
    weights: Path = typer.Argument(help="The weights' file; it is copied."),
    task: str = typer.Option(help="detector, embedder …"),
    backend: str = typer.Option(help="The implementation that runs it; see docs/models.md."),
    licence: str = typer.Option(help="The weights' terms."),
    id: str = typer.Option(None, help="Card id; by default the file's name."),
    fields: list[str] = typer.Option(
        [], "--set", metavar="FIELD=VALUE", help="Any other field of the card; may be repeated."
    ),
) -> Any:
    """Add weights of your own under a new card."""
    card = zoo.add(
        weights,
        task=task,
        backend=backend,
        licence=licence,
        **({} if id is None else {"id": id}),
        **zoo.parse_fields(parse_parameters(fields)),
    )
    return {"id": card.id, "done": "added"}


@verb(models, _show_done, example="prosopon models export dlib-resnet dlib-resnet/")
def export(
    call: Call,
    model: str = typer.Argument(help="Card id."),
    folder: Path = typer.Argument(help="A new folder."),
) -> Any:
    """Write a model as a folder for Hugging Face's hub: ONNX, card, README.md with metadata."""
    files = [file.name for file in zoo.write_folder(model, folder)]
    return {"id": model, "done": f"written to {folder}: {', '.join(files)}", "files": files}


@verb(models, _show_done, example="prosopon models verify mmod")
def verify(call: Call, model: str = typer.Argument(help="Card id.")) -> Any:
    """Check a model's weights against the hash on its card."""
    zoo.verify(model)
    return {"id": model, "done": "as its card says"}


def _show_licences(console: Console, result: Any) -> None:
    table = Table("model", "licence given", "terms of the training data")
    for model, terms in result["licences"].items():
        table.add_row(model, escape(terms["licence"]), escape(terms["data_terms"]))
    console.print(table)


@verb(models, _show_licences, example="prosopon models licences")
def licences(call: Call) -> Any:
    """The licence of every model's weights, and the terms of the pictures they learnt from."""
    return {
        "licences": {
            card.id: {"licence": card.licence, "data_terms": card.data_terms}
            for card in zoo.cards().values()
        }
    }
