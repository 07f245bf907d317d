"""When photographs arrive, change or go below some folders."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from prosopon.paths import is_remote
from prosopon.photos.walking import is_telling


def changes(folders: Sequence[Path], settle: float, every: float) -> Iterator[None]:
    """Yield each time something has changed below the folders and then been quiet.

    settle : seconds without a change, so that a copy under way is not disturbed.
    every : seconds after which it yields in any case: network drives don't tell of what others put
        there, some systems watch a limited number of folders, and a camera may never be quiet.

    What happens while the caller is at work is remembered.
    """
    if any(map(is_remote, folders)):
        yield from _by_the_clock(every)
    from watchfiles import watch

    def telling(_: object, path: str) -> bool:
        return any(is_telling(Path(path), folder) for folder in folders)

    events = watch(
        *folders,
        watch_filter=telling,
        step=round(1000 * settle),
        debounce=round(1000 * every),
        rust_timeout=round(1000 * every),
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    try:
        for _ in events:
            yield
    except OSError:  # the system watches no more folders, or a folder is gone: look by the clock
        yield from _by_the_clock(every)


def _by_the_clock(every: float) -> Iterator[None]:
    while True:
        time.sleep(every)
        yield
