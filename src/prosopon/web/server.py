"""Serving the application on this computer."""

import contextlib
import socket
from collections.abc import Callable
from dataclasses import replace

import uvicorn
from starlette.applications import Starlette

from prosopon.errors import ProsoponError
from prosopon.web.guard import Access


def serve(
    make: Callable[[Access], Starlette], access: Access, ready: Callable[[str], None]
) -> None:
    """Answer requests until interrupted.

    make : the application for the access as it is, with the port that was taken.
    ready : called once with the address when it can be asked.

    Raises ProsoponError where the address can't be used.
    """
    with listening(access) as listener, contextlib.suppress(KeyboardInterrupt):
        reached = replace(access, port=listener.getsockname()[1])
        running = server(make(reached))
        ready(reached.url)
        running.run([listener])


def server(app: Starlette) -> uvicorn.Server:
    """What answers; `run` it with sockets that listen."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=2,
        )
    )


def listening(access: Access) -> socket.socket:
    """A socket at the address. Raises ProsoponError where it can't be used."""
    family = socket.AF_INET6 if ":" in access.host else socket.AF_INET
    try:
        listener = socket.create_server((access.host, access.port), family=family)
        # connections take it over: without it each answer waits 40 ms for an acknowledgement
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        raise ProsoponError(
            f"{access.host}, port {access.port}: can't listen there ({error.strerror or error}); "
            "choose another with --port, or --port 0 for any that is free"
        ) from error
