"""Real browsers: Debian's Chromium and Firefox, driven by the same Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FIREFOX = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
SCHEME = "layout.css.prefers-color-scheme.content-override"
"""Firefox's setting for what Playwright can't tell it before version 155."""
BROWSERS = [
    pytest.param(
        "chromium",
        marks=pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: chromium)"),
    ),
    pytest.param(
        "firefox",
        marks=[
            pytest.mark.slow,
            pytest.mark.skipif(FIREFOX is None, reason="needs Firefox (Debian: firefox-esr)"),
        ],
    ),
]
"""For a fixture: every test runs in Chromium, and as a slow one in Firefox."""


@contextmanager
def launched(name: str, *, scheme: str = "light") -> Iterator[Any]:
    """A browser without windows. Firefox is driven by WebDriver BiDi, as it comes from Debian.

    scheme : of colours in Firefox, light or dark; in Chromium a context has it.
    """
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    before = os.environ.get("NODE_OPTIONS")
    if name == "firefox":
        os.environ["NODE_OPTIONS"] = f"--require {Path(__file__).with_name('firefox.js')}"
    try:
        with sync_api.sync_playwright() as playwright:
            if name == "firefox":
                browser = playwright.firefox.launch(
                    channel="moz-firefox",
                    executable_path=FIREFOX,
                    firefox_user_prefs={SCHEME: int(scheme == "light")},
                )
            else:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield browser
            browser.close()
    finally:
        os.environ.pop("NODE_OPTIONS", None)
        if before is not None:
            os.environ["NODE_OPTIONS"] = before
