"""`make run`: everything that the site is made of, started together, kept running and stopped together.

python -m config.supervisor [--stop-with-parent]
"""

import fcntl
import http.client
import os
import shlex
import signal
import socket
import sys
import time
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import TextIO

from django.core.exceptions import ImproperlyConfigured

from config.processes import GRACE_S, Guard, Keeper, Program, is_running, say

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

HOST = "127.0.0.1"
TICK_S = 0.2
PAGE_FIRST_S = 2.0
"""How long the page has the machine to itself at a start."""
SEEDS = ("seed_plans", "seed_achievements")
"""Commands that fill in what a site needs from its first minute; each may run any number of times."""
WORKER_MAY_BE_SILENT_S = 90.0
BASE_DIR = Path(__file__).resolve().parent.parent


class CannotStartError(Exception):
    """Why the site cannot start, in one line that says what to do."""


def main(arguments: list[str]) -> int:
    """Run the site until a signal or, with `--stop-with-parent`, the parent's end. Returns the exit status."""
    os.chdir(BASE_DIR)
    try:
        from config import settings

        lock = locked(settings.DATA_DIR)
        port = free_port(settings.number("PORT", 8000, least=1))
        demo = settings.flag("DEMO", True)
        keeper = Keeper(say, Guard())
        prepare()
    except (CannotStartError, ImproperlyConfigured) as error:
        say(str(error))
        return 1
    parent = os.getppid() if "--stop-with-parent" in arguments else None
    with lock:
        return run(keeper, port, demo=demo, parent=parent)


def locked(folder: Path) -> TextIO:
    """Return the open lock file of the folder: two sites must not share one.

    The guard of a site that was killed holds the lock until it has ended what was left of it, so that is waited for.
    """
    lock = (folder / "run.lock").open("a+")
    deadline = time.monotonic() + GRACE_S + 2
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = int(lock.read() or 0)
            if (owner and is_running(owner)) or time.monotonic() > deadline:
                raise CannotStartError(
                    f"A site runs in {folder} already (process {owner}). Stop it, or set DATA_DIR to another folder."
                ) from None
            time.sleep(0.1)
        else:
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            return lock


def free_port(port: int) -> int:
    """Return the port if it can be listened on."""
    if port > 65535:
        raise CannotStartError(f"PORT is at most 65535, not {port}.")
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except PermissionError:
            raise CannotStartError(
                f"Port {port} is not allowed to you. Choose one above 1023: PORT=8001 make run"
            ) from None
        except OSError:
            raise CannotStartError(
                f"Port {port} is taken. Stop what uses it, or choose another: PORT={port % 65535 + 1} make run"
            ) from None
    return port


def prepare() -> None:
    """Bring the database up to date and, in production, collect the static files."""
    import django
    from django.conf import settings
    from django.core.management import call_command, get_commands
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    django.setup()
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False)
            call_command("rebuild_stats", "--missing")
        for command in SEEDS:
            if command in get_commands():
                call_command(command, stdout=StringIO())
    except DatabaseError as error:
        raise CannotStartError(
            f"The database does not answer; check DATABASE_URL: {' '.join(str(error).split())}"
        ) from None
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    if settings.PRODUCTION:
        collect_static(Path(settings.STATIC_ROOT))


