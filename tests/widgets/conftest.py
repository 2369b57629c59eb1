"""Chromium, started once for all tests of a file."""

from __future__ import annotations

import pytest

from tests.browser.jupyter import CHROMIUM


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=[*CHROMIUM])
        yield browser
        browser.close()
