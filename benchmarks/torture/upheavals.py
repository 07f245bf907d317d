"""What a collection goes through between decisions; each leaves names and log as they were.

Every verb is killed at a random moment first, and then run again to its end.
"""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import prosopon
from prosopon.store import open_store


@dataclass
class Subject:
    """A collection, its photographs, and how often something was killed over it."""

    folder: Path
    name: str
    images: str
    chance: random.Random
    kills: int = 0
    verbs: int = 0
    server: str = ""
    """A PostgreSQL URL without a database's name; empty: none."""

    def verb(self, *words: str, again: bool = True) -> None:
        """Run a verb of the command line, killed first.

        again : whether a second run must succeed; not where the first may have done all there is.
        """
        command = [sys.executable, "-m", "prosopon", *words, "-q", "-c", self.name]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(self.chance.uniform(0.3, 4))
        self.verbs += 1
        if running.poll() is None:
            running.send_signal(signal.SIGKILL)
            self.kills += 1
        if running.wait():
            done = subprocess.run(command, capture_output=True, text=True)
            assert not (again and done.returncode), f"{words}: {done.stderr[-2000:]}"
        self.verbs += 1

    def another(self) -> str:
        """A name that no collection has yet."""
        return str(self.folder / f"{self.chance.randint(0, 10**12)}.prosopon")

    def copy(self) -> Path:
        """A backup of the collection."""
        folder = self.folder / f"backups-{self.chance.randint(0, 10**12)}"
        folder.mkdir()
        self.verb("backup", str(folder))
        return max(folder.glob("*.prosopon"))


def cluster(subject: Subject) -> None:
    subject.verb("cluster")


def other_settings(subject: Subject) -> None:
    with prosopon.open(subject.name, score_threshold=0.8) as collection:
        collection.index(subject.images)
    subject.verb("index", subject.images)


def other_detector(subject: Subject) -> None:
    subject.verb("index", subject.images, "--detector", "centerface")
    subject.verb("cluster")
    subject.verb("index", subject.images)
    subject.verb("cluster")


def other_embedder(subject: Subject) -> None:
    subject.verb("index", subject.images, "--embedder", "dlib-resnet-mirrored")
    subject.verb("cluster")
    subject.verb("index", subject.images)
    subject.verb("cluster")


def move(subject: Subject) -> None:
    """The photographs are elsewhere; indexing finds them."""
    _rename(subject)
    subject.verb("index", subject.images)


def relocate(subject: Subject) -> None:
    subject.verb("relocate", _rename(subject), subject.images, again=False)


def back_up(subject: Subject) -> None:
    made, name = subject.copy(), subject.another()
    subject.name = name
    subject.verb("restore", str(made), again=False)


def replay(subject: Subject) -> None:
    """From the text of the log alone."""
    made, name = subject.copy(), subject.another()
    subject.name = name
    subject.verb("restore", f"{made}.log.jsonl", again=False)
    subject.verb("index", subject.images)
    subject.verb("cluster")


def sidecars(subject: Subject) -> None:
    """Names go into sidecars, ExifTool rewrites them, and nothing new comes back from them."""
    subject.verb("export", "--format", "xmp")
    found = sorted(Path(subject.images).rglob("*.xmp"))
    assert found, "no sidecars were written"
    command = ["exiftool", "-q", "-overwrite_original", "-XMP:Rating=3", *map(str, found)]
    subprocess.run(command, check=True)
    with prosopon.open(subject.name) as collection:
        done = collection.import_(form="xmp", author="XMP", dry_run=True)
    assert not done.steps.get("add") and not done.steps.get("name"), done.steps


def server(subject: Subject) -> None:
    """To PostgreSQL, and back into a file."""
    database = f"torture_{subject.chance.randint(0, 10**12)}"
    with open_store(f"{subject.server}/postgres") as admin:
        raw = admin._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        raw.exec_driver_sql(f"CREATE DATABASE {database}")
        raw.close()
    made = subject.copy()
    subject.name = f"{subject.server}/{database}"
    subject.verb("restore", str(made), again=False)
    subject.verb("cluster")
    back_up(subject)


ALL: tuple[Callable[[Subject], None], ...] = (
    *(back_up, cluster, other_detector, move, sidecars, other_embedder, relocate, replay),
    other_settings,
)


def _rename(subject: Subject) -> str:
    """Give the folder of photographs another name; the one it had."""
    before = subject.images
    subject.images = str(Path(before).with_name(f"images-{subject.chance.randint(0, 10**12)}"))
    Path(before).rename(subject.images)
    return before
