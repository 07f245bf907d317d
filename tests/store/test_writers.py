"""Several who write into one collection at once."""

from concurrent.futures import ThreadPoolExecutor

from prosopon.store import Store, decisions, open_store

WRITERS = 8
EACH = 20


def test_eight_writers_at_once_lose_nothing(store: Store) -> None:
    def write(writer: int) -> None:
        with open_store(store.name) as own:
            for number in range(EACH):
                with own.begin() as connection:
                    entry = {"id": f"{writer}-{number}", "kind": "note"}
                    assert decisions.append(connection, [entry]) == 1

    seen: list[tuple[int, str]] = []
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write, writer) for writer in range(WRITERS)]
        while True:
            ended = all(one.done() for one in writing)
            with store.read() as connection:
                last = seen[-1][0] if seen else 0
                came = decisions.load_after(connection, last)
                seen += [(number, entry["id"]) for number, entry in came]
            if ended:
                break
    for one in writing:
        one.result()
    # Whoever follows the log by its numbers has seen every entry once, in each writer's order.
    followed = [one for _, one in seen]
    assert len(followed) == len(set(followed)) == WRITERS * EACH
    for writer in range(WRITERS):
        own = [one for one in followed if one.startswith(f"{writer}-")]
        assert own == [f"{writer}-{number}" for number in range(EACH)]
