"""Small networks run fastest on one thread, most of all beside other tests."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)
