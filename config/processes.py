"""Keeps programs running: restarts what dies, stops all together, and leaves none behind whatever happens to it.

Each program runs in a process group of its own. A guard, a small process of its own too, knows all groups and ends
them when the keeper is gone, even by SIGKILL. POSIX only.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

GRACE_S = 10.0
"""How long a program may take to end after SIGTERM; then it is killed."""
AT_ONCE_S = 3.0
"""A program that ends earlier than this after its start counts as one that cannot start."""
LONGEST_DELAY_S = 4.0


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. One that is not `kept` runs once."""

    name: str
    command: tuple[str, ...]
    kept: bool = True
    then: Callable[[int], None] | None = None
    """Called with the exit status of a program that is not kept."""


@dataclass(slots=True)
class Running:
    """A program's process; between two processes, when the next one starts."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    due_at: float | None = field(default_factory=time.monotonic)


class Keeper:
    """Keeps programs running until `stop`. Belongs to one thread, which calls `tick` a few times a second."""

    def __init__(self, say: Callable[[str], None], guard: "Guard") -> None:
        self.say = say
        self.guard = guard
        self.all: dict[str, Running] = {}

    def run(self, program: Program) -> None:
        """Start the program now and keep it running."""
        self.all[program.name] = Running(program)
        self.tick()

    def tick(self) -> None:
        """Notice what has ended, and start what is due."""
        self.guard.renew([running.process.pid for running in self.all.values() if running.process])
        for running in list(self.all.values()):
            if running.process and running.process.poll() is not None:
                self._ended(running, running.process)
            if running.due_at is not None and time.monotonic() >= running.due_at:
                running.started_at, running.due_at = time.monotonic(), None
                running.process = self.guard.start(running.program.command)

    def restart(self, name: str, why: str) -> None:
        """Kill a program that is there but does not work, to have it started again."""
        running = self.all[name]
        if running.process:
            self.say(f"{name} is restarted: {why}")
            signal_group(running.process.pid, signal.SIGKILL)

    def uptime_s(self, name: str) -> float:
        """Return for how long the program's process has been there; 0 if it is not."""
        running = self.all[name]
        return time.monotonic() - running.started_at if running.process else 0.0

    def stop(self, grace_s: float = GRACE_S, hurry: Callable[[], bool] = bool) -> None:
        """End all programs: SIGTERM, and SIGKILL for what is left of their groups after `grace_s`, or when in a hurry."""
        groups = [running.process.pid for running in self.all.values() if running.process]
        processes = [running.process for running in self.all.values() if running.process]
        self.all.clear()
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + grace_s
        while any(process.poll() is None for process in processes) and time.monotonic() < deadline and not hurry():
            time.sleep(0.02)
        for group in groups:
            signal_group(group, signal.SIGKILL)
            self.guard.forget(group)
        for process in processes:
            process.wait()

    def _ended(self, running: Running, process: subprocess.Popen[bytes]) -> None:
        signal_group(process.pid, signal.SIGKILL)
        self.guard.forget(process.pid)
        running.process = None
        if not running.program.kept:
            del self.all[running.program.name]
            if running.program.then:
                running.program.then(process.returncode)
            return
        at_once = time.monotonic() - running.started_at < AT_ONCE_S
        running.failures = running.failures + 1 if at_once else 0
        delay_s = min(LONGEST_DELAY_S, 0.5 * 2 ** (running.failures - 1)) if running.failures else 0.0
        running.due_at = time.monotonic() + delay_s
        again = f"starts again in {delay_s:g} s" if delay_s else "starts again"
        self.say(f"{running.program.name} {how_it_ended(process.returncode)} and {again}")


class Guard:
    """A process that ends the groups it was told of when the process that made it is gone."""

    def __init__(self) -> None:
        self._fork()

    def start(self, command: tuple[str, ...]) -> "subprocess.Popen[bytes]":
        """Start the command in a process group of its own that the guard knows of before it runs."""
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=lambda: self._tell(f"+{os.getpid()}"),  # noqa: PLW1509 (the keeper has one thread)
        )

    def forget(self, group: int) -> None:
        """Tell the guard that the group has ended: its number may soon be somebody else's."""
        self._tell(f"-{group}")

    def renew(self, groups: list[int]) -> None:
        """Make a new guard if this one was killed."""
        if os.waitpid(self._pid, os.WNOHANG) == (0, 0):
            return
        os.close(self._pipe)
        self._fork()
        for group in groups:
            self._tell(f"+{group}")

    def _tell(self, line: str) -> None:
        try:
            os.write(self._pipe, line.encode() + b"\n")
        except BrokenPipeError:
            pass  # killed a moment ago: `renew` makes a new one, which is told of all

    def _fork(self) -> None:
        reading, self._pipe = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.close(self._pipe)
                watch(reading)
            finally:
                os._exit(0)
        os.close(reading)


def watch(pipe: int) -> None:
    """Be the guard: note groups until the pipe closes, which is when its writer is gone; then end them."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    with os.fdopen(pipe, "rb") as lines:
        for line in lines:
            (groups.add if line[:1] == b"+" else groups.discard)(int(line[1:]))
    for leader in filter(is_running, groups):
        os.kill(leader, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_S
    while any(is_running(leader) for leader in groups) and time.monotonic() < deadline:
        time.sleep(0.1)
    for group in groups:
        signal_group(group, signal.SIGKILL)


def signal_group(group: int, number: int) -> None:
    """Send the signal to all of the process group, if there is one."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        pass


def is_running(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits for its parent to notice does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self").exists()


def how_it_ended(status: int) -> str:
    """Return an exit status in words."""
    if status >= 0:
        return f"ended with status {status}"
    return f"was ended by {signal.Signals(-status).name}"


def say(text: str) -> None:
    """Print a line about the processes, at once."""
    print(f"eightpoint: {text}", file=sys.stderr, flush=True)
