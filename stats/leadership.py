"""One drain works, others stand by: a session lock on PostgreSQL, a lock file in `DATA_DIR` on SQLite."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from django.conf import settings
from django.db import connection

LOCK = 0x38_50_54  # "8PT"


@contextmanager
def candidate() -> Iterator["Candidate"]:
    """Stand for being the one drain; what is held ends with the process or the session."""
    one = Candidate()
    try:
        yield one
    finally:
        one.resign()


class Candidate:
    """Asks for the leadership, and says whether it still has it."""

    def __init__(self) -> None:
        self._file: IO[str] | None = None
        self._session: object | None = None

    def leads(self) -> bool:
        """Whether this process leads now, trying to if it does not. Costs nothing while it does."""
        if connection.vendor == "postgresql":
            return self._leads_session()
        if self._file is None:
            file = (settings.DATA_DIR / "drain.lock").open("w")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                return False
            self._file = file
        return True

    def _leads_session(self) -> bool:
        connection.ensure_connection()
        if self._session is connection.connection:
            return True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                return False
        self._session = connection.connection
        return True

    def resign(self) -> None:
        """Give the leadership up."""
        if self._file:
            self._file.close()
            self._file = None
        if self._session is not None and self._session is connection.connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        self._session = None
