"""Tasks of the worker, and how it says that it works."""

import threading
from typing import Any

from celery import shared_task
from celery.signals import task_postrun, task_prerun, worker_ready
from django.db import DatabaseError, connection

from analytics import heartbeats
from analytics.anomalies.tasks import judge_days, send_morning_mails
from analytics.people.tasks import drop_bulk_drafts, work_off_bulk_actions
from analytics.platform.tasks import aggregate_platform, drop_old_failures, sample_system

__all__ = [
    "aggregate_platform",
    "drop_bulk_drafts",
    "drop_old_failures",
    "heartbeat",
    "judge_days",
    "sample_system",
    "send_morning_mails",
    "work_off_bulk_actions",
]  # fmt: skip

LONG_TASK_S = 15.0

_task_runs = threading.Event()
_watch: list[threading.Thread] = []


@shared_task(name="analytics.heartbeat")
def heartbeat() -> None:
    """Say that the worker's pool runs tasks."""
    heartbeats.beat(heartbeats.WORKER)


@worker_ready.connect
def worker_begins(**_: Any) -> None:
    """Have a new worker prove itself at once, not with the scheduler's next beat."""
    heartbeat.apply_async(expires=15)


@task_prerun.connect
def task_begins(**_: Any) -> None:
    """Have a process that is busy with a long task beat by itself: its heartbeat task must wait."""
    _task_runs.set()
    if not any(thread.is_alive() for thread in _watch):
        _watch[:] = [threading.Thread(target=_beat_while_busy, daemon=True)]
        _watch[0].start()


@task_postrun.connect
def task_ends(**_: Any) -> None:
    """Note that this process is idle."""
    _task_runs.clear()


def _beat_while_busy() -> None:
    pause = threading.Event()
    while True:
        _task_runs.wait()
        pause.wait(LONG_TASK_S)
        if _task_runs.is_set():
            try:
                heartbeats.beat(heartbeats.WORKER)
            except DatabaseError:
                pass  # the next one tells
            finally:
                connection.close()
