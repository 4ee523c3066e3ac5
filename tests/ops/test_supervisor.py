"""`make run`'s supervisor with the real site."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.processes import is_running
from tests import migrated

ROOT = Path(__file__).resolve().parent.parent.parent
COMMANDS = {"web": "granian", "drain": "manage.py drain", "worker": "config worker", "scheduler": "config beat"}

pytestmark = pytest.mark.alone


class Site:
    """A supervisor in a process of its own, with its folder, port and what it has printed."""

    def __init__(self, folder: Path, port: int, **settings: str) -> None:
        self.folder, self.port = folder, port
        self.environment = {**os.environ, "DATA_DIR": str(folder), "PORT": str(port), "DEMO": "0", **settings}
        self.environment.pop("DATABASE_URL", None)
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment, stdout=output, stderr=output)

    command = (sys.executable, "-m", "config.supervisor")

    def again(self, **settings: str) -> subprocess.CompletedProcess[str]:
        """Try to start one more."""
        environment = {**self.environment, **settings}
        return subprocess.run(
            self.command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def pids(self) -> list[int]:
        """Everything that belongs to the site."""
        return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if self._owns(folder)]

    def _owns(self, folder: Path) -> bool:
        try:
            return f"DATA_DIR={self.folder}\0".encode() in (folder / "environ").read_bytes()
        except OSError:
            return False

    def pid_of(self, name: str) -> int | None:
        """The process that the supervisor started under the name."""
        for pid in self.pids():
            try:
                stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                line = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
            if int(stat[1]) == self.process.pid and COMMANDS[name] in line:
                return pid
        return None

    def get(self, path: str) -> tuple[int, bytes]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return answer.status, answer.read()

    def is_up(self) -> bool:
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def degraded(self) -> list[str]:
        return json.loads(self.get("/readyz")[1])["degraded"]


def wait(claim: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@contextlib.contextmanager
def running(folder: Path, port: int) -> Iterator[Site]:
    """Yield a site that is up, and leave nothing of it."""
    site = Site(folder, port)
    try:
        wait(lambda: site.is_up() and all(site.pid_of(name) for name in COMMANDS), 60)
        yield site
    finally:
        site.process.kill()
        site.process.wait()
        for pid in site.pids():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def new_site(tmp_path, free_port) -> Iterator[Site]:
    """Yield a site at its first start, which makes its tables."""
    with running(tmp_path, free_port) as site:
        yield site


@pytest.fixture
def site(tmp_path, free_port) -> Iterator[Site]:
    """Yield a site whose tables were there."""
    migrated.copy_to(tmp_path)
    with running(tmp_path, free_port) as site:
        yield site


def test_the_site_starts_says_where_it_is_and_stops_as_a_whole(new_site):
    site = new_site
    wait(lambda: not site.degraded(), 30)
    said = site.output.read_text()

    site.process.terminate()

    assert site.process.wait(20) == 0
    wait(lambda: not any(is_running(pid) for pid in site.pids()), 5)
    assert f"The site is up: http://127.0.0.1:{site.port}/" in said
    assert f"Mails are shown here and kept in {site.folder}/mail" in said
    assert re.search(r"DATA_DIR=\S+ \.venv/bin/python manage\.py createsuperuser", said)


def test_killed_parts_are_back_within_five_seconds_and_the_page_is_never_gone(site):
    for name in ("drain", "worker", "scheduler"):
        before = site.pid_of(name)
        os.kill(before, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while site.pid_of(name) in {None, before}:
            assert site.is_up()
            assert time.monotonic() < deadline, f"{name} is not back"
            time.sleep(0.05)


def test_a_killed_web_process_is_back_within_five_seconds_and_its_workers_do_not_stay(site):
    before = site.pid_of("web")
    os.kill(before, signal.SIGKILL)
    wait(lambda: site.pid_of("web") not in {None, before}, 5)

    wait(site.is_up, 10)


def test_nothing_is_left_of_a_site_whose_supervisor_is_killed_and_it_starts_again(site):
    left = set(site.pids()) - {site.process.pid}

    site.process.kill()
    site.process.wait()
    next_one = Site(site.folder, site.port)

    try:
        # the old page may answer for a moment yet, so that one is not asked first
        wait(lambda: not any(is_running(pid) for pid in left), 30)
        wait(next_one.is_up, 60)
    finally:
        next_one.process.terminate()
        next_one.process.wait(30)


def test_a_folder_in_use_is_one_clear_line(site):
    answer = site.again()

    assert answer.returncode == 1
    assert answer.stderr == (
        f"eightpoint: A site runs in {site.folder} already (process {site.process.pid}). "
        "Stop it, or set DATA_DIR to another folder.\n"
    )


def test_a_taken_port_is_one_clear_line_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        site = Site(tmp_path, port)

        assert site.process.wait(30) == 1

    assert site.output.read_text() == (
        f"eightpoint: Port {port} is taken. Stop what uses it, or choose another: PORT={port + 1} make run\n"
    )
    assert not (tmp_path / "eightpoint.sqlite3").exists()


def test_a_database_that_does_not_answer_is_one_clear_line(tmp_path, free_port):
    answer = subprocess.run(
        Site.command,
        cwd=ROOT,
        env={
            **os.environ,
            "DATA_DIR": str(tmp_path),
            "PORT": str(free_port),
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert answer.returncode == 1
    assert answer.stderr.startswith("eightpoint: The database does not answer; check DATABASE_URL: ")
    assert answer.stderr.count("\n") == 1
