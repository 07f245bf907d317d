"""Time of the default attribute head beside that of the embedding, a face, in turns.

    python benchmarks/attributes_speed.py --threads 2

Both run on the same made-up chips, batch by batch in turns, so that other work on the machine slows
both alike; wall-clock and processor time, medians over batches of 16.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from prosopon import attributes, faces, zoo

BATCH = 16


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Wall-clock and processor milliseconds a face."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return (
        1e3 * (time.perf_counter() - wall) / BATCH,
        1e3 * (time.process_time() - processor) / BATCH,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    zoo.configure(threads=asked.threads)
    head = attributes.load(zoo.load("attributes-head"), zoo.load)
    embedder = faces.embedder(zoo.load("dlib-resnet"))
    rng = np.random.default_rng(0)
    wide = rng.integers(0, 256, (BATCH, *head.template.size, 3)).astype(np.uint8)
    near = rng.integers(0, 256, (BATCH, *embedder.chip_size, 3)).astype(np.uint8)
    rounds = [
        (*measured(lambda: head.predict(wide)), *measured(lambda: embedder.embed(near)))
        for _ in range(asked.rounds + 1)
    ][1:]
    figures = np.median(rounds, axis=0)
    best = np.min(rounds, axis=0)
    print("ms a face      | wall-clock | best | processor")
    print(f"attributes head | {figures[0]:.1f} | {best[0]:.1f} | {figures[1]:.1f}")
    print(f"embedding       | {figures[2]:.1f} | {best[2]:.1f} | {figures[3]:.1f}")
    print(f"ratio           | {figures[0] / figures[2]:.2f} | | {figures[1] / figures[3]:.2f}")


if __name__ == "__main__":
    main()
