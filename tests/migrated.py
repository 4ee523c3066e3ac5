"""A migrated SQLite database, made once a run and copied for its tests and for every site that a test starts.

Making all tables takes longer than most of these tests; that a site can do it from nothing is what `tests/smoke.py` and the
tests of the supervisor show.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAME = "eightpoint.sqlite3"
KEPT_IN = "TEST_MIGRATED_DIR"
"""The variable that names the folder where the processes of a run keep the database."""


def copy_to(folder: Path) -> None:
    """Put a database with all tables into a site's `DATA_DIR`."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made(), folder / NAME)


def made() -> Path:
    """Return where the database is, which the first process that asks makes."""
    folder = Path(os.environ[KEPT_IN])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / NAME).exists():
            _make(folder)
    return folder / NAME


def _make(folder: Path) -> None:
    new = folder / "new"
    shutil.rmtree(new, ignore_errors=True)
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DEBUG"}}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env={**environment, "DATA_DIR": str(new)},
        check=True,
    )
    (new / NAME).rename(folder / NAME)
    shutil.rmtree(new)
