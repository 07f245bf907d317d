"""Models and cards that strangers made, damaged by seed: each runs, or is refused with a sentence.

    python -m benchmarks.torture.models [--count 200] [--seed 0]

A small embedding network, MTCNN's files and their cards; what is damaged has a card with its own
hash, as an attacker would give it. Every one is opened and asked for one picture, in a process of
its own that may take `MEMORY` and `SLOWEST`. Anything but a result or a ProsoponError fails.
"""

import argparse
import multiprocessing
import os
import random
import resource
import shutil
import tempfile
from collections import Counter
from dataclasses import fields
from importlib import util
from pathlib import Path

import lz4.frame
import numpy as np
import tomli_w
from benchmarks.torture.texts import damage

from prosopon import faces, zoo
from prosopon.errors import ProsoponError
from prosopon.records import ModelCard
from prosopon.zoo.models import digest
from prosopon.zoo.onnx_graph import GraphBuilder

# not forked from whoever calls: how much memory that has is not a model's doing
_SERVER = multiprocessing.get_context("forkserver")
SLOWEST = 20
"""Processor seconds for one model."""
MEMORY = 6_000_000_000
"""Bytes of address space, the libraries' included."""
_CARD = {"licence": "CC0-1.0", "mean": [127.5] * 3, "scale": 128.0}
_NETWORK = _CARD | {
    "task": "embedder",
    "backend": "onnx-embedder",
    "alignment": "arcface-112",
    "source": "file:one.onnx",
}
_ODD: tuple[object, ...] = (
    0,
    -1,
    1e308,
    10**30,
    "",
    "x",
    "\0",
    "../x",
    "a.b/c",
    [],
    [1],
    [0] * 9,
    {},
)
_MTCNN = _CARD | {"task": "detector", "backend": "mtcnn", "source": "file:mtcnn"}


def network() -> bytes:
    """A small embedder: a convolution, means, a vector of 16 numbers."""
    chance, graph = np.random.default_rng(0), GraphBuilder("small")
    kernel = chance.normal(size=(16, 3, 3, 3)).astype(np.float32)
    convolved = graph.convolution("chips", kernel, np.zeros(16, np.float32))
    graph.add("Flatten", graph.add("GlobalAveragePool", convolved), name="vectors")
    sizes = {"chips": ("n", 3, 112, 112)}, {"vectors": ("n", 16)}
    return bytes(graph.finish(*sizes).SerializeToString())


def prepare(folder: Path, chance: random.Random) -> str:
    """Damaged weights and a card for them below `folder`; what was damaged."""
    what = chance.choice(["network", "card", "mtcnn"])
    weights = folder / "weights"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "cards").mkdir(parents=True)
    weights.mkdir()
    if what == "mtcnn":
        spec = util.find_spec("mtcnn")
        assert spec is not None and spec.submodule_search_locations, "needs the package mtcnn"
        shutil.copytree(
            Path(spec.submodule_search_locations[0]) / "assets/weights", weights / "mtcnn"
        )
        file = chance.choice(sorted((weights / "mtcnn").iterdir()))
        inside = _spoilt(lz4.frame.decompress(file.read_bytes()), chance)
        file.write_bytes(lz4.frame.compress(inside))
        card, source = _MTCNN, weights / "mtcnn"
    else:
        source, content = weights / "one.onnx", network()
        source.write_bytes(_spoilt(content, chance) if what == "network" else content)
        card = _NETWORK
    values: dict[str, object] = {**card, "sha256": digest(source)}
    if what == "card" and chance.random() < 0.7:
        names = [field.name for field in fields(ModelCard) if field.name != "id"]
        values[chance.choice(names)] = chance.choice(_ODD)
        what = "field of a card"
    text = tomli_w.dumps(values).encode()
    (folder / "cards" / "one.toml").write_bytes(damage(text, chance) if what == "card" else text)
    return what


def _spoilt(content: bytes, chance: random.Random) -> bytes:
    """One byte is another, or more is damaged."""
    if chance.random() < 0.5:
        return damage(content, chance)
    place = chance.randrange(len(content))
    return content[:place] + chance.randbytes(1) + content[place + 1 :]


def use() -> None:
    """Open the model and ask it for one picture. Raises what must not be."""
    card = zoo.card("one")
    model = zoo.load("one")
    if card.task == "detector":
        faces.detector(model).find(np.zeros((96, 96, 3), np.uint8))
    else:
        embedder = faces.embedder(model)
        embedder.embed(np.zeros((1, *embedder.chip_size, 3), np.uint8))


def outcome(folder: Path) -> str:
    """`read` or `refused`, from a process that is bounded; AssertionError for anything else."""
    child = _SERVER.Process(target=_bounded, args=(folder,))
    child.start()
    child.join()
    said = _said(folder)
    text = said.read_text() if said.exists() else "without a word"
    assert child.exitcode == 0, f"ended with {child.exitcode}: {text[:500]}"
    assert text not in ("refused ", ""), "refused without a word"
    return text.split()[0]


def _bounded(folder: Path) -> None:
    """Use what is below `folder` within the limits, and write there how it went."""
    os.environ["PROSOPON_MODELS"] = str(folder)
    resource.setrlimit(resource.RLIMIT_CPU, (SLOWEST, SLOWEST + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        use()
        _said(folder).write_text("read")
    except ProsoponError as error:
        _said(folder).write_text(f"refused {error}")
    except BaseException as error:
        _said(folder).write_text(repr(error))
        raise


def _said(folder: Path) -> Path:
    return folder / "said"


def run(count: int, seed: int = 0) -> Counter[str]:
    """Try so many; how many of each kind were read or refused."""
    chance, outcomes = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "models"
        for number in range(count):
            what = prepare(folder, chance)
            try:
                outcomes[f"{what}: {outcome(folder)}"] += 1
            except AssertionError as error:
                raise AssertionError(f"{what}, model {number} of seed {seed}: {error}") from None
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for outcome_, times in sorted(run(given.count, given.seed).items()):
        print(f"{times:6,}  {outcome_}")


if __name__ == "__main__":
    main()
