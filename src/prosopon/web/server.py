"""Serving the application on this computer."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from prosopon.errors import ProsoponError
from prosopon.files import read_bytes
from prosopon.web.access import Access

PATIENCE = 20.0
"""Seconds in which the head of a request must have come, or the body of one that was answered."""
MOST_CONNECTIONS = 200
"""At a time; others are told to come again."""


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
        running = server(make(reached), access)
        ready(reached.url)
        running.run([listener])


def server(app: Starlette, access: Access | None = None) -> uvicorn.Server:
    """What answers; `run` it with sockets that listen.

    access : with a certificate for TLS, or without.

    Raises ProsoponError for a certificate or key that is none.
    """
    certificate = access.certificate if access else ""
    if access and certificate:
        _check_certificate(access)
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=Impatient,
            limit_concurrency=MOST_CONNECTIONS,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ssl_certfile=certificate or None,
            ssl_keyfile=(access.key if access else "") or None,
            timeout_graceful_shutdown=2,
        )
    )


def _check_certificate(access: Access) -> None:
    try:
        for file in (access.certificate, access.key):
            read_bytes(Path(file))  # OpenSSL would wait for a pipe
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(access.certificate, access.key, password="")
    except (OSError, ValueError) as error:  # SSLError is an OSError
        raise ProsoponError(
            f"--certificate {access.certificate}, --key {access.key}: {error}; expected a "
            "certificate and its key as PEM, without a passphrase"
        ) from error


class Impatient(H11Protocol):
    """Hangs up on those who don't say in time what they want, or go on talking after they were
    answered.

    uvicorn itself hangs up only on those who were answered and say nothing more.
    """

    _leave: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Wait on while the head of a request is not whole."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        super().connection_lost(exc)
        if self._leave is not None:
            self._leave.cancel()

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE and self.conn.our_state is not h11.DONE:
            if self._leave is not None:
                self._leave.cancel()
                self._leave = None
        elif self._leave is None:
            self._leave = self.loop.call_later(PATIENCE, self.transport.abort)


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
