"""Sessions of naming one drawn album in a browser, by an automatic hand that slips now and then.

    python -m benchmarks.sessions [--sessions 10] [--first 1] [--slips 0.02] [--people 40]
        [--folder DIR]

Each session serves a fresh copy of the collection (`prosopon review`) and answers every question
with the keyboard alone; the hand knows who everybody is. With the given probability an answer is a
slip: another's name, yes for no, ignored, no face, put off. After a slip it presses Ctrl+Z and
looks whether all that was decided, and the question with its ticks, is as it was before. Prints,
for each session, the answers, the slips, those that were undone so, how often anything else was
lost, and the names that are right in the end.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tests.web.browsers import launched

import prosopon
from prosopon import synthetic
from prosopon.collection.ground_truth import label_faces

QUESTION = """() => {
  const it = document.querySelector(".deck > .question");
  if (!it) return document.querySelector(".deck .wait") ? undefined : null;
  const boxes = [...it.querySelectorAll("input[name=face]")];
  const name = it.dataset.person ? it.querySelector("h2 bdi").textContent : "";
  return { key: it.dataset.key, name,
    faces: boxes.map((box) => [Number(box.value), box.checked]) };
}"""
PAUSE = 300
"""Milliseconds for which the hand looks at a question: some are answered already by the last."""
REST = 1000
"""Milliseconds that it waits when it is told so: the page takes no keys then."""
SLIPS = ("another's name", "yes", "ignored", "no face", "put off")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--first", type=int, default=1, help="number of the first, its seed")
    parser.add_argument("--slips", type=float, default=0.02)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--browser", choices=("chromium", "firefox"), default="chromium")
    parser.add_argument("--folder", type=Path, help="keep the album here, and use it again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, launched(arguments.browser) as browser:
        album = made(arguments.folder or Path(scratch), arguments.people)
        print("| session | answers | slips | undone in two keystrokes | lost | names right |")
        print("|---|---|---|---|---|---|")
        for number in range(arguments.first, arguments.first + arguments.sessions):
            copy = Path(shutil.copy(album, Path(scratch) / f"session-{number}.prosopon"))
            with serving(copy) as address, browser.new_context(base_url=address) as context:
                hand = Hand(context.new_page(), copy, album.parent, number, arguments.slips)
                hand.answer_all()
                print(f"| {number} | {hand.told()} |", flush=True)


def made(folder: Path, people: int) -> Path:
    """The album's collection, made once."""
    name = folder / f"album-{people}" / "album.prosopon"
    if not name.exists():
        synthetic.album(name.parent, people, photos_per_person=5, groups=people // 4, size=320)
        with prosopon.open(name) as collection:
            collection.index(name.parent / "images")
            collection.cluster()
    return name


@contextmanager
def serving(collection: Path) -> Iterator[str]:
    """`prosopon review` while the block lasts, and its address."""
    command = [sys.executable, "-m", "prosopon", "review", "--collection", str(collection)]
    command += ["--port", "0", "--token", "", "--no-open", "--author", "hand"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ})
    try:
        assert running.stderr is not None
        for line in running.stderr:
            if found := re.search(r"http://\S+", line):
                yield found[0]
                break
        else:
            raise RuntimeError("prosopon review did not start")
    finally:
        running.terminate()
        running.wait()


