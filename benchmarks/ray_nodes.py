"""`index --engine ray` on a cluster of one-core nodes: efficiency, and what is lost is made again.

    python benchmarks/ray_nodes.py FOLDER
    python benchmarks/ray_nodes.py FOLDER --kills 5

The nodes are Ray's own, processes of this machine; all that listens does so on 127.0.0.1, or
nothing is begun. `--kills` kills workers, nodes and the command itself at random moments, each so
many times in a run of its own, and compares the faces with those of a run without Ray.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from torture.kills import found

os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # 127.0.0.1; read when Ray is imported
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


STORE = 150 * 2**20
"""Bytes that a node's object store may take: Ray's own choice for such nodes."""


@contextmanager
def nodes(count: int, head_works: bool = False, store: int = STORE) -> Iterator[Any]:
    """A cluster of `count` nodes of one core each: with a head that does no work, or is one."""
    import ray
    from ray.cluster_utils import Cluster

    head = {"num_cpus": int(head_works), "object_store_memory": store}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        for _ in range(count - head_works):
            cluster.add_node(num_cpus=1, object_store_memory=store)
        cluster.wait_for_nodes()
        heard = {
            one.laddr.ip.removeprefix("::ffff:")
            for process in psutil.Process().children(recursive=True)
            for one in process.net_connections("inet")
            if one.status == psutil.CONN_LISTEN
        }
        if not heard <= {"127.0.0.1", "::1"}:
            sys.exit(f"Ray listens on {sorted(heard)}: expected 127.0.0.1 alone")
        yield cluster
    finally:
        ray.shutdown()  # where this process itself took part
        cluster.shutdown()


def start(name: Path, images: Path, cluster: Any) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "prosopon",
        "index",
        images,
        "-c",
        name,
        "--engine",
        "ray",
        "-q",
    ]
    return subprocess.Popen(command, env={**os.environ, "RAY_ADDRESS": cluster.address})


def kill_worker(driver: subprocess.Popen[bytes], cluster: Any) -> None:
    """One of the processes that look at photographs; not of Ray's agents, which are a node's."""
    everybody = psutil.Process().children(recursive=True)
    workers = [one for one in everybody if "".join(one.cmdline()).startswith("ray::_with_place")]
    if workers:
        random.choice(workers).kill()


def kill_node(driver: subprocess.Popen[bytes], cluster: Any) -> None:
    """One of the machines; another comes in its place."""
    node = random.choice(sorted(cluster.worker_nodes, key=lambda one: one.unique_id))
    cluster.remove_node(node, allow_graceful=False)
    cluster.add_node(num_cpus=1)


def kill_driver(driver: subprocess.Popen[bytes], cluster: Any) -> None:
    driver.kill()


KILLS: dict[str, Callable[[subprocess.Popen[bytes], Any], None]] = {
    "worker": kill_worker,
    "node": kill_node,
    "the command": kill_driver,
}


def killed(what: str, times: int, name: Path, images: Path, apart: float) -> int:
    """How many kills fell into the work until a run came through."""
    done = 0
    with nodes(2) as cluster:
        driver = start(name, images, cluster)
        while True:
            try:
                code = driver.wait(random.uniform(0.5, 2) * apart if done < times else None)
            except subprocess.TimeoutExpired:
                KILLS[what](driver, cluster)
                done += 1
                continue
            if code == 0:
                return done
            if code != -9:
                sys.exit(f"{what}: the command ended with {code}")
            driver = start(name, images, cluster)


def timed(name: Path, images: Path, count: int) -> tuple[float, float]:
    """Seconds of the whole command on so many nodes, whose workers are warm: by the clock, and of
    the processor for the command itself, which shares the cores with its nodes here."""
    with nodes(count) as cluster:
        start(name.with_suffix(".warm"), images, cluster).wait()
        begun = time.perf_counter()
        _, status, usage = os.wait4(start(name, images, cluster).pid, 0)
        if status:
            sys.exit("the command failed")
        return time.perf_counter() - begun, usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="of photographs")
    parser.add_argument("--kills", type=int, default=0, help="of each kind")
    parser.add_argument("--apart", type=float, default=8, help="seconds between kills, in the mean")
    arguments = parser.parse_args()
    images, work = arguments.folder.resolve(), Path(tempfile.mkdtemp())
    if not arguments.kills:
        (one, _), (two, own) = (timed(work / f"{n}.prosopon", images, n) for n in (1, 2))
        print(f"one node {one:.1f} s, two {two:.1f} s: efficiency {one / (2 * two):.2f}")
        print(f"the command itself: {own:.1f} s of the processor")
        print("same faces:", found(work / "1.prosopon") == found(work / "2.prosopon"))
        return
    subprocess.run(
        [sys.executable, "-m", "prosopon", "index", images, "-c", work / "alone.prosopon", "-q"],
        check=True,
    )
    for what in KILLS:
        name = work / f"{what.split()[-1]}.prosopon"
        fell = killed(what, arguments.kills, name, images, arguments.apart)
        same = found(name) == found(work / "alone.prosopon")
        print(f"{what}: {fell} kills, {'the same faces' if same else 'OTHER FACES'}", flush=True)


if __name__ == "__main__":
    main()
