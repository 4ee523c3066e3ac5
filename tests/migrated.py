"""A migrated database, made once a run and copied: SQLite's for tests and every site that a test starts, PostgreSQL's for tests.

Making all tables takes longer than most of these tests; that a site can do it from nothing is what `tests/smoke.py` and the
tests of the supervisor show.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[1]
NAME = "eightpoint.sqlite3"
ON_POSTGRESQL = "on-postgresql"
KEPT_IN = "TEST_MIGRATED_DIR"
"""The variable that names the folder where the processes of a run keep the database."""


def copy_to(folder: Path) -> None:
    """Put a database with all tables into a site's `DATA_DIR`."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made(), folder / NAME)


def made() -> Path:
    """Return where SQLite's database is, which the first process that asks makes."""
    with _one_at_a_time() as folder:
        if not (folder / NAME).exists():
            new = folder / "new"
            shutil.rmtree(new, ignore_errors=True)
            _migrate(DATA_DIR=str(new))
            (new / NAME).rename(folder / NAME)
            shutil.rmtree(new)
    return folder / NAME


def made_on_postgresql(url: str) -> str:
    """Return the name of a database beside the one at `url`, which the first process that asks makes."""
    with _one_at_a_time() as folder:
        if not (folder / ON_POSTGRESQL).exists():
            drop_from_postgresql(url)
            server, name = _server_and_name(url)
            with _connected(server) as connection:
                connection.execute(f'CREATE DATABASE "{name}"')
            _migrate(DATA_DIR=str(folder / "new"), DATABASE_URL=f"{server}/{name}")
            (folder / ON_POSTGRESQL).touch()
    return _server_and_name(url)[1]


def drop_from_postgresql(url: str) -> None:
    """Remove it, also when a run that was killed left it."""
    server, name = _server_and_name(url)
    with _connected(server) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _server_and_name(url: str) -> tuple[str, str]:
    server, _, name = url.rpartition("/")
    return server, f"test_{name}_tables"


def _connected(server: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(f"{server}/postgres", autocommit=True)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[Path]:
    folder = Path(os.environ[KEPT_IN])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _migrate(**where: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DEBUG"}}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env={**environment, **where}, check=True
    )