def collect_static(folder: Path) -> None:
    """Copy, hash and compress the static files, unless they are the same as the last time."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    files = sorted(storage.path(path) for finder in get_finders() for path, storage in finder.list([]))
    stamp = "\n".join(f"{path} {os.stat(path).st_size} {os.stat(path).st_mtime_ns}" for path in files)
    kept = folder / ".collected"
    if kept.exists() and kept.read_text() == stamp:
        return
    say("Static files are collected…")
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    kept.write_text(stamp)


def programs(port: int) -> tuple[Program, ...]:
    """Return what is kept running."""
    from django.conf import settings

    python = sys.executable
    celery = (python, "-m", "celery", "--quiet", "--skip-checks", "-A", "config")
    return (
        Program(
            "web",
            (
                *(python, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)),
                *("--workers", str(settings.WEB_PROCESSES), "--blocking-threads", str(settings.WEB_THREADS)),
                *(
                    "--runtime-mode",
                    "st",
                    "--blocking-threads-idle-timeout",
                    "600",
                    "--no-ws",
                    "--http",
                    "1",
                    "--log-level",
                    "error",
                ),
                *("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "5"),
                "config.wsgi:application",
            ),
        ),
        Program("drain", (python, "manage.py", "drain", "--skip-checks")),
        Program(
            "worker",
            (
                *(*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ),
        ),
        Program(
            "scheduler",
            (*celery, "beat", "--scheduler", "config.scheduler.Scheduler", "--pidfile", "", "--loglevel", "WARNING"),
        ),
    )


def run(keeper: Keeper, port: int, *, demo: bool, parent: int | None) -> int:
    """Start everything, and keep it running until it shall stop."""
    stopping: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.append(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    web, *others = programs(port)
    keeper.run(web)
    answered, looked_at = False, time.monotonic()
    while not stopping and parent in {None, os.getppid()}:
        keeper.tick()
        if others and (answered or time.monotonic() - looked_at > PAGE_FIRST_S):
            keeper.run(others.pop(0))
        if not answered and answers(port):
            answered = True
            welcome(keeper, port, demo=demo)
        if time.monotonic() - looked_at > WORKER_MAY_BE_SILENT_S / 6:
            looked_at = time.monotonic()
            watch_worker(keeper)
        time.sleep(TICK_S)
    say("Stopping…")
    keeper.stop(hurry=lambda: len(stopping) > 1)
    return 0


def answers(port: int) -> bool:
    """Whether the web process serves."""
    from django.conf import settings

    host = (settings.ALLOWED_HOSTS or [HOST])[0].lstrip(".")
    connection = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def welcome(keeper: Keeper, port: int, *, demo: bool) -> None:
    """Say where the site is and who can log in; fill an empty one, or go on where that was interrupted."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.core.management import get_commands

    log_ins = Path(settings.DATA_DIR) / "demo-logins.txt"
    unfinished = Path(settings.DATA_DIR) / "demo-unfinished"
    is_empty = not get_user_model().objects.exists()
    say(f"The site is up: http://{HOST}:{port}/ (Ctrl-C stops it)")
    if not settings.EMAIL_URL:
        say(f"Mails are shown here and kept in {settings.MAIL_DIR}")
    if demo and "seed_demo" in get_commands() and (is_empty or unfinished.exists()):
        say("Demo people and items are made…")
        unfinished.touch()
        seed = (sys.executable, "manage.py", "seed_demo", "--skip-checks")
        keeper.run(Program("demo", seed, kept=False, then=lambda status: demo_has_ended(status, log_ins, unfinished)))
    else:
        if log_ins.exists():
            say(f"Demo log-ins are in {log_ins}")
        tell_about_superuser()


def demo_has_ended(status: int, log_ins: Path, unfinished: Path) -> None:
    """Print the new log-ins."""
    if status:
        say(f"The demo could not be made (status {status}); the site works without it, the next start goes on with it.")
    else:
        unfinished.unlink()
        say(f"Demo log-ins, kept in {log_ins}:")
        print(log_ins.read_text().rstrip(), file=sys.stderr, flush=True)
    tell_about_superuser()


def tell_about_superuser() -> None:
    """Print the command that makes a superuser if there is none."""
    from django.contrib.auth import get_user_model

    if get_user_model().objects.filter(is_superuser=True).exists():
        return
    folder = os.environ.get("DATA_DIR")
    command = (f"DATA_DIR={shlex.quote(folder)} " if folder else "") + ".venv/bin/python manage.py createsuperuser"
    say(f"Nobody is superuser yet; with the site's environment variables, this makes one: {command}")


def watch_worker(keeper: Keeper) -> None:
    """Restart a worker that is there but runs no task: its pool can be stuck when all of it was killed."""
    from django.db import DatabaseError, close_old_connections
    from django.utils import timezone

    from analytics import heartbeats

    if keeper.uptime_s("worker") < WORKER_MAY_BE_SILENT_S:
        return
    try:
        close_old_connections()
        silent = heartbeats.silent(timezone.now())
    except DatabaseError:
        return
    if heartbeats.WORKER in silent and heartbeats.SCHEDULER not in silent:
        keeper.restart("worker", "it has run no task for a while")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
