"""Every kind of database behind one fixture; PostgreSQL where its server is installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from prosopon.store import Store, open_store


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own, on loopback; skips where none is installed."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))  # Debian's place
    found = str(installed[-1]) if installed else shutil.which("pg_ctl")
    if found is None:
        pytest.skip("needs a PostgreSQL server (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="prosopon-postgresql-"))
    data = folder / "data"
    as_user: list[str] = []
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    control = [*as_user, found, "-D", str(data), "-w", "-s"]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    subprocess.run([*control, "initdb", "-o", "-A trust -U prosopon"], **quiet)
    options = f"-h 127.0.0.1 -p {port} -k {folder} -F"
    subprocess.run([*control, "start", "-l", str(folder / "log"), "-o", options], **quiet)
    yield f"postgresql://prosopon@127.0.0.1:{port}"
    subprocess.run([*control, "stop", "-m", "immediate"], **quiet)
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty collection in each kind of database."""
    name = str(tmp_path / "a.prosopon")
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        database = f"test_{abs(hash(request.node.nodeid))}"
        with open_store(f"{server}/postgres") as admin:
            raw = admin._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            raw.exec_driver_sql(f"CREATE DATABASE {database}")
            raw.close()
        name = f"{server}/{database}"
    with open_store(name) as opened:
        yield opened
