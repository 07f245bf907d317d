"""`prosopon review` as a process of its own."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from tests.web.visiting import Visitor
from typer.testing import CliRunner

from prosopon.cli.app import app, load_verbs
from prosopon.errors import ProsoponError
from prosopon.store import Store
from prosopon.web import Access
from prosopon.web.server import listening

pytestmark = pytest.mark.models


def test_it_serves_until_it_is_interrupted(store: Store, visitor: Visitor) -> None:
    command = ["-m", "prosopon", "review", "-c", store.name, "--port", "0", "--no-open", "--json"]
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None and running.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/\S+", running.stderr.readline())
        assert found is not None
        with pytest.raises(urllib.error.HTTPError, match="401"):  # another user of this computer
            urllib.request.urlopen(found[0].partition("?")[0], timeout=60)
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(found[0], timeout=60) as answer:
            assert b"Questions" in answer.read()
        visitor.do("create", name="Anna")  # by somebody else on the same collection
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 0
        assert json.loads(running.stdout.read()) == {"decisions": 1}


def test_the_page_is_there_while_people_are_drawn(tmp_path: Path) -> None:
    command = ["-m", "prosopon", "start", "--demo", "--port", "0", "--no-open"]
    with subprocess.Popen(
        [sys.executable, *command], stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as running:
        assert running.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/\S+", running.stderr.readline())
        assert found is not None
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(found[0], timeout=60) as answer:
            assert b"drawing photographs" in answer.read()
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 0


def test_a_port_in_use_is_told_and_answers_are_sent_at_once() -> None:
    with listening(Access(port=0)) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        with pytest.raises(ProsoponError, match="--port 0"):
            listening(Access(port=listener.getsockname()[1]))


@pytest.mark.parametrize("flags", [["--host", "0.0.0.0"], ["--host", "::", "--token", "short"]])
def test_others_on_the_network_need_a_token(store: Store, flags: list[str]) -> None:
    load_verbs()
    result = CliRunner().invoke(app, ["review", "-c", store.name, "--no-open", *flags])
    assert result.exit_code == 2
    assert "--token" in result.output
