"""The page over TLS with a certificate of one's own."""

import shutil
import subprocess
import threading
from pathlib import Path

import httpx
import pytest

from prosopon.collection.review import Review
from prosopon.errors import ProsoponError
from prosopon.web import Access, application
from prosopon.web.server import listening, server

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    made = [str(folder / name) for name in ("certificate.pem", "key.pem")]
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=archive"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-out", made[0], "-keyout", made[1]]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    return made[0], made[1]


def test_pages_over_tls_and_none_without(review: Review, certificate: tuple[str, str]) -> None:
    access = Access(port=0, token="", certificate=certificate[0], key=certificate[1])
    listener = listening(access)
    port = listener.getsockname()[1]
    running = server(application(review, access, "Ada"), access)
    thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
    thread.start()
    try:
        with httpx.Client(verify=_trusting(certificate[0]), timeout=60) as client:
            assert "Overview" in client.get(f"https://127.0.0.1:{port}/").text
            with pytest.raises(httpx.HTTPError):
                client.get(f"http://127.0.0.1:{port}/")
    finally:
        running.should_exit = True
        thread.join(10)
        listener.close()


@pytest.mark.parametrize("wrong", ["", "no certificate at all", "other key"])
def test_a_certificate_that_is_none_is_told(
    review: Review, certificate: tuple[str, str], tmp_path: Path, wrong: str
) -> None:
    file = tmp_path / "certificate.pem"
    if wrong:
        file.write_text(wrong)
    access = Access(certificate=str(file), key=certificate[1])
    with pytest.raises(ProsoponError, match="--certificate.*--key"):
        server(application(review, access, "Ada"), access)


def _trusting(certificate: str) -> object:
    import ssl

    return ssl.create_default_context(cafile=certificate)
