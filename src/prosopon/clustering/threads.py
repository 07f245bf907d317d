"""Compiled loops of many threads, on little data."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numba
import numpy as np

FEW = 1_000_000
"""Numbers to go through, lists of some 6,000 faces: of fewer a second thread saves no time that
would be noticed, and waiting for it costs many times what the loop does where others compute."""


def serial_for_few(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The compiled loop, in this thread alone if the arrays that it is given hold fewer than `FEW`
    numbers. It may not be called from compiled code."""

    @wraps(kernel)
    def run(*given: Any) -> Any:
        if sum(one.size for one in given if isinstance(one, np.ndarray)) >= FEW:
            return kernel(*given)
        before = numba.get_num_threads()
        numba.set_num_threads(1)
        try:
            return kernel(*given)
        finally:
            numba.set_num_threads(before)

    return run
