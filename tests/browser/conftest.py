"""A browser profile and a receiving site for each test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.media import mp4
from tests.browser.receiver import Receiver


@pytest.fixture(scope="session")
def clip() -> bytes:
    """Return a real video of 60 s."""
    return mp4(60)


@pytest.fixture
def site(clip: bytes) -> Iterator[Receiver]:
    """Yield a site whose `/media` is the video of 60 s."""
    receiver = Receiver(clip)
    yield receiver
    receiver.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Yield a fresh browser profile."""
    profile = browser.new_context(viewport={"width": 1000, "height": 700})
    profile.set_default_timeout(30_000)
    yield profile
    profile.close()
