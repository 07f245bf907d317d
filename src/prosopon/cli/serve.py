"""prosopon serve: faces for other programs on this computer."""

from typing import Any

import typer
from rich.console import Console

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb


def _show(console: Console, _: Any) -> None:
    console.print("ended")


@verb(app, _show, example="prosopon serve --port 8766")
def serve(
    call: Call,
    port: int = typer.Option(8766, min=0, max=65535, help="0 takes one that is free."),
    token: str | None = typer.Option(
        None,
        envvar="PROSOPON_SERVE_TOKEN",
        show_default=False,
        help="The secret that programs must bring; by default a new one each time. "
        "Empty: none, every program of this computer may ask.",
    ),
) -> Any:
    """Find, compare and recognise faces for other programs on this computer, until Ctrl-C.

    Speaks as ResourceSpace's plugin "faces" and LocalAI's /v1/face expect. Pictures that are sent
    are not kept. Persons named in the collection are recognised. See docs/serving.md.
    """
    from prosopon.collection.face_service import FaceService
    from prosopon.web import Access, face_service
    from prosopon.web import serve as answer

    def ready(url: str) -> None:
        base, _, secret = url.partition("/?token=")
        told = Console(stderr=True, highlight=False)
        address = f"{base}/{secret}".rstrip("/")
        told.print(f"Faces are served at  {address}\nCtrl-C ends it.", soft_wrap=True, markup=False)

    with call.open(create=True) as collection:
        faces = FaceService(collection)
        access = Access(port=port) if token is None else Access(port=port, token=token)
        answer(lambda reached: face_service(faces, reached), access, ready)
    return {}
