"""How many requests are answered, and how many with a server's error: counted around the whole site, kept by the minute."""

import os
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, InterfaceError, connection

FLUSH_S = 10.0
KEEP_AT_MOST = 60
"""Minutes that wait in memory while the database is away."""

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

_ADD = """
INSERT INTO analytics_trafficminute AS t (minute, requests, errors) VALUES (%s, %s, %s)
ON CONFLICT (minute) DO UPDATE SET requests = t.requests + excluded.requests, errors = t.errors + excluded.errors
"""


class Counter:
    """Counts answers of one process by minute; `flush` adds them to the table that all processes share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minutes: dict[int, list[int]] = {}
        self._thread: threading.Thread | None = None

    def count(self, status: int, at: float) -> None:
        """Count one answer that was given at a second since 1970."""
        with self._lock:
            of = self._minutes.setdefault(int(at) // 60, [0, 0])
            of[0] += 1
            of[1] += status >= 500

    def flush(self) -> int:
        """Add what was counted to the table. Returns how many answers; what could not be written waits."""
        with self._lock:
            taken, self._minutes = self._minutes, {}
        written = 0
        try:
            for minute in sorted(taken):
                with connection.cursor() as cursor:
                    cursor.execute(_ADD, [datetime.fromtimestamp(minute * 60, UTC), *taken[minute]])
                written += taken.pop(minute)[0]
        except (DatabaseError, InterfaceError):
            connection.close()
            self._take_back(taken)
        return written

    def keep_flushing(self) -> None:
        """Flush every ten seconds in a thread of its own, which begins with the first request."""
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(FLUSH_S)
            self.flush()

    def _take_back(self, taken: dict[int, list[int]]) -> None:
        with self._lock:
            for minute, (requests, errors) in taken.items():
                of = self._minutes.setdefault(minute, [0, 0])
                of[0] += requests
                of[1] += errors
            for minute in sorted(self._minutes)[:-KEEP_AT_MOST]:
                del self._minutes[minute]


_counter = Counter()


def _start_anew() -> None:
    """Give a forked process its own: threads do not survive a fork."""
    global _counter
    _counter = Counter()


os.register_at_fork(after_in_child=_start_anew)


def counted(application: Application) -> Application:
    """Return the application with its answers counted."""

    def counting(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        counter = _counter
        counter.keep_flushing()

        def start(status: str, *rest: Any) -> Any:
            counter.count(int(status[:3]), time.time())
            return start_response(status, *rest)

        try:
            return application(environ, start)
        except BaseException:
            counter.count(500, time.time())
            raise

    return counting
