"""Texts that come from others, damaged by seed: each is read, or refused with a sentence, in time.

    python -m benchmarks.torture.texts [--count 1000] [--seed 0]

Sidecars, tables, JSON, COCO and IIIF as they are exported here, the log of a backup, and model
cards; bytes are changed, taken out, repeated, nested, put in numbers that are none. Anything but
a result or a ProsoponError fails, and so does what takes longer than `SLOWEST`.
"""

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import prosopon
from prosopon import synthetic
from prosopon.collection.backup import restore
from prosopon.errors import ProsoponError
from prosopon.zoo import card_files

_CATALOGUE = """path,title,caption,date,persons,place
{0},Fair,"The Tamm sisters, 1938",1938~,Anna Tamm|Berta Tamm,Tartu
"""
_PICASA = """[Contacts2]
d5ea8ad6a5b3cd9=Anna Tamm;;
[{0}]
faces=rect64(2000200080008000),d5ea8ad6a5b3cd9;rect64(9000200080008000),ffffffffffffffff
rotate=rotate(1)
"""
SLOWEST = 5.0
"""Processor seconds for one text."""
_ODD = ("1e999", "NaN", "-1", "9" * 400, '""', "null", "[]", "\x00", "\ufeff", "\u202e", "&", "<a>")


def damage(content: bytes, chance: random.Random) -> bytes:
    """The content, changed in one to four places."""
    text = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(text) + 1)
        length = chance.choice((1, 1, 4, 40, 400))
        match chance.randrange(6):
            case 0:
                text[place : place + length] = chance.randbytes(length)
            case 1:
                del text[place : place + length]
            case 2:
                text[place:place] = text[place : place + length] * chance.randint(1, 30)
            case 3:
                text[place:place] = chance.choice((b"[", b"{", b"<a>", b'{"a":')) * length
            case 4:
                text[place:place] = chance.choice(_ODD).encode()
            case 5:
                digits = [at for at, byte in enumerate(text) if chr(byte).isdigit()]
                if digits:
                    at = chance.choice(digits)
                    text[at : at + 1] = chance.choice(_ODD).encode()
    return bytes(text)


def samples(folder: Path) -> list[tuple[str, bytes, Callable[[Path], object]]]:
    """Name of the file, whole content, and what reads it."""
    drawn = synthetic.album(folder / "drawn", 3, 2, seed=0, size=320)
    collection = prosopon.open(folder / "a.prosopon")
    collection.index(drawn.folder / "images")
    faces = collection.all_faces.ids.tolist()
    for number, face in enumerate(faces):
        collection.people.name([face], f"Łukasz {number % 3}")
    found: list[tuple[str, bytes, Callable[[Path], object]]] = []

    def take(file: Path) -> object:
        return collection.import_(file, dry_run=True)

    for name in ("x.csv", "x.json", "x.coco.json", "x.iiif.json"):
        collection.export(folder / name, base_url="https://example.org/x")
        found.append((name, (folder / name).read_bytes(), take))
    picture = min((drawn.folder / "images").iterdir()).name
    found.append(("catalogue.csv", _CATALOGUE.format(picture).encode(), take))
    found.append((".picasa.ini", _PICASA.format(picture).encode(), take))
    collection.export(form="xmp")
    sidecar = min((drawn.folder / "images").rglob("*.xmp"))

    def take_sidecar(file: Path) -> object:
        sidecar.write_bytes(file.read_bytes())
        return collection.import_(sidecar, dry_run=True)

    found.append(("x.xmp", sidecar.read_bytes(), take_sidecar))
    log = collection.backup(folder / "b.prosopon").log

    def take_log(file: Path) -> object:
        target = folder / "restored.prosopon"
        for left in folder.glob("restored.prosopon*"):
            if left.is_file():
                left.unlink()
        return restore(file, str(target))

    found.append(("x.jsonl", Path(log).read_bytes(), take_log))
    card = (Path(card_files.__file__).parent / "cards" / "mtcnn.toml").read_bytes()
    found.append(("x.toml", card, card_files._read))
    return found


def run(count: int, seed: int = 0) -> Counter[str]:
    """Read so many damaged texts; how many of each kind were read or refused."""
    chance, outcomes = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        kinds = samples(folder)
        for number in range(count):
            name, content, take = kinds[number % len(kinds)]
            file = folder / (name if name.startswith(".") else f"damaged-{name}")
            file.write_bytes(damage(content, chance))
            began = time.process_time()
            try:
                take(file)
                outcomes[f"{name}: read"] += 1
            except ProsoponError as error:
                assert str(error), f"{name}, text {number}: refused without a word"
                outcomes[f"{name}: refused"] += 1
            except Exception as error:
                raise AssertionError(f"{name}, text {number} of seed {seed}: {error!r}") from error
            took = time.process_time() - began
            assert took < SLOWEST, f"{name}, text {number} of seed {seed}: {took:.1f} s"
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for outcome, times in sorted(run(given.count, given.seed).items()):
        print(f"{times:6,}  {outcome}")


if __name__ == "__main__":
    main()
