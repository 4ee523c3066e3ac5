"""A site to be measured: set up in this process, on a database of the benchmark's own."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def site(subject: str, url: str, *, on_sqlite: bool = False) -> Iterator[str]:
    """Set Django up on the database at `url`, or on a SQLite file that goes afterwards. Yields the database's name."""
    with tempfile.TemporaryDirectory(prefix=f"eightpoint-{subject}-") as folder:
        if on_sqlite:
            url = f"sqlite:///{folder}/{subject}.sqlite3"
        os.environ.update(
            DATA_DIR=folder, DATABASE_URL=url, SECRET_KEY="b" * 50, DJANGO_SETTINGS_MODULE="config.settings"
        )
        os.environ.pop("REDIS_URL", None)
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        yield url.rpartition("/")[2]
