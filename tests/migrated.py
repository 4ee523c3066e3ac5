"""A migrated SQLite database, made once a process and copied for every site that a test starts.

Making all tables takes longer than most of these tests; that a site can do it from nothing is what `tests/smoke.py` and the
tests of the supervisor show.
"""

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAME = "eightpoint.sqlite3"


def copy_to(folder: Path) -> None:
    """Put a database with all tables into a site's `DATA_DIR`."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_made(), folder / NAME)


@functools.cache
def _made() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="eightpoint-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DEBUG"}}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env={**environment, "DATA_DIR": str(folder)},
        check=True,
    )
    return folder / NAME
