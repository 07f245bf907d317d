"""Fixtures for all tests."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).parents[1] / "../shared/data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of development data beside the checkout; tests that ask for it skip elsewhere."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the development data in ../shared/data")
    return SHARED_DATA.resolve()
