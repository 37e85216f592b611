"""One headless browser for all the tests that look at pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import Browser, find_chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium here; install one, or name it in CHROME_BIN")
    opened = Browser(executable)
    yield opened
    opened.close()
