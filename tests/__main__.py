"""`make test`: every test, on SQLite and again on PostgreSQL where it touches the database.

python -m tests [arguments of pytest]
"""

import os
import subprocess
import sys
import tempfile

import psycopg

from tests import migrated

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
GIVEN = os.environ.get("DATABASE_URL", "")
POSTGRESQL = GIVEN if GIVEN.startswith("postgres") else "postgres://postgres@127.0.0.1:5432/eightpoint"
NOT_WAITING = "-c synchronous_commit=off"
"""No test pulls the plug: a commit need not wait for the disk."""
NO_TESTS = 5
PARALLEL = ("-n", "2", "--dist", "loadscope", "--no-loadscope-reorder")
WAITING = ("-n", "3", "--dist", "loadscope", "--no-loadscope-reorder")
"""Who waits for browsers and sites leaves the processors to others."""


def main(arguments: list[str]) -> int:
    """Run all; 0 when everything that can run here passes and, in CI, when nothing was left out."""
    runs = [
        ("SQLite", "", (*PARALLEL, "-m", "not (alone or browser or sites or postgresql)")),
        ("Browsers and sites", "", (*WAITING, "-m", "(browser or sites) and not (alone or postgresql)")),
        ("SQLite, one by one", "", ("-m", "alone and not postgresql")),
    ]
    missing = reason_without_postgresql()
    if not missing:
        runs += [
            ("PostgreSQL", POSTGRESQL, (*PARALLEL, "--database-only", "-m", "not (alone or browser)")),
            ("PostgreSQL, one by one", POSTGRESQL, ("--database-only", "-m", "alone and not browser")),
        ]
    with tempfile.TemporaryDirectory(prefix="eightpoint-migrated-") as folder:
        os.environ[migrated.KEPT_IN] = folder
        failed = [name for name, url, options in runs if not passes(name, url, [*options, *arguments])]
    if not missing:
        migrated.drop_from_postgresql(POSTGRESQL)
    for name in failed:
        print(f"FAILED: {name}")
    if missing:
        print(f"NOT RUN: the tests on PostgreSQL, which does not answer at {POSTGRESQL}: {missing}")
    return 1 if failed or (missing and IN_CI) else 0


def reason_without_postgresql() -> str:
    """Return why there is no PostgreSQL; empty if there is."""
    server, _, _ = POSTGRESQL.rpartition("/")
    try:
        psycopg.connect(f"{server}/postgres", connect_timeout=3).close()
    except psycopg.Error as error:
        return str(error).strip().splitlines()[0]
    return ""


def passes(name: str, database_url: str, options: list[str]) -> bool:
    """Run pytest once and return whether all passed; a choice of no test passes."""
    print(f"\n=== {name}", flush=True)
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    if database_url:
        environment |= {"DATABASE_URL": database_url, "PGOPTIONS": NOT_WAITING}
    return subprocess.call([sys.executable, "-m", "pytest", *options], env=environment) in {0, NO_TESTS}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