@dataclass
class Hand:
    """Answers questions by what is true, with the keyboard, and slips."""

    page: Any
    collection: Path
    album: Path
    seed: int
    share: float
    answers: int = 0
    slips: int = 0
    undone: int = 0
    lost: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        with prosopon.open(self.collection) as opened:
            self.truth = label_faces(
                opened, self.album / "truth.csv", opened.view.faces.table
            ).people
        self.page.set_default_timeout(60_000)

    def answer_all(self) -> None:
        """From the first question to the last."""
        self.page.goto("/questions")
        self.page.locator("html.js").wait_for()
        while (asked := self.asked()) is not None:
            if self.rng.random() < self.share:
                self.slip(asked)
            self.untick(asked)
            self.give(asked, self.right(asked))
            self.answers += 1

    def asked(self) -> dict[str, Any] | None:
        """The question in front; None where none is left."""
        for _ in range(1200):
            self.page.wait_for_timeout(PAUSE)
            if "answered already" in self.page.locator("#status").inner_text():
                self.page.wait_for_timeout(REST)
            found = self.page.evaluate(QUESTION)
            if found is not None or self.page.evaluate("!document.querySelector('.deck .wait')"):
                return dict(found) if found else None
        raise RuntimeError("no question came")

    def who(self, asked: dict[str, Any]) -> str:
        """Whom most of the faces show."""
        people = Counter(self.truth.get(face, "") for face, _ in asked["faces"])
        return people.most_common(1)[0][0]

    def right(self, asked: dict[str, Any]) -> tuple[str, str]:
        """Keys, and what to type after them, for the answer that is true."""
        who = self.who(asked)
        if not who:
            return "Alt+x", ""
        return ("Enter", "") if asked["name"] == who else ("", who)

    def untick(self, asked: dict[str, Any]) -> None:
        """Take out who is somebody else."""
        for face, ticked in asked["faces"]:
            if ticked != (self.truth.get(face, "") == self.who(asked)):
                self.page.locator(f".deck > .question input[value='{face}']").first.focus()
                self.page.keyboard.press("Alt+t")

    def give(self, asked: dict[str, Any], said: tuple[str, str]) -> None:
        """Press and type, and wait until it is acknowledged."""
        keys, text = said
        self.page.evaluate("document.querySelector('.deck > .question').focus()")
        with self.page.expect_response("**/do/*") as answer:
            if text:
                self.page.keyboard.type(text)
                self.page.keyboard.press("Enter")
            else:
                self.page.keyboard.press(keys)
        if not answer.value.ok:
            print(f"{asked['key']}: {answer.value.text()}", file=sys.stderr)
            self.page.wait_for_timeout(2000)  # it is taken away, and keys rest
        faces = [face for face, _ in asked["faces"]]
        for _ in range(600):  # those that were un-ticked may be asked about next
            now = self.page.evaluate(QUESTION)
            if not now or [face for face, _ in now["faces"]] != faces:
                return
            self.page.wait_for_timeout(50)
        raise RuntimeError(f"{asked['key']} was answered, and is still asked")

    def slip(self, asked: dict[str, Any]) -> None:
        """A wrong answer, and Ctrl+Z."""
        wrong_name = asked["name"] not in ("", self.who(asked))
        kind = self.rng.choice([one for one in SLIPS if one != "yes" or wrong_name])
        others = sorted({*self.truth.values()} - {self.who(asked)})
        wrong = {
            "another's name": ("", self.rng.choice(others)),
            "yes": ("Enter", ""),
            "ignored": ("Alt+i", ""),
            "no face": ("Alt+x", ""),
            "put off": ("Alt+s", ""),
        }[kind]
        before = self.state()
        self.give(asked, wrong)
        with self.page.expect_response("**/do/*"):
            self.page.keyboard.press("Control+z")
        self.page.wait_for_timeout(500)
        self.slips += 1
        back = self.page.evaluate(QUESTION)
        self.undone += bool(back) and back == asked
        self.lost += self.state() != before

    def state(self) -> dict[str, Any]:
        """All that is decided, as the collection's file has it."""
        with prosopon.open(self.collection) as opened:
            return {field.name: getattr(opened.state, field.name) for field in fields(opened.state)}

    def told(self) -> str:
        """A row of the table."""
        with prosopon.open(self.collection) as opened:
            people = opened.state.people
            named = {face: people[who.persons[0]].name for face, who in opened.state.names.items()}
        right = sum(self.truth.get(face) == name for face, name in named.items())
        figures = (self.answers, self.slips, self.undone, self.lost)
        return f"{' | '.join(map(str, figures))} | {right} of {len(named)}"


if __name__ == "__main__":
    main()
