"""The keeper of processes, with real ones."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.processes import Guard, Keeper, Program, is_running

SLEEPER = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(60)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER
PARENT = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[2], sys.argv[1]]); " + SLEEPER
SITE = """
import sys, time
from config.processes import Guard, Keeper, Program
keeper = Keeper(print, Guard())
keeper.run(Program("one", (sys.executable, "-c", sys.argv[3], sys.argv[1], sys.argv[2])))
while True:
    keeper.tick()
    time.sleep(0.05)
"""


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def keeper(said) -> Iterator[Keeper]:
    keeper = Keeper(said.append, Guard())
    yield keeper
    keeper.stop(0)


def wait(claim: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def pids(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def python(code: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-c", code, *map(str, arguments))


def ticking(keeper: Keeper, claim: Callable[[], object]) -> Callable[[], object]:
    def ask() -> object:
        keeper.tick()
        return claim()

    return ask


def test_a_killed_program_is_started_again_within_five_seconds(keeper, said, tmp_path):
    keeper.run(Program("one", python(SLEEPER, tmp_path / "pids")))
    wait(lambda: len(pids(tmp_path / "pids")) == 1)
    os.kill(pids(tmp_path / "pids")[0], signal.SIGKILL)

    wait(ticking(keeper, lambda: len(pids(tmp_path / "pids")) == 2), 5)

    assert said[0].startswith("one was ended by SIGKILL")


def test_what_a_killed_program_started_is_ended_before_it_starts_again(keeper, tmp_path):
    keeper.run(Program("one", python(PARENT, tmp_path / "pids", SLEEPER)))
    wait(lambda: len(pids(tmp_path / "pids")) == 2)
    first = pids(tmp_path / "pids")
    os.kill(keeper.all["one"].process.pid, signal.SIGKILL)

    wait(ticking(keeper, lambda: len(pids(tmp_path / "pids")) == 4))

    assert not any(is_running(pid) for pid in first)


def test_a_program_that_cannot_start_is_tried_again_ever_more_slowly(keeper, said):
    keeper.run(Program("one", python("raise SystemExit(3)")))

    wait(ticking(keeper, lambda: len(said) == 3))

    assert [line.split("again in ")[1] for line in said] == ["0.5 s", "1 s", "2 s"]
    assert "ended with status 3" in said[0]


def test_a_program_that_is_not_kept_runs_once_and_tells_its_status(keeper, said):
    statuses: list[int] = []
    keeper.run(Program("demo", python("raise SystemExit(4)"), kept=False, then=statuses.append))

    wait(ticking(keeper, lambda: statuses))

    assert statuses == [4]
    assert (keeper.all, said) == ({}, [])


def test_stop_kills_a_program_that_ignores_the_signal_and_all_that_it_started(keeper, tmp_path):
    keeper.run(Program("deaf", python(DEAF.replace(SLEEPER, PARENT), tmp_path / "pids", DEAF)))
    wait(lambda: len(pids(tmp_path / "pids")) == 2)

    keeper.stop(0.3)

    wait(lambda: not any(is_running(pid) for pid in pids(tmp_path / "pids")))


def test_nothing_is_left_when_the_keeper_itself_is_killed(tmp_path):
    site = subprocess.Popen(python(SITE, tmp_path / "pids", SLEEPER, PARENT))
    wait(lambda: len(pids(tmp_path / "pids")) == 2)

    site.kill()
    site.wait()

    wait(lambda: not any(is_running(pid) for pid in pids(tmp_path / "pids")))


def test_a_killed_guard_is_replaced_and_knows_what_runs(tmp_path):
    site = subprocess.Popen(python(SITE, tmp_path / "pids", SLEEPER, PARENT))
    wait(lambda: len(pids(tmp_path / "pids")) == 2)
    children = Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text().split()
    guard = next(int(pid) for pid in children if os.getpgid(int(pid)) == int(pid) == os.getsid(int(pid)))
    os.kill(guard, signal.SIGKILL)
    wait(lambda: not is_running(guard))
    time.sleep(0.5)

    site.kill()
    site.wait()

    wait(lambda: not any(is_running(pid) for pid in pids(tmp_path / "pids")))
