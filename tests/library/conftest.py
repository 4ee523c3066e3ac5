"""Every test of the library has a folder of its own for files."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def leftovers(media_root):
    """Return a function that says which files lie in the media folder."""
    return lambda: sorted(str(path.relative_to(media_root)) for path in media_root.rglob("*") if path.is_file())
